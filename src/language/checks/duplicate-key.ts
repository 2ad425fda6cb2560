import type { Check } from "./check.ts";

export const duplicateKey: Check = {
  code: "ENG102",
  name: "duplicate-key",
  severity: "error",
  summary: "a mapping has the same key twice",
  visit: {
    text(problem, { report }) {
      if (problem.kind !== "duplicate_key" || isTaskId(problem.path)) return;
      report({
        at: problem.at,
        message: `\`${problem.key}\` is already set in this mapping`,
        hint: "keep one of the two",
        related: [{ at: problem.first, message: "the first one" }],
      });
    },
  },
};

function isTaskId(path: readonly string[]): boolean {
  return path.length === 1 && path[0] === "tasks";
}

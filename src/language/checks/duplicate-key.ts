import type { DuplicateKey } from "../text-problem.ts";
import type { Check } from "./check.ts";

export const duplicateKey: Check = {
  code: "ENG102",
  name: "duplicate-key",
  severity: "error",
  summary: "a mapping has the same key twice",
  visit: {
    text(problem, { report }) {
      if (problem.kind !== "duplicate_key" || isTaskId(problem)) return;
      report({
        at: problem.at,
        message: `the key \`${problem.key}\` is already there`,
        hint: "keep one of the two",
        related: [{ at: problem.first, message: "the first one" }],
      });
    },
  },
};

/** Keys of `tasks` have a check of their own, in the words of tasks. */
export function isTaskId({ path }: DuplicateKey): boolean {
  return path.length === 1 && path[0] === "tasks";
}

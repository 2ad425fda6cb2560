import type { Check } from "./check.ts";
import { isTaskId } from "./duplicate-key.ts";

export const duplicateTaskId: Check = {
  code: "ENG303",
  name: "duplicate-task-id",
  severity: "error",
  summary: "two tasks of a pipeline have the same id",
  visit: {
    text(problem, { report }) {
      if (problem.kind !== "duplicate_key" || !isTaskId(problem)) return;
      report({
        at: problem.at,
        message: `there is already a task \`${problem.key}\``,
        hint: "give each task an id of its own",
        related: [{ at: problem.first, message: "the first one" }],
      });
    },
  },
};

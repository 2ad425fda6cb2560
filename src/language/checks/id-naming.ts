import type { Check } from "./check.ts";

export const idNaming: Check = {
  code: "ENG311",
  name: "id-naming",
  severity: "error",
  summary: "a pipeline, task, pool, param or output has a name that can't be used",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_name" && problem.operator === undefined) report(problem);
    },
  },
};

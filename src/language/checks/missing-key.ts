import type { Check } from "./check.ts";

export const missingKey: Check = {
  code: "ENG202",
  name: "missing-key",
  severity: "error",
  summary: "a mapping lacks a key that has to be there",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "missing_key" && problem.operator === undefined) report(problem);
    },
  },
};

import type { Check } from "./check.ts";

export const wrongType: Check = {
  code: "ENG203",
  name: "wrong-type",
  severity: "error",
  summary: "a value is of the wrong type",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "wrong_type" && problem.operator === undefined) report(problem);
    },
  },
};

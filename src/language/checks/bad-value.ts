import type { Check } from "./check.ts";

export const badValue: Check = {
  code: "ENG204",
  name: "bad-value",
  severity: "error",
  summary: "a value is of the right type, but not one of those allowed",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_value" && problem.operator === undefined) report(problem);
    },
  },
};

import type { Check } from "./check.ts";

export const badDuration: Check = {
  code: "ENG507",
  name: "bad-duration",
  severity: "error",
  summary: "a duration can't be read",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_duration" && problem.operator === undefined) report(problem);
    },
  },
};

import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const contextUnavailable: Check = {
  code: "ENG409",
  name: "context-unavailable",
  severity: "error",
  summary: "an expression uses a name, or stands in a place, that isn't available there",
  visit: {
    ...reportExpressions("context_unavailable"),
    shape(problem, { report }) {
      if (problem.kind === "expression" && problem.operator === undefined) report(problem);
    },
  },
};

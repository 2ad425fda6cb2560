import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const outputNotUpstream: Check = {
  code: "ENG405",
  name: "output-not-upstream",
  severity: "error",
  summary: "an expression reads a task that need not have run yet",
  visit: reportExpressions("output_not_upstream"),
};

import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const outputUndeclared: Check = {
  code: "ENG406",
  name: "output-undeclared",
  severity: "error",
  summary: "an expression reads an output that its task doesn't declare",
  visit: reportExpressions("output_undeclared"),
};

import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const exprSyntax: Check = {
  code: "ENG401",
  name: "expr-syntax",
  severity: "error",
  summary: "an expression can't be parsed",
  visit: reportExpressions("syntax"),
};

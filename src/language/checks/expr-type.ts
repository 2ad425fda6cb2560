import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const exprType: Check = {
  code: "ENG403",
  name: "expr-type",
  severity: "error",
  summary: "a value in an expression has the wrong type",
  visit: reportExpressions("type"),
};

import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const constantCondition: Check = {
  code: "ENG407",
  name: "constant-condition",
  severity: "warning",
  summary: "a condition is always true or always false",
  visit: reportExpressions("constant_condition"),
};

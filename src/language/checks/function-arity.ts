import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const functionArity: Check = {
  code: "ENG404",
  name: "function-arity",
  severity: "error",
  summary: "a function is called with the wrong number of arguments",
  visit: reportExpressions("arity"),
};

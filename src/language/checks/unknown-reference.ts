import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const unknownReference: Check = {
  code: "ENG402",
  name: "unknown-reference",
  severity: "error",
  summary: "an expression names something that doesn't exist",
  visit: reportExpressions("unknown_reference"),
};

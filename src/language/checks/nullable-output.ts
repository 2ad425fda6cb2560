import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const nullableOutput: Check = {
  code: "ENG411",
  name: "nullable-output",
  severity: "warning",
  summary: "an output may be null because its task may be skipped",
  visit: reportExpressions("nullable_output"),
};

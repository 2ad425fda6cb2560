import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const shellQuoting: Check = {
  code: "ENG412",
  name: "shell-quoting",
  severity: "error",
  suppressible: true,
  summary: "an expression stands in a script where bash leaves it as it is",
  visit: reportExpressions("shell_quoting"),
};

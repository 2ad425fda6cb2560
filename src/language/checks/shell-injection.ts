import type { Check } from "./check.ts";
import { reportExpressions } from "./expressions.ts";

export const shellInjection: Check = {
  code: "ENG408",
  name: "shell-injection",
  severity: "error",
  suppressible: true,
  summary: "an expression stands in a script where bash would run its value as code",
  visit: reportExpressions("shell_injection"),
};

import type { Check } from "./check.ts";

/** Found when the findings are settled, after all checks. */
export const badSuppression: Check = {
  code: "ENG902",
  name: "bad-suppression",
  severity: "warning",
  summary: "a suppression gives no reason, or has expired",
  suppressible: false,
  visit: {},
};

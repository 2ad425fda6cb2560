import type { Check } from "./check.ts";

/** Found when the findings are settled, after all checks. */
export const unusedSuppression: Check = {
  code: "ENG901",
  name: "unused-suppression",
  severity: "warning",
  summary: "a suppression has nothing to suppress",
  suppressible: false,
  visit: {},
};

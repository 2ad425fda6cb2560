import type { Check } from "./check.ts";

/** Found when the plugins are loaded. */
export const badPlugin: Check = {
  code: "ENG905",
  name: "bad-plugin",
  severity: "error",
  summary: "a plugin that engine.yaml lists can't be used",
  visit: {},
};

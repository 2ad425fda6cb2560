import type { Check } from "./check.ts";

/** Found when engine.yaml is read. */
export const toolConfig: Check = {
  code: "ENG903",
  name: "tool-config",
  severity: "error",
  summary: "`validate` in engine.yaml asks for something that can't be done",
  visit: {},
};

import type { Check } from "./check.ts";

/** Found by whoever looks for files. */
export const neverLoaded: Check = {
  code: "ENG904",
  name: "never-loaded",
  severity: "warning",
  summary: "a file in the folder of pipelines is not found there by its name",
  visit: {},
};

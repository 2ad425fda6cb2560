import type { Check } from "./check.ts";

export const unknownKey: Check = {
  code: "ENG201",
  name: "unknown-key",
  severity: "error",
  summary: "a mapping has a key that the language doesn't know",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "unknown_key" && problem.operator === undefined) report(problem);
    },
  },
};

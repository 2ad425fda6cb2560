import type { Check } from "./check.ts";

export const emptyMapping: Check = {
  code: "ENG205",
  name: "empty-mapping",
  severity: "error",
  summary: "a key has nothing under it where something belongs",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "empty" && problem.operator === undefined) report(problem);
    },
  },
};

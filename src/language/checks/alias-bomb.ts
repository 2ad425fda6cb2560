import type { Check } from "./check.ts";

export const aliasBomb: Check = {
  code: "ENG103",
  name: "alias-bomb",
  severity: "error",
  summary: "an alias names nothing, names itself, or expands beyond the limit",
  visit: {
    text(problem, { report }) {
      if (problem.kind === "alias") report(problem);
    },
  },
};

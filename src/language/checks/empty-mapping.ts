import type { Check } from "./check.ts";
import { reportShape } from "./shape.ts";

export const emptyMapping: Check = {
  code: "ENG205",
  name: "empty-mapping",
  severity: "error",
  summary: "a key has nothing under it where something belongs",
  visit: {
    shape(problem, context) {
      if (problem.kind === "empty" && problem.operator === undefined) reportShape(problem, context);
    },
  },
};

import type { Check } from "./check.ts";
import { reportShape } from "./shape.ts";

export const taskInput: Check = {
  code: "ENG602",
  name: "task-input",
  severity: "error",
  summary: "what stands under an operator doesn't fit that operator",
  visit: {
    shape(problem, context) {
      if ("operator" in problem && problem.operator !== undefined) reportShape(problem, context);
    },
  },
};

import { resultNames } from "../operator-keys.ts";
import type { Check } from "./check.ts";

export const outputValue: Check = {
  code: "ENG611",
  name: "output-value",
  severity: "error",
  summary: "an output takes its value from a result that the task's operator doesn't have",
  visit: {
    task({ outputs, operator }, _, { report }) {
      if (operator === undefined || resultNames(operator.spec, operator.config) !== undefined) return;
      const { name, spec } = operator;
      for (const { value } of outputs.values()) {
        if (value === undefined) continue;
        report({
          at: value,
          message: `\`${name}\` has no result from which an output could take a \`value\``,
          hint:
            spec.outputs_hint ??
            `leave \`value\` out; the page of \`${name}\` says whether, and how, it hands outputs on`,
        });
      }
    },
  },
};

import { checkValue, describeProblem } from "../value-schema.ts";
import type { Check } from "./check.ts";

export const paramDefault: Check = {
  code: "ENG316",
  name: "param-default",
  severity: "error",
  summary: "the default of a param doesn't fit the param's own schema",
  visit: {
    pipeline(pipeline, { report }) {
      for (const { name, schema, defaultNode } of pipeline.params.values()) {
        if (defaultNode === undefined || schema.default === undefined) continue;
        const [problem] = checkValue(schema, schema.default);
        if (problem === undefined) continue;
        report({
          at: defaultNode,
          message: `the default doesn't fit: ${describeProblem(name, problem)}`,
          hint: "change the default or the schema",
        });
      }
    },
  },
};

import { pipeline_schema } from "../definition/pipeline.ts";
import type { Check } from "./check.ts";

const ID = new RegExp(pipeline_schema.definitions.id.pattern, "u");

export const idNaming: Check = {
  code: "ENG311",
  name: "id-naming",
  severity: "error",
  summary: "a pipeline, task, pool, param or output has a name that can't be used",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_name") report(problem);
    },
    pipeline({ root, name, nameAt }, { report }) {
      if (root.entry("name") !== undefined || ID.test(name)) return;
      report({
        at: nameAt,
        message: `the pipeline takes its name from its file, and \`${name}\` can't be a name`,
        hint: "give it a `name`: small letters, digits, `_` and `-`, beginning with a letter",
      });
    },
  },
};

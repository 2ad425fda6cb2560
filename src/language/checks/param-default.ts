import type { SourceNode } from "../source.ts";
import { checkValue, describeProblem } from "../value-schema.ts";
import type { Check } from "./check.ts";
import { schemaFindings } from "./impossible-schema.ts";

export const paramDefault: Check = {
  code: "ENG316",
  name: "param-default",
  severity: "error",
  summary: "the default of a param doesn't fit the param's own schema",
  visit: {
    pipeline(pipeline, { report }) {
      for (const { name, schema, node, defaultNode } of pipeline.params.values()) {
        if (defaultNode === undefined || schema.default === undefined) continue;
        // Nothing fits a schema that contradicts itself; that is reported already.
        if (schemaFindings(node).length > 0) continue;
        const [problem] = checkValue(schema, schema.default);
        if (problem === undefined) continue;
        report({
          at: nodeAt(defaultNode, problem.path),
          message: `the default doesn't fit: ${describeProblem(name, problem)}`,
          hint: "change the default or the schema",
        });
      }
    },
  },
};

/** The part of a value that a path leads to, as far as it does. */
function nodeAt(node: SourceNode, path: readonly (string | number)[]): SourceNode {
  const [step, ...rest] = path;
  if (step === undefined || node.kind === "scalar") return node;
  const next = node.kind === "list" ? node.items[Number(step)] : node.get(String(step));
  return next === undefined ? node : nodeAt(next, rest);
}

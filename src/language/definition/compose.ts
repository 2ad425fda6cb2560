import type { JsonObject } from "../../lib/index.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import { pipeline_schema } from "./pipeline.ts";

/** The schema that editors and CI get: the language with these operators, each task having exactly one of their keys. */
export function publishedSchema(operators: Iterable<OperatorSpec>): JsonObject {
  const specs = [...operators];
  const { definitions, $schema, ...rest } = pipeline_schema;
  const properties: JsonObject = { ...definitions.task.properties } as unknown as JsonObject;
  const operatorDefinitions: JsonObject = {};
  for (const spec of specs) {
    const key = `operator_${spec.name}`;
    Object.assign(operatorDefinitions, rebased(spec.schema, key));
    properties[spec.name] = { $ref: `#/definitions/${key}`, description: spec.summary };
  }
  const task = {
    ...definitions.task,
    properties,
    additionalProperties: false,
    oneOf: specs.map((spec) => ({ required: [spec.name] })),
  };
  return {
    $schema,
    title: "Pipeline",
    ...rest,
    definitions: { ...definitions, task, ...operatorDefinitions },
  } as unknown as JsonObject;
}

/** An operator's schema, with its own definitions, as definitions of the whole. */
function rebased(schema: JsonObject, key: string): JsonObject {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/definitions/', `"$ref":"#/definitions/${key}_`);
  const { definitions, $schema: _, ...root } = JSON.parse(text) as JsonObject;
  const inner = Object.entries((definitions ?? {}) as JsonObject).map(([name, value]) => [`${key}_${name}`, value]);
  return { [key]: root, ...Object.fromEntries(inner) };
}

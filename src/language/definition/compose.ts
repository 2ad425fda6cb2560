import type { JsonObject, JsonValue } from "../../lib/index.ts";
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
  const { notifications } = definitions;
  const channels = specs.flatMap(({ name, notifies, summary }) =>
    notifies ? [[name, { $ref: `#/definitions/operator_${name}`, description: summary }]] : [],
  );
  const told = { ...notifications, items: { ...notifications.items, properties: Object.fromEntries(channels) } };
  const whole = {
    ...rest,
    definitions: { ...definitions, task, notifications: told, ...operatorDefinitions },
  } as unknown as JsonObject;
  return { $schema, ...forEditors(whole) };
}

/** An operator's schema, with its own definitions, as definitions of the whole. */
function rebased(schema: JsonObject, key: string): JsonObject {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/definitions/', `"$ref":"#/definitions/${key}_`);
  const { definitions, $schema: _, ...root } = JSON.parse(text) as JsonObject;
  const inner = Object.entries((definitions ?? {}) as JsonObject).map(([name, value]) => [`${key}_${name}`, value]);
  return { [key]: root, ...Object.fromEntries(inner) };
}

/** Keywords under which the keys are names of the author's, not keywords. */
const NAMES: ReadonlySet<string> = new Set(["properties", "definitions"]);

/**
 * An editor shows titles as headings, and ours are parts of sentences. It shows `markdownDescription` as Markdown,
 * and the plain description where it can't.
 */
function forEditors(schema: JsonObject, areNames = false): JsonObject {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
    if (areNames) return [[key, forEditors(value as JsonObject)]];
    if (key === "title") return [];
    // Beside a reference it has to outdo the one that the reference leads to.
    if (key === "description" && typeof value === "string" && (value.includes("`") || schema.$ref !== undefined)) {
      return [
        [key, value.replaceAll("`", "")],
        ["markdownDescription", value],
      ];
    }
    if (NAMES.has(key)) return [[key, forEditors(value as JsonObject, true)]];
    // What stands here is an author's value, whatever its keys are.
    if (key === "examples" || key === "default" || key === "enum" || key === "const") return [[key, value]];
    if (Array.isArray(value)) return [[key, value.map((one) => (isObject(one) ? forEditors(one) : one))]];
    return [[key, isObject(value) && key !== "dependencies" ? forEditors(value) : value]];
  });
  return Object.fromEntries(entries);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

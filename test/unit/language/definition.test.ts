import { Ajv, type AnySchema } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { publishedSchema } from "../../../src/language/definition/compose.ts";
import { pipeline_schema } from "../../../src/language/definition/pipeline.ts";
import { validators } from "../../../src/language/generated/validators.ts";
import { parseText } from "../../../src/language/parse.ts";
import { explain } from "../../../src/language/shape/explain.ts";
import type { Schema } from "../../../src/language/shape/schema-words.ts";
import { ListNode, MapNode, ScalarNode, type SourceNode, toJson } from "../../../src/language/source.ts";
import { SourceText } from "../../../src/language/text.ts";
import type { JsonObject, JsonValue } from "../../../src/lib/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { readText, repositoryFiles } from "../../support/repository.ts";

const NO_TEXT = new SourceText("a.yaml", "");
const NOWHERE = { start: 0, end: 0 };

/** The tree of a value that stands in no file. */
function treeOf(value: JsonValue): SourceNode {
  if (Array.isArray(value)) return new ListNode(NOWHERE, value.map(treeOf));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(
      ([key, inner]) => [key, { key, keyNode: scalarOf(key), value: treeOf(inner) }] as const,
    );
    return new MapNode(NOWHERE, new Map(entries));
  }
  return scalarOf(value);
}

function scalarOf(value: string | number | boolean | null): ScalarNode {
  return new ScalarNode(NO_TEXT, NOWHERE, { value, text: String(value), style: "plain", flow: false });
}

const okFiles = repositoryFiles().filter((file) => /^test\/diagnostics\/ok\/[^/]+\.yaml$/.test(file));
const okValues = okFiles.map((file) => valueIn(readText(file)));

function valueIn(text: string): JsonValue {
  const { root } = parseText(new SourceText("a.yaml", text.replace(/^\uFEFF/, "")));
  if (root === undefined) throw new Error("a fixture that is silent can be parsed");
  return toJson(root);
}

/** Values that are right somewhere and wrong elsewhere. */
const odd: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, 0, -1, 3, 1.5, 1e9, "", "x", "Load Orders", "30s", "5 minutes", "all_done"),
  fc.constantFrom<JsonValue>(
    [],
    {},
    ["load"],
    [3],
    [{}],
    { count: 3 },
    { type: "integer" },
    "latest",
    "99%",
    "integer",
  ),
  fc.constantFrom<JsonValue>("2024-01-01", { cron: "* * * * *" }, { email: {} }, { type: "gauge", value: 1 }, "12:30"),
);
const KEYS = [
  "name",
  "tasks",
  "needs",
  "retries",
  "type",
  "default",
  "cron",
  "every",
  "items",
  "bash",
  "x",
  "A-b",
  "if",
];

/** The value with what stands at a path (as far as there is one) replaced, removed or joined by another key. */
function changed(
  value: JsonValue,
  path: readonly number[],
  change: "replace" | "remove" | "add",
  key: string,
  other: JsonValue,
): JsonValue {
  const [first, ...rest] = path;
  if (typeof value !== "object" || value === null || first === undefined) return other;
  const keys = Object.keys(value);
  const at = keys[first % Math.max(keys.length, 1)];
  if (change === "add" && (rest.length === 0 || at === undefined)) {
    return Array.isArray(value) ? [...value, other] : { ...value, [key]: other };
  }
  if (at === undefined) return other;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    if (name !== at) return [[name, inner] as const];
    if (change === "remove" && rest.length === 0) return [];
    return [[name, changed(inner, rest, change, key, other)] as const];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const changes = fc.tuple(
  fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
  fc.constantFrom("replace", "remove", "add"),
  fc.constantFrom(...KEYS),
  odd,
);

/** The ways to everything in a value. */
function pathsIn(value: JsonValue): readonly (readonly number[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((inner, index) => [[index], ...pathsIn(inner).map((path) => [index, ...path])]);
}

describe("the validator and the words agree on what is right", () => {
  test("of a pipeline with every key, when any one value is another", () => {
    const original = valueIn(readText("test/diagnostics/ok/ENG201-every-key.yaml"));
    const others: readonly JsonValue[] = [null, 3, -1, 0.5, true, "x", "5m", [], {}, ["x"], { x: 1 }];
    const disagreed: unknown[] = [];
    for (const path of pathsIn(original)) {
      for (const other of others) {
        const root = treeOf(changed(original, path, "replace", "", other));
        const explained = explain(pipeline_schema as unknown as Schema, root).length > 0;
        if (explained === validators.pipeline?.(toJson(root))) disagreed.push([path, other]);
      }
    }
    expect(disagreed).toEqual([]);
  });

  test("of a pipeline", () => {
    let wrong = 0;
    fc.assert(
      fc.property(fc.constantFrom(...okValues), fc.array(changes, { maxLength: 2 }), (original, all) => {
        const value = all.reduce<JsonValue>(
          (now, [path, change, key, other]) => changed(now, path, change, key, other),
          original,
        );
        const root = treeOf(value);
        const problems = explain(pipeline_schema as unknown as Schema, root);
        const valid = validators.pipeline?.(toJson(root));
        if (!valid) wrong += 1;
        expect([value, problems.map((one) => one.message), problems.length === 0]).toEqual([
          value,
          problems.map((one) => one.message),
          valid,
        ]);
      }),
      { numRuns: 500 },
    );
    expect(wrong).toBeGreaterThan(50);
  });

  test.each([
    ["a duration without a unit", "timeout: 30\ntasks: { a: { noop: {} } }"],
    ["a number as a name", "name: 5\ntasks: { a: { noop: {} } }"],
    ["a key without a value", "owner:\ntasks: { a: { noop: {} } }"],
    ["an alias of a wrong value", "tasks: { a: &a { noop: {}, priority: x }, b: *a }"],
  ])("of a pipeline with %s, and nothing else that is wrong", (_, text) => {
    const value = valueIn(text);
    const root = parseText(new SourceText("a.yaml", text)).root;
    expect(validators.pipeline?.(value)).toBe(false);
    expect(root && explain(pipeline_schema as unknown as Schema, root)).not.toEqual([]);
  });

  test.each([...operators.values()])("of what stands under $name", ({ name, schema, validate }) => {
    expect(validate).toBeDefined();
    const examples = schema.examples as JsonValue[];
    fc.assert(
      fc.property(fc.constantFrom(...examples), fc.array(changes, { maxLength: 2 }), (original, all) => {
        const value = all.reduce<JsonValue>(
          (now, [path, change, key, other]) => changed(now, path, change, key, other),
          original,
        );
        const problems = explain(schema as Schema, treeOf(value), scalarOf(name));
        expect([value, problems.length === 0]).toEqual([value, validate?.(value)]);
      }),
      { numRuns: 200 },
    );
  });
});

/** Every schema in a schema, with the way to it. */
function schemasIn(schema: JsonObject, path: string): readonly (readonly [string, JsonObject])[] {
  const inner = (key: string, named: boolean): readonly (readonly [string, JsonObject])[] => {
    const value = schema[key];
    if (typeof value !== "object" || value === null) return [];
    if (!named && !Array.isArray(value)) return schemasIn(value, `${path}/${key}`);
    return Object.entries(value).flatMap(([name, one]) =>
      typeof one === "object" && one !== null && !Array.isArray(one) ? schemasIn(one, `${path}/${key}/${name}`) : [],
    );
  };
  return [
    [path, schema],
    ...["properties", "definitions"].flatMap((key) => inner(key, true)),
    ...["anyOf", "oneOf"].flatMap((key) => inner(key, true)),
    ...["items", "additionalProperties", "propertyNames"].flatMap((key) => inner(key, false)),
  ];
}

describe("the schema for editors", () => {
  const schema = publishedSchema(operators.values());
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
  ajv.addKeyword("markdownDescription");
  ajv.addSchema(schema as AnySchema, "pipeline");

  test("is in draft-07, as editors' YAML servers want it", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(ajv.validateSchema(schema as AnySchema)).toBe(true);
    expect(JSON.parse(readText("schemas/pipeline.schema.json"))).toEqual(schema);
  });

  test.each(okFiles)("accepts %s", (file) => {
    const validate = ajv.getSchema("pipeline");
    const value = valueIn(readText(file));
    expect([validate?.(value), validate?.errors]).toEqual([true, null]);
  });

  test.each([
    ["no operator", { tasks: { a: { needs: "b" } } }],
    ["two operators", { tasks: { a: { bash: "x", noop: {} } } }],
    ["an operator that doesn't exist", { tasks: { a: { bahs: "x" } } }],
    ["a duration without a unit", { timeout: 30, tasks: { a: { noop: {} } } }],
    ["an unknown key", { retries: 3, tasks: { a: { noop: {} } } }],
    ["an operator's key that is wrong", { tasks: { a: { bash: { scirpt: "x" } } } }],
  ])("refuses %s", (_, value) => {
    expect(ajv.getSchema("pipeline")?.(value)).toBe(false);
  });

  const all = schemasIn(schema, "#");

  test("describes every key, for who hovers over it", () => {
    const silent = all.filter(([path, one]) => {
      const isKey = /\/properties\/[^/]+$/.test(path);
      const target = typeof one.$ref === "string" ? all.find(([other]) => other === one.$ref)?.[1] : undefined;
      return isKey && one.description === undefined && target?.description === undefined;
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test("has examples and defaults that fit", () => {
    const wrong = all.flatMap(([path, one]) => {
      const values = [
        ...((one.examples as JsonValue[] | undefined) ?? []),
        ...(one.default === undefined ? [] : [one.default]),
      ];
      const validate = ajv.compile({ $ref: `pipeline${path}` });
      return values.filter((value) => !validate(value)).map((value) => [path, value]);
    });
    expect(wrong).toEqual([]);
  });
});

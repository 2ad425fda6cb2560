import type { JsonObject, JsonValue } from "../../lib/index.ts";

/*
 * What is known of a value before it is there: a type that CEL checks with, and the names of its parts,
 * so that a misspelt one is found.
 */

export interface ValueType {
  /** CEL's name for it: `int`, `double`, `list<string>`, `dyn` … */
  readonly cel: string;
  /** The parts that it has, and no others. Absent: any part may be there. */
  readonly fields?: ReadonlyMap<string, ValueType>;
  /** Of a string: the values that it can have, and no others. */
  readonly choices?: readonly string[];
}

export const DYN: ValueType = { cel: "dyn" };
export const STRING: ValueType = { cel: "string" };
export const INT: ValueType = { cel: "int" };
export const TIMESTAMP: ValueType = { cel: "google.protobuf.Timestamp" };
export const MAP: ValueType = { cel: "map<string, dyn>" };

const PRIMITIVES: Readonly<Record<string, string>> = {
  integer: "int",
  number: "double",
  string: "string",
  boolean: "bool",
};

/** The type of the values that fit a JSON Schema; `dyn` when it allows several. */
export function typeOfSchema(schema: JsonObject | undefined): ValueType {
  const declared = schema?.type;
  const named = (Array.isArray(declared) ? declared : [declared]).filter(
    (type) => typeof type === "string" && type !== "null",
  );
  // With `["integer", "number"]` a value may be either; both count as numbers.
  const name = named.includes("number") && named.includes("integer") && named.length === 2 ? "number" : named[0];
  if (named.length > 1 && name !== "number") return DYN;
  if (typeof name !== "string") return typeOfChoices(schema);
  const primitive = Object.hasOwn(PRIMITIVES, name) ? PRIMITIVES[name] : undefined;
  if (primitive !== undefined) return { cel: primitive, ...choicesOf(schema) };
  if (name === "array") return { cel: `list<${typeOfSchema(asObject(schema?.items)).cel}>` };
  if (name === "object") return objectType(schema);
  return DYN;
}

/** Without a `type`, the values of an `enum` or a `const` tell it. */
function typeOfChoices(schema: JsonObject | undefined): ValueType {
  if (schema?.const !== undefined) return typeOfValue(schema.const);
  return Array.isArray(schema?.enum) ? unionOf(schema.enum.map(typeOfValue)) : DYN;
}

function choicesOf(schema: JsonObject | undefined): { readonly choices?: readonly string[] } {
  const choices = schema?.enum;
  return Array.isArray(choices) && choices.every((each) => typeof each === "string") ? { choices } : {};
}

function objectType(schema: JsonObject | undefined): ValueType {
  const properties = asObject(schema?.properties);
  if (properties === undefined || schema?.additionalProperties !== false) return MAP;
  const fields = Object.entries(properties).map(([key, each]) => [key, typeOfSchema(asObject(each))] as const);
  return { cel: MAP.cel, fields: new Map(fields) };
}

/** The type of a value that is there. Whole numbers are integers. */
export function typeOfValue(value: JsonValue): ValueType {
  switch (typeof value) {
    case "string":
      return STRING;
    case "boolean":
      return { cel: "bool" };
    case "number":
      return Number.isInteger(value) ? INT : { cel: "double" };
    default:
      if (value === null) return DYN;
      if (Array.isArray(value)) return { cel: `list<${unionOf(value.map(typeOfValue)).cel}>` };
      return { cel: MAP.cel, fields: new Map(Object.entries(value).map(([key, each]) => [key, typeOfValue(each)])) };
  }
}

/** A type that fits all of these; `dyn` when they differ. */
export function unionOf(types: readonly ValueType[]): ValueType {
  const [first, ...others] = types;
  if (first === undefined || others.some((type) => type.cel !== first.cel)) return DYN;
  if (first.fields === undefined || types.some((type) => type.fields === undefined)) return { cel: first.cel };
  const fields = new Map<string, ValueType>();
  for (const type of types) {
    for (const [name, field] of type.fields ?? []) {
      const known = fields.get(name);
      fields.set(name, known === undefined ? field : unionOf([known, field]));
    }
  }
  return { cel: first.cel, fields };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  int: "an integer",
  uint: "an unsigned integer",
  double: "a number",
  string: "a string",
  bool: "a boolean",
  null: "null",
  bytes: "bytes",
  type: "a type",
  dyn: "a value of unknown type",
  "google.protobuf.Timestamp": "a timestamp",
  "google.protobuf.Duration": "a duration",
};

/** A type of CEL in plain words, with its article. */
export function describeType(cel: string): string {
  const inner = /^dyn<(.*)>$/.exec(cel)?.[1];
  if (inner !== undefined) return describeType(inner);
  if (/^list\b/.test(cel)) return "a list";
  return DESCRIPTIONS[cel] ?? "a map";
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

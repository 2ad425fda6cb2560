/*
 * TypeScript types from the part of JSON Schema (draft-07) that our own definitions use.
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly description?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** One interface or type for the root and for each definition. */
export function schemaTypes(rootName: string, root: unknown): string {
  const schema = root as Schema;
  const named: [string, Schema][] = [[rootName, schema], ...Object.entries(schema.definitions ?? {})];
  return named
    .map(([name, one]) => `${comment(one, "")}export type ${typeName(name)} = ${typeOf(one, "")};\n`)
    .join("\n");
}

/** The type of one schema. References name types of the same text. */
export function typeOfSchema(schema: unknown, indent = ""): string {
  return typeOf(schema as Schema, indent);
}

/** `value_schema` is the type `ValueSchema`. */
function typeName(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.replace(/#$/, "").split("/").at(-1) ?? "");
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) return union(schema.anyOf.map((one) => typeOf(one, indent)));
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (types.length === 0) return "JsonValue";
  return union(types.map((type) => namedType(type, schema, indent)));
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}

function namedType(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case "integer":
    case "number":
      return "number";
    case "array": {
      const item = schema.items === undefined ? "JsonValue" : typeOf(schema.items, indent);
      return /[|{]/.test(item) ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case "object":
      return objectType(schema, indent);
    default:
      return type;
  }
}

function objectType(schema: Schema, indent: string): string {
  if (schema.properties === undefined) {
    const values =
      typeof schema.additionalProperties === "object" ? typeOf(schema.additionalProperties, indent) : "JsonValue";
    return `Readonly<Record<string, ${values}>>`;
  }
  if (Object.keys(schema.properties).length === 0) return "Readonly<Record<string, never>>";
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties).map(([key, value]) => {
    const optional = schema.required?.includes(key) ? "" : "?";
    return `${comment(value, inner)}${inner}readonly ${key}${optional}: ${typeOf(value, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function comment(schema: Schema, indent: string): string {
  return schema.description === undefined ? "" : `${indent}/** ${schema.description} */\n`;
}

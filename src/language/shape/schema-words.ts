import type { SourceNode } from "../source.ts";

/*
 * How to speak of schemas and values in a message.
 */

/** The part of JSON Schema (draft-07) that can be explained. */
export interface Schema {
  readonly $ref?: string;
  /** What the value is called in messages: "a task id". */
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  /** Only in a branch of `oneOf` that is for none of the keys that the others ask for. */
  readonly not?: Schema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Longer values are cut in messages; the code frame shows the whole. */
const VALUE_LENGTH_MAX = 40;

/** A value between backticks, on one line, cut when it is long. */
export function quoted(value: unknown): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ");
  return `\`${text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text}\``;
}

/** `a`, `a` or `b`, `a`, `b` or `c`. */
export function either(words: readonly string[], conjunction = "or"): string {
  if (words.length <= 1) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}

/** The JSON type of a node; whole numbers are integers. */
export function typeOfNode(node: SourceNode): string {
  if (node.kind === "list") return "array";
  if (node.kind === "map") return "object";
  if (node.value === null) return "null";
  if (typeof node.value === "number") return Number.isInteger(node.value) ? "integer" : "number";
  return typeof node.value;
}

/** "the number `3`", "a list", "nothing". */
export function foundWords(node: SourceNode): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a mapping";
  if (node.value === null) return node.text === "" ? "nothing" : `the empty value ${quoted(node.text)}`;
  if (typeof node.value === "string") return node.value === "" ? "an empty text" : `the text ${quoted(node.value)}`;
  return typeof node.value === "number" ? `the number ${quoted(node.text)}` : quoted(node.text);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "`true` or `false`",
  array: "a list",
  object: "a mapping",
  null: "`null`",
};

/** What a schema asks for: "a whole number or a mapping". */
export function expectedWords(schema: Schema, resolve: (schema: Schema) => Schema): string {
  return either([...new Set(expectedParts(schema, resolve))]);
}

function expectedParts(schema: Schema, resolve: (schema: Schema) => Schema): readonly string[] {
  const target = resolve(schema);
  if (target.title !== undefined) return [target.title];
  if (target.enum !== undefined) return target.enum.map(quoted);
  const types = typeof target.type === "string" ? [target.type] : (target.type ?? []);
  if (types.length > 0) return types.map((type) => TYPE_WORDS[type] ?? type);
  return (target.anyOf ?? target.oneOf ?? []).flatMap((branch) => expectedParts(branch, resolve));
}

/** The types that a schema accepts; undefined for all. */
export function acceptedTypes(schema: Schema, resolve: (schema: Schema) => Schema): ReadonlySet<string> | undefined {
  const target = resolve(schema);
  if (target.type !== undefined) return new Set(typeof target.type === "string" ? [target.type] : target.type);
  if (target.enum !== undefined) return new Set(target.enum.map(typeOfValue));
  const branches = target.anyOf ?? target.oneOf;
  if (branches === undefined) return undefined;
  const all = branches.map((branch) => acceptedTypes(branch, resolve));
  return all.includes(undefined) ? undefined : new Set(all.flatMap((types) => [...(types ?? [])]));
}

function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" ? (Number.isInteger(value) ? "integer" : "number") : typeof value;
}

/** Whether a value of `type` is among `types`: a whole number is a number too. */
export function accepts(types: ReadonlySet<string> | undefined, type: string): boolean {
  return types === undefined || types.has(type) || (type === "integer" && types.has("number"));
}

/** "write it like `a` or `b`", from the schema's examples; else its description. */
export function exampleHint(schema: Schema): string | undefined {
  const examples = (schema.examples ?? []).slice(0, 3);
  if (examples.length > 0) return `write it like ${either(examples.map(quoted))}`;
  return schema.description === undefined ? undefined : lowerFirst(firstSentence(schema.description));
}

/** Without its full stop. */
export function firstSentence(text: string): string {
  return text.split(/\.(?: |$)/)[0] ?? text;
}

/** `Small letters` as it stands in the middle of a sentence. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "a, b and 3 more". */
export function listed(names: readonly string[], max: number): string {
  const shown = names.slice(0, max).map((name) => `\`${name}\``);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : either(shown, "and");
}

import type { JsonValue } from "../generated/api.ts";

/** A JSON Schema, as far as a form looks into it. What it doesn't know the daemon checks. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly description?: string;
  readonly default?: JsonValue;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly writeOnly?: boolean;
}

/** A field of a form: its name and schema, and the value that it has when nobody fills it in. */
export interface Field {
  readonly name: string;
  readonly schema: FieldSchema;
  readonly default: JsonValue | undefined;
}

/** How a value is typed in: texts as they are, lists and objects as JSON. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 2 : undefined);
}

export function typeOf({ type, enum: choices }: FieldSchema): string {
  if (choices !== undefined) return "choice";
  return typeof type === "string" ? type : (type?.find((each) => each !== "null") ?? "any");
}

/** What was typed in, as a value, or what is wrong with it. Empty is absent: the default holds. */
export function valueFrom({ schema }: Field, text: string): { readonly value?: JsonValue; readonly wrong?: string } {
  if (text === "" && typeOf(schema) !== "string") return {};
  switch (typeOf(schema)) {
    case "string":
      return textIn(schema, text);
    case "choice": {
      const value = schema.enum?.find((choice) => textOf(choice) === text);
      return value === undefined ? { wrong: "not one of the choices" } : { value };
    }
    case "integer":
    case "number":
      return numberIn(schema, text);
    case "boolean":
      return { value: text === "true" };
    default:
      try {
        return { value: JSON.parse(text) as JsonValue };
      } catch {
        // Without a type, what is no JSON is a text.
        return typeOf(schema) === "any" ? { value: text } : { wrong: `it must be JSON (${typeOf(schema)})` };
      }
  }
}

function textIn(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern }: FieldSchema,
  text: string,
): ReturnType<typeof valueFrom> {
  if (text.length < minLength) return { wrong: `at least ${minLength} characters` };
  if (text.length > maxLength) return { wrong: `at most ${maxLength} characters` };
  if (pattern !== undefined && !matches(pattern, text)) return { wrong: `it must match ${pattern}` };
  return { value: text };
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

function numberIn(schema: FieldSchema, text: string): ReturnType<typeof valueFrom> {
  const value = Number(text);
  if (!Number.isFinite(value)) return { wrong: "it must be a number" };
  if (typeOf(schema) === "integer" && !Number.isInteger(value)) return { wrong: "it must be a whole number" };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (minimum !== undefined && value < minimum) return { wrong: `at least ${minimum}` };
  if (maximum !== undefined && value > maximum) return { wrong: `at most ${maximum}` };
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return { wrong: `more than ${exclusiveMinimum}` };
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return { wrong: `less than ${exclusiveMaximum}` };
  return { value };
}

/** The bounds of a field in words. */
export function boundsOf(schema: FieldSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const words = [
    minimum !== undefined && `from ${minimum}`,
    exclusiveMinimum !== undefined && `more than ${exclusiveMinimum}`,
    maximum !== undefined && `to ${maximum}`,
    exclusiveMaximum !== undefined && `less than ${exclusiveMaximum}`,
  ];
  const kind = schema.enum === undefined ? typeOf(schema) : `one of ${schema.enum.map(textOf).join(", ")}`;
  return [kind, ...words].filter(Boolean).join(" ");
}

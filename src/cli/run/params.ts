import { parse } from "yaml";
import type { Pipeline } from "../../language/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { usageError } from "../errors.ts";

/**
 * The params of a command line: those of `--params`, overridden by each `-p key=value`. A value is read as
 * the type that the pipeline declares; what can't be read so is handed on as text, and the check of the
 * params says what is wrong with it. Throws a usage error for a `-p` without a key.
 */
export function readParams(pipeline: Pipeline, pairs: readonly string[], file: JsonObject = {}): JsonObject {
  const params: JsonObject = { ...file };
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) throw usageError(`-p ${pair} is not of the form key=value`, "for example `-p epochs=20`");
    const key = pair.slice(0, at);
    params[key] = readValue(pair.slice(at + 1), pipeline.params[key]?.schema);
  }
  return params;
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function readValue(text: string, schema: JsonObject | undefined): JsonValue {
  const types = typesOf(schema);
  const allows = (type: string): boolean => types === undefined || types.includes(type);
  // A declared string is what was typed: `-p version=1.10` keeps its zero.
  if (types?.includes("string")) return text;
  if ((allows("number") || allows("integer")) && NUMBER.test(text)) return Number(text);
  if (allows("boolean") && (text === "true" || text === "false")) return text === "true";
  if (allows("null") && text === "null") return null;
  if ((allows("array") && text.startsWith("[")) || (allows("object") && text.startsWith("{"))) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      return text;
    }
  }
  return text;
}

/** The types that a schema allows; undefined where it does not say. */
function typesOf(schema: JsonObject | undefined): readonly JsonValue[] | undefined {
  const type = schema?.type;
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type;
  const values = schema?.enum;
  return Array.isArray(values) && values.every((value) => typeof value === "string") ? ["string"] : undefined;
}

/** The content of a params file, YAML or JSON: a map. Throws a usage error that names the file. */
export function parseParamsFile(text: string, name: string): JsonObject {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw usageError(`the params in ${name} can't be read: ${why}`, "give YAML or JSON: a map from param to value");
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw usageError(`the params in ${name} are not a map`, "write one `name: value` a line");
  }
  return value as JsonObject;
}

import { parse } from "yaml";
import type { JsonObject } from "../../lib/index.ts";
import { usageError } from "../errors.ts";

/**
 * The params of a command line: those of `--params`, overridden by each `-p key=value`, whose value is text
 * here; the check of the params reads it as the type that the pipeline declares. Throws a usage error for a
 * `-p` without a key.
 */
export function readParams(pairs: readonly string[], file: JsonObject = {}): JsonObject {
  const params: JsonObject = { ...file };
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) throw usageError(`-p ${pair} is not of the form key=value`, "for example `-p epochs=20`");
    params[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return params;
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

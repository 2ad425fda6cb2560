import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { OperatorSource } from "./model.ts";
import type { OperatorSpec } from "./operator-spec.ts";

/*
 * Where a value stands in an operator's config. Keys of a spec that stand deeper are written with dots.
 */

/** Whether one of a spec's keys is at a path of the normalised config, or above it. */
export function isUnder(keys: readonly string[], path: readonly string[]): boolean {
  return keys.some((key) => key.split(".").every((part, index) => path[index] === part));
}

/** Whether one of a spec's keys stands below a path. */
export function isAbove(keys: readonly string[], path: readonly string[]): boolean {
  return keys.some((key) => key.startsWith(`${path.join(".")}.`));
}

/**
 * The place in the operator's normalised config that a text ends up in. `path` begins with the operator's own key. A short
 * form ends up under the one key which has the same value, or the one that holds a list where a list was written.
 */
export function configPath({ node, config }: OperatorSource, path: readonly string[]): readonly string[] {
  const found: string[] = [];
  let written: JsonValue | undefined = config;
  for (let at = node; ; ) {
    if (at.kind !== "map") {
      const { value, isList } =
        at.kind === "list" ? { value: undefined, isList: true } : { value: at.value, isList: false };
      if (!isMapping(written)) return [...found, ...path.slice(found.length + 1)];
      const key = Object.entries(written).find(([, each]) => (isList ? Array.isArray(each) : each === value))?.[0];
      return key === undefined ? found : [...found, key];
    }
    const key = path[found.length + 1];
    if (key === undefined) return found;
    found.push(key);
    const next = at.get(key);
    if (next === undefined) return [...found, ...path.slice(found.length + 1)];
    at = next;
    written = isMapping(written) ? written[key] : undefined;
  }
}

/** The types of connection that the keys of a config may name, by key. */
export function connectionKeys({ connections = {} }: OperatorSpec): readonly (readonly [string, readonly string[]])[] {
  return isTypes(connections) ? [["connection", connections]] : Object.entries(connections);
}

/** What the operator's result brings into scope. */
export function resultNames(spec: OperatorSpec, config: JsonObject | undefined): readonly string[] | undefined {
  const { result_names } = spec;
  const names = typeof result_names === "function" ? result_names(config ?? {}) : result_names;
  return names?.length === 0 ? undefined : names;
}

/** The value at a key of a config, which may be written with dots. */
export function valueAt(config: JsonObject, key: string): JsonValue | undefined {
  let value: JsonValue | undefined = config;
  for (const part of key.split(".")) value = isMapping(value) ? value[part] : undefined;
  return value;
}

function isTypes(connections: NonNullable<OperatorSpec["connections"]>): connections is readonly string[] {
  return Array.isArray(connections);
}

function isMapping(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

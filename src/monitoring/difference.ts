import { parseAllDocuments } from "yaml";
import type { JsonObject, JsonValue } from "../lib/index.ts";

/** A difference in meaning: what is called so was `before` and is `after`; undefined where it is not. */
export interface Difference {
  readonly file: string;
  /** The way to it, such as `groups[engine-daemon.alerts].rules[EngineDown].expr`. Empty: the whole file. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** What tells the parts of a list from each other, whatever their place. */
const NAMES = ["alert", "record", "title", "name", "refId", "id"];

/** What changes from some files to others, in meaning: the order of keys and the way to write them tell nothing. */
export function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((file): readonly Difference[] => {
    const [old, now] = [before.get(file), after.get(file)];
    if (old === now) return [];
    if (old === undefined) return [{ file, path: "", after: null }];
    if (now === undefined) return [{ file, path: "", before: null }];
    const [from, to] = [read(old), read(now)];
    if (from === undefined) return [{ file, path: "", before: "it can't be read", after: null }];
    return compare(from, to ?? null, "").map((each) => ({ file, ...each }));
  });
}

function read(text: string): JsonValue | undefined {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const values = documents.map((document) => document.toJS() as JsonValue);
  return unfold(values.length === 1 ? (values[0] ?? null) : values);
}

/** Texts that are JSON themselves, as dashboards in ConfigMaps are, are looked into. */
function unfold(value: JsonValue): JsonValue {
  if (typeof value === "string" && value.startsWith("{")) {
    try {
      return unfold(JSON.parse(value) as JsonValue);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(unfold);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unfold(each)]));
}

function compare(before: JsonValue, after: JsonValue, path: string): readonly Omit<Difference, "file">[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [from, to] = [partsOf(before), partsOf(after)];
  if (from === undefined || to === undefined) return [{ path, before, after }];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((key): readonly Omit<Difference, "file">[] => {
    const [old, now] = [from.get(key), to.get(key)];
    const at = key.startsWith("[") ? `${path}${key}` : path === "" ? key : `${path}.${key}`;
    if (old === undefined && now === undefined) return [];
    if (old === undefined || now === undefined) {
      return [{ path: at, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }];
    }
    return compare(old, now, at);
  });
}

/** The parts of an object by key, those of a list by what they are called; undefined of what has none. */
function partsOf(value: JsonValue): ReadonlyMap<string, JsonValue> | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const seen = new Map<string, number>();
  return new Map(
    value.map((each): [string, JsonValue] => {
      const name = nameOf(each) ?? "";
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return [`[${name}${count > 1 || name === "" ? `#${count}` : ""}]`, each];
    }),
  );
}

function nameOf(value: JsonValue): string | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const name = NAMES.map((key) => (value as JsonObject)[key]).find((each) => each !== undefined);
  return name === undefined ? undefined : String(name);
}

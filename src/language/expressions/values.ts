import type { JsonObject, JsonValue } from "../../lib/index.ts";

/*
 * Values on their way into CEL and out of it. Inside, integers are bigint, numbers are doubles and dates
 * are timestamps; outside, everything is JSON.
 */

/** A value as CEL computes with it: JSON with bigint for integers, and `Date`, `Duration`, bytes. */
export type CelValue = unknown;

/**
 * A JSON value as CEL sees it. Where the schema says `number` a whole number stays a double, so that
 * `1 / 2` is a half; where it says nothing, whole numbers are integers.
 */
export function toCel(value: JsonValue, schema?: JsonObject): CelValue {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && !isDouble(schema) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    const items = objectAt(schema, "items");
    return value.map((item) => toCel(item, items));
  }
  if (value !== null && typeof value === "object") {
    const properties = objectAt(schema, "properties");
    const others = objectAt(schema, "additionalProperties");
    // A Map, so that a key such as `constructor` is only a key.
    return new Map(Object.entries(value).map(([key, item]) => [key, toCel(item, objectAt(properties, key) ?? others)]));
  }
  return value;
}

/** A CEL value that JSON can't hold: the message says which. */
export class NotJson extends Error {}

/**
 * A CEL value as JSON: integers become numbers, dates text (ISO 8601), durations text (`90s`), bytes base64.
 * Throws `NotJson` for what has no JSON form: NaN, infinities, integers beyond 2^53, types.
 */
export function fromCel(value: CelValue): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new NotJson(`it gave ${value}, which is not a number that can be handed on`);
      return value;
    case "bigint": {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) {
        throw new NotJson(`it gave ${value}, an integer beyond ±2^53 that would lose its last digits`);
      }
      return number;
    }
    case "object":
      return value === null ? null : fromObject(value);
    default:
      return null;
  }
}

function fromObject(value: object): JsonValue {
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Set) return [...value].map(fromCel);
  if (value instanceof Date) return isoTime(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map) return fromEntries(value);
  if (Object.prototype.toString.call(value) === "[object google.protobuf.Duration]") return String(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return fromEntries(Object.entries(value));
  // CEL's unsigned integers.
  const inner: unknown = value.valueOf();
  if (typeof inner === "bigint") return fromCel(inner);
  throw new NotJson("it gave a type, which is not a value that can be handed on");
}

function fromEntries(entries: Iterable<[unknown, unknown]>): JsonObject {
  return Object.fromEntries([...entries].map(([key, value]) => [String(key), fromCel(value)]));
}

/**
 * A CEL value as it stands in a text: strings as they are, numbers and booleans plainly, dates in ISO 8601,
 * null as nothing, lists and maps as JSON. Throws `NotJson` as `fromCel` does, except that big integers have a text.
 */
export function celToText(value: CelValue): string {
  if (typeof value === "bigint") return String(value);
  return jsonToText(fromCel(value));
}

/** The same for a value that is JSON already. */
export function jsonToText(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** ISO 8601 in UTC, without the milliseconds when there are none: `2024-01-01T02:00:00Z`. */
export function isoTime(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

function isDouble(schema: JsonObject | undefined): boolean {
  const type = schema?.type;
  return type === "number" || (Array.isArray(type) && type.includes("number"));
}

function objectAt(schema: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = schema !== undefined && Object.hasOwn(schema, key) ? schema[key] : undefined;
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { checkValue } from "../value-schema.ts";

/*
 * What a schema refuses that an earlier one took. Only what can be told from the two schemas alone, and surely: a
 * value that fitted and fits no more has to exist, as far as its type is concerned.
 */

/** Values that a message lists; the rest is counted. */
const LISTED_MAX = 5;

const TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"] as const;
type Type = (typeof TYPES)[number];

/** The keywords that limit values of a type, apart from `type`, `enum` and `const`. */
type Limits = readonly (readonly [type: Type, find: (before: JsonObject, after: JsonObject) => readonly string[]])[];

/**
 * In words that follow a name, what values fitted `before` and don't fit `after`: "is `string` now, and was `integer`".
 * Empty when all values that fitted still fit.
 */
export function narrowings(before: JsonObject, after: JsonObject): readonly string[] {
  const choices = choicesOf(before);
  if (choices !== undefined) {
    const refused = choices.filter(
      (choice) => checkValue(before, choice).length === 0 && checkValue(after, choice).length > 0,
    );
    return refused.length === 0 ? [] : [`takes ${listed(refused)} no longer`];
  }
  const lost = lostTypes(before, after);
  if (lost.length > 0) return [typeWords(before, after)];
  const left = choicesOf(after);
  if (left !== undefined) return [`takes only ${listed(left)} now`];
  const types = typesOf(before);
  const narrowed = LIMITS.flatMap(([type, find]) => (types.has(type) ? find(before, after) : []));
  return [...narrowed, ...forms(before, after)];
}

/** The types that values of `before` may have and values of `after` may not. */
export function lostTypes(before: JsonObject, after: JsonObject): readonly string[] {
  const now = typesOf(after);
  return [...typesOf(before)].filter((type) => !now.has(type));
}

/** "is `string` now, and was `integer`" */
export function typeWords(before: JsonObject, after: JsonObject): string {
  return `is ${typeName(after)} now, and was ${typeName(before)}`;
}

function typeName({ type }: JsonObject): string {
  if (type === undefined) return "of any type";
  return (Array.isArray(type) ? type : [type]).map((each) => `\`${String(each)}\``).join(" or ");
}

/** A number may be an integer, so who takes numbers takes integers. */
function typesOf({ type }: JsonObject): ReadonlySet<string> {
  if (type === undefined) return new Set(TYPES);
  const types = new Set((Array.isArray(type) ? type : [type]).map(String));
  if (types.has("number")) types.add("integer");
  return types;
}

function choicesOf({ enum: choices, const: only }: JsonObject): readonly JsonValue[] | undefined {
  if (only !== undefined) return [only];
  return Array.isArray(choices) ? choices : undefined;
}

function listed(values: readonly JsonValue[]): string {
  const names = values.slice(0, LISTED_MAX).map((value) => `\`${JSON.stringify(value)}\``);
  const more = values.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const LIMITS: Limits = [
  ["integer", (before, after) => [...lower(before, after), ...upper(before, after), ...multiples(before, after)]],
  [
    "string",
    (before, after) => [
      ...least("minLength", "characters")(before, after),
      ...most("maxLength", "characters")(before, after),
    ],
  ],
  ["string", patterns],
  [
    "array",
    (before, after) => [...least("minItems", "items")(before, after), ...most("maxItems", "items")(before, after)],
  ],
  [
    "array",
    (before, after) =>
      after.uniqueItems === true && before.uniqueItems !== true ? ["may hold no item twice now"] : [],
  ],
  ["array", items],
  ["object", keys],
];

function numberOf(schema: JsonObject, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" ? value : undefined;
}

interface Bound {
  readonly at: number;
  /** The bound itself is out. */
  readonly open: boolean;
}

/** The bound that counts, of `minimum` and `exclusiveMinimum`, or the other two with the `sign` -1. Integers need no open one. */
function boundOf(schema: JsonObject, closedKey: string, openKey: string, sign: 1 | -1): Bound {
  const closed = (numberOf(schema, closedKey) ?? -sign * Infinity) * sign;
  const open = (numberOf(schema, openKey) ?? -sign * Infinity) * sign;
  if (!typesOf(schema).has("number"))
    return { at: Math.max(Math.ceil(closed), Math.floor(open) + 1) * sign, open: false };
  return open >= closed && open > -Infinity ? { at: open * sign, open: true } : { at: closed * sign, open: false };
}

function isNarrower(then: Bound, now: Bound, sign: 1 | -1): boolean {
  return now.at * sign > then.at * sign || (now.at === then.at && now.open && !then.open);
}

function lower(before: JsonObject, after: JsonObject): readonly string[] {
  const [then, now] = [before, after].map((schema) => boundOf(schema, "minimum", "exclusiveMinimum", 1)) as [
    Bound,
    Bound,
  ];
  return isNarrower(then, now, 1) ? [`is ${now.open ? "more than" : "at least"} ${now.at} now`] : [];
}

function upper(before: JsonObject, after: JsonObject): readonly string[] {
  const [then, now] = [before, after].map((schema) => boundOf(schema, "maximum", "exclusiveMaximum", -1)) as [
    Bound,
    Bound,
  ];
  return isNarrower(then, now, -1) ? [`is ${now.open ? "less than" : "at most"} ${now.at} now`] : [];
}

function multiples(before: JsonObject, after: JsonObject): readonly string[] {
  const [then, now] = [numberOf(before, "multipleOf"), numberOf(after, "multipleOf")];
  if (now === undefined || (then !== undefined && Number.isInteger(then / now))) return [];
  // All integers are multiples of 1.
  if (now === 1 && !typesOf(before).has("number")) return [];
  return [`is a multiple of ${now} now`];
}

function least(key: string, unit: string): (before: JsonObject, after: JsonObject) => readonly string[] {
  return (before, after) => {
    const now = numberOf(after, key) ?? 0;
    return now > (numberOf(before, key) ?? 0) ? [`has at least ${now} ${unit} now`] : [];
  };
}

function most(key: string, unit: string): (before: JsonObject, after: JsonObject) => readonly string[] {
  return (before, after) => {
    const now = numberOf(after, key) ?? Infinity;
    return now < (numberOf(before, key) ?? Infinity) ? [`has at most ${now} ${unit} now`] : [];
  };
}

/** Whether one pattern takes all that another does can't be told, so another pattern counts as narrower. */
function patterns(before: JsonObject, after: JsonObject): readonly string[] {
  const { pattern } = after;
  return typeof pattern === "string" && pattern !== before.pattern ? [`matches \`${pattern}\` now`] : [];
}

function items(before: JsonObject, after: JsonObject): readonly string[] {
  if (asSchema(after.items) === undefined) return [];
  return narrowings(asSchema(before.items) ?? {}, asSchema(after.items) ?? {}).map(
    (words) => `has items of which each ${words}`,
  );
}

function keys(before: JsonObject, after: JsonObject): readonly string[] {
  const [then, now] = [asSchema(before.properties) ?? {}, asSchema(after.properties) ?? {}];
  const names = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  const needed = names(after.required).filter((key) => !names(before.required).includes(key));
  const closed = after.additionalProperties === false;
  const dropped = closed ? Object.keys(then).filter((key) => !Object.hasOwn(now, key)) : [];
  const inner = Object.keys(then).flatMap((key) => {
    const own = Object.hasOwn(now, key) ? asSchema(now[key]) : undefined;
    return own === undefined
      ? []
      : narrowings(asSchema(then[key]) ?? {}, own).map((words) => `has \`${key}\`, which ${words}`);
  });
  return [
    ...needed.map((key) => `has to have \`${key}\` now`),
    ...(closed && before.additionalProperties !== false
      ? ["takes no other keys now"]
      : dropped.map((key) => `takes \`${key}\` no longer`)),
    ...inner,
  ];
}

/** Each form that a value could have has to be covered by one that it may have now. */
function forms(before: JsonObject, after: JsonObject): readonly string[] {
  if (!Array.isArray(after.anyOf)) return [];
  const { anyOf, ...rest } = before;
  const then = Array.isArray(anyOf) ? anyOf.map((form) => ({ ...rest, ...asSchema(form) })) : [rest];
  const now = after.anyOf.map(asSchema).filter((form) => form !== undefined);
  const covered = then.every((form) => now.some((each) => narrowings(form as JsonObject, each).length === 0));
  return covered ? [] : ["fits fewer forms now"];
}

function asSchema(value: JsonValue | undefined): JsonObject | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

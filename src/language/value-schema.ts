import { type JsonObject, type JsonValue, matchesInTime } from "../lib/index.ts";

/*
 * Checks values against the JSON Schemas of params and outputs. They may use the keywords that the
 * language's definition lists and no others, so an evaluator of a page does, and nothing has to be
 * compiled before a run.
 */

/** What doesn't fit in a value: where (keys and positions; none for the value itself) and why, without a full stop. */
export interface ValueProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Problems that are listed for one value; the first ones say enough. */
const PROBLEMS_MAX = 10;

/** Characters of a wrong value that a message shows. */
const SHOWN_MAX = 60;

/** What is wrong with a value; empty when it fits. */
export function checkValue(schema: JsonObject, value: JsonValue): readonly ValueProblem[] {
  const problems: ValueProblem[] = [];
  check(schema, value, [], problems);
  return problems.slice(0, PROBLEMS_MAX);
}

/** One sentence for a problem of the value `name`. */
export function describeProblem(name: string, problem: ValueProblem): string {
  const path = problem.path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return `\`${name}${path}\` ${problem.message}`;
}

/**
 * Reads a value that came as text (from a command line, an environment or a file of `name=value` lines)
 * as the type that the schema asks for. Text that can't be read so is given back as it is, and doesn't fit then.
 */
export function valueFromText(schema: JsonObject, text: string): JsonValue {
  const types = typesOf(schema);
  if (types.length === 0) return enumFromText(schema, text);
  for (const type of types) {
    const value = readAs(type, text);
    if (value !== undefined) return value;
  }
  return text;
}

function readAs(type: string, text: string): JsonValue | undefined {
  const trimmed = text.trim();
  switch (type) {
    case "string":
      return text;
    case "integer":
    case "number": {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
      return value !== undefined && hasType(type, value) ? value : undefined;
    }
    case "boolean":
      return trimmed === "true" || trimmed === "false" ? trimmed === "true" : undefined;
    case "null":
      return trimmed === "" || trimmed === "null" ? null : undefined;
    default:
      try {
        const value = JSON.parse(trimmed) as JsonValue;
        return hasType(type, value) ? value : undefined;
      } catch {
        return undefined;
      }
  }
}

/** Without a type, an `enum` or a `const` tells what a text may stand for. */
function enumFromText(schema: JsonObject, text: string): JsonValue {
  const choices = Array.isArray(schema.enum) ? schema.enum : schema.const === undefined ? [] : [schema.const];
  return choices.find((choice) => choice === text) ?? choices.find((choice) => JSON.stringify(choice) === text) ?? text;
}

function typesOf(schema: JsonObject): readonly string[] {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.filter((type) => typeof type === "string");
}

function check(schema: JsonObject, value: JsonValue, path: ValueProblem["path"], problems: ValueProblem[]): void {
  if (problems.length >= PROBLEMS_MAX) return;
  const report = (message: string) => void problems.push({ path, message });
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => hasType(type, value))) {
    report(`must be ${types.map(withArticle).join(" or ")}, not ${shown(value)}`);
    return;
  }
  if (Array.isArray(schema.enum) && !schema.enum.some((choice) => isSame(choice, value))) {
    report(`must be one of ${schema.enum.map((choice) => JSON.stringify(choice)).join(", ")}, not ${shown(value)}`);
  }
  if (schema.const !== undefined && !isSame(schema.const, value)) {
    report(`must be ${JSON.stringify(schema.const)}, not ${shown(value)}`);
  }
  if (Array.isArray(schema.anyOf) && !schema.anyOf.some((each) => checkValue(each as JsonObject, value).length === 0)) {
    report(`fits none of the ${schema.anyOf.length} forms that it may have: ${shown(value)}`);
  }
  if (typeof value === "number") checkNumber(schema, value, report);
  else if (typeof value === "string") checkText(schema, value, report);
  else if (Array.isArray(value)) checkList(schema, value, path, problems, report);
  else if (value !== null && typeof value === "object") checkMap(schema, value, path, problems, report);
}

type Report = (message: string) => void;

function checkNumber(schema: JsonObject, value: number, report: Report): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === "number" && value < minimum) report(`must be at least ${minimum}, not ${value}`);
  if (typeof maximum === "number" && value > maximum) report(`must be at most ${maximum}, not ${value}`);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    report(`must be more than ${exclusiveMinimum}, not ${value}`);
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    report(`must be less than ${exclusiveMaximum}, not ${value}`);
  }
  if (typeof multipleOf === "number" && !isMultiple(value, multipleOf)) {
    report(`must be a multiple of ${multipleOf}, not ${value}`);
  }
}

/** With room for what binary fractions get wrong: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < Number.EPSILON * Math.max(1, Math.abs(times));
}

function checkText(schema: JsonObject, value: string, report: Report): void {
  const { minLength, maxLength, pattern } = schema;
  const length = [...value].length;
  if (typeof minLength === "number" && length < minLength) {
    report(minLength === 1 ? "must not be empty" : `must have at least ${minLength} characters, not ${length}`);
  }
  if (typeof maxLength === "number" && length > maxLength) {
    report(`must have at most ${maxLength} characters, not ${length}`);
  }
  const expression = typeof pattern === "string" ? regexOf(pattern) : undefined;
  if (expression === undefined) return;
  const matches = matchesInTime(expression, value);
  if (matches === false) report(`must match \`${pattern}\`, and ${shown(value)} doesn't`);
  if (matches === undefined) {
    report(
      `takes too long to be held against \`${pattern}\`: what repeats something that repeats itself tries every way`,
    );
  }
}

/** The regular expression of a `pattern`; undefined when it is none, which a check reports. */
export function regexOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function checkList(
  schema: JsonObject,
  value: readonly JsonValue[],
  path: ValueProblem["path"],
  problems: ValueProblem[],
  report: Report,
): void {
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && value.length < minItems) {
    report(`must have at least ${minItems} items, not ${value.length}`);
  }
  if (typeof maxItems === "number" && value.length > maxItems) {
    report(`must have at most ${maxItems} items, not ${value.length}`);
  }
  if (schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length) {
    report("must not hold an item twice");
  }
  const items = asSchema(schema.items);
  if (items !== undefined) value.forEach((item, index) => void check(items, item, [...path, index], problems));
}

function checkMap(
  schema: JsonObject,
  value: JsonObject,
  path: ValueProblem["path"],
  problems: ValueProblem[],
  report: Report,
): void {
  const properties = asSchema(schema.properties) ?? {};
  for (const key of Array.isArray(schema.required) ? schema.required : []) {
    if (typeof key === "string" && !Object.hasOwn(value, key)) report(`must have \`${key}\``);
  }
  const others = asSchema(schema.additionalProperties);
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? asSchema(properties[key]) : undefined;
    if (property !== undefined) check(property, item, [...path, key], problems);
    else if (schema.additionalProperties === false) report(`must not have \`${key}\``);
    else if (others !== undefined) check(others, item, [...path, key], problems);
  }
}

function asSchema(value: JsonValue | undefined): JsonObject | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

function hasType(type: string, value: JsonValue): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return value !== null && typeof value === "object" && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

const ARTICLES: Readonly<Record<string, string>> = {
  integer: "an integer",
  null: "null",
  array: "a list",
  object: "a map",
};

function withArticle(type: string): string {
  return ARTICLES[type] ?? `a ${type}`;
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function isSame(a: JsonValue, b: JsonValue): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with the keys of maps in order: the same text for the same value. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_, each: JsonValue) =>
    each !== null && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

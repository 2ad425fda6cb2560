import { expect, test } from "vitest";
import type { JsonValue } from "../../../src/lib/index.ts";
import { boundsOf, type FieldSchema, textOf, valueFrom } from "../../../src/web/lib/form-values.ts";

const typed = (schema: FieldSchema, text: string) => valueFrom({ name: "x", schema, default: undefined }, text);

test.each<[FieldSchema, string, ReturnType<typeof typed>]>([
  [{ type: "integer", minimum: 1, maximum: 5 }, "3", { value: 3 }],
  [{ type: "integer", minimum: 1 }, "0", { wrong: "at least 1" }],
  [{ type: "integer", maximum: 5 }, "6", { wrong: "at most 5" }],
  [{ type: "integer" }, "1.5", { wrong: "it must be a whole number" }],
  [{ type: "number" }, "abc", { wrong: "it must be a number" }],
  [{ type: "number", exclusiveMinimum: 0 }, "0", { wrong: "more than 0" }],
  [{ type: "number", exclusiveMaximum: 1 }, "1", { wrong: "less than 1" }],
  [{ type: "number" }, "", {}],
  [{ type: "string" }, "", { value: "" }],
  [{ type: "string", pattern: "^a+$" }, "b", { wrong: "it must match ^a+$" }],
  [{ type: "string", pattern: "(" }, "b", { value: "b" }],
  [{ type: "string", minLength: 2 }, "b", { wrong: "at least 2 characters" }],
  [{ type: "boolean" }, "true", { value: true }],
  [{ type: "boolean" }, "false", { value: false }],
  [{ enum: ["a", 2] }, "2", { value: 2 }],
  [{ enum: ["a", 2] }, "b", { wrong: "not one of the choices" }],
  [{ type: "object" }, '{"a": 1}', { value: { a: 1 } }],
  [{ type: "array" }, "[1", { wrong: "it must be JSON (array)" }],
  [{ type: ["integer", "null"] }, "4", { value: 4 }],
  [{}, "just words", { value: "just words" }],
  [{}, "17", { value: 17 }],
])("of %j, %j is %j", (schema, text, expected) => {
  expect(typed(schema, text)).toEqual(expected);
});

test.each<[JsonValue | undefined, string]>([
  ["word", "word"],
  [5, "5"],
  [false, "false"],
  [undefined, ""],
  [["a"], '[\n  "a"\n]'],
])("%j is typed as %j", (value, text) => {
  expect(textOf(value)).toBe(text);
});

test("bounds are words", () => {
  expect(boundsOf({ type: "integer", minimum: 1, maximum: 9 })).toBe("integer from 1 to 9");
  expect(boundsOf({ enum: ["fast", "careful"] })).toBe("one of fast, careful");
});

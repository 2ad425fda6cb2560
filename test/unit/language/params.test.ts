import { describe, expect, test } from "vitest";
import { checkParams, checkValue, describeProblem, valueFromText } from "../../../src/language/index.ts";
import type { JsonObject, JsonValue } from "../../../src/lib/index.ts";
import { pipelineOf } from "./sources.ts";

const PIPELINE = pipelineOf(`
params:
  epochs: { type: integer, default: 10, minimum: 1 }
  rate: 0.5
  dataset: { type: string, enum: [small, full], default: small }
  regions: [de, fr]
  options: { type: object, default: {} }
  verbose: false
  name: { type: string }
tasks: { a: { noop: {} } }
`);

describe("the params of a run", () => {
  test("get their defaults", () => {
    expect(checkParams(PIPELINE, { name: "x" })).toEqual({
      ok: true,
      params: {
        epochs: 10,
        rate: 0.5,
        dataset: "small",
        regions: ["de", "fr"],
        options: {},
        verbose: false,
        name: "x",
      },
    });
  });

  test("given as text are read as their types", () => {
    const given = {
      epochs: "3",
      rate: "1e-3",
      dataset: "full",
      regions: '["it"]',
      options: '{"a": 1}',
      verbose: "true",
      name: "7",
    };
    expect(checkParams(PIPELINE, given)).toEqual({
      ok: true,
      params: { epochs: 3, rate: 0.001, dataset: "full", regions: ["it"], options: { a: 1 }, verbose: true, name: "7" },
    });
  });

  test("that don't fit are named one by one", () => {
    const given = { epochs: 0, rate: "fast", dataset: "medium", regions: "de", nam: "x", other: 1 };
    expect(checkParams(PIPELINE, given)).toEqual({
      ok: false,
      problems: [
        "there is no param `nam`; did you mean `name`?",
        "there is no param `other`; there is epochs, rate, dataset, regions, options, verbose, name",
        "`epochs` must be at least 1, not 0",
        '`rate` must be a number, not "fast"',
        '`dataset` must be one of "small", "full", not "medium"',
        '`regions` must be a list, not "de"; as text it is JSON: ["a", "b"]',
        "`name` is missing, and it has no default",
      ],
    });
  });

  test("of a pipeline without any are refused", () => {
    expect(checkParams(pipelineOf("tasks: { a: { noop: {} } }"), { x: 1 })).toEqual({
      ok: false,
      problems: ["there is no param `x`; the pipeline takes none"],
    });
  });
});

describe("values and schemas", () => {
  const fits: readonly (readonly [JsonObject, JsonValue])[] = [
    [{}, null],
    [{ type: "integer" }, 3],
    [{ type: "integer" }, 3.0],
    [{ type: ["string", "null"] }, null],
    [{ type: "number", minimum: 1, maximum: 1, multipleOf: 0.1 }, 1],
    [{ type: "number", multipleOf: 0.1 }, 0.3],
    [{ type: "string", minLength: 1, maxLength: 1 }, "\u{1F600}"],
    [{ type: "string", pattern: "^[a-z]+$" }, "abc"],
    [{ type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2, uniqueItems: true }, [1, 2]],
    [
      {
        type: "object",
        properties: { a: { type: "integer" } },
        required: ["a"],
        additionalProperties: { type: "string" },
      },
      { a: 1, b: "x" },
    ],
    [{ enum: [{ a: 1, b: 2 }] }, { b: 2, a: 1 }],
    [{ const: [1] }, [1]],
    [{ anyOf: [{ type: "integer" }, { const: "all" }] }, "all"],
  ];
  test.each(fits)("%j takes %j", (schema, value) => {
    expect(checkValue(schema, value)).toEqual([]);
  });

  const refuses: readonly (readonly [JsonObject, JsonValue, string])[] = [
    [{ type: "integer" }, 3.5, "`x` must be an integer, not 3.5"],
    [{ type: ["integer", "null"] }, "a", '`x` must be an integer or null, not "a"'],
    [{ exclusiveMinimum: 1 }, 1, "`x` must be more than 1, not 1"],
    [{ exclusiveMaximum: 1 }, 1, "`x` must be less than 1, not 1"],
    [{ maximum: 1 }, 2, "`x` must be at most 1, not 2"],
    [{ multipleOf: 0.1 }, 0.35, "`x` must be a multiple of 0.1, not 0.35"],
    [{ minLength: 1 }, "", "`x` must not be empty"],
    [{ minLength: 3 }, "ab", "`x` must have at least 3 characters, not 2"],
    [{ maxLength: 1 }, "ab", "`x` must have at most 1 characters, not 2"],
    [{ pattern: "^a" }, "b", '`x` must match `^a`, and "b" doesn\'t'],
    [
      { pattern: "^(a+)+$" },
      `${"a".repeat(60)}!`,
      "`x` takes too long to be held against `^(a+)+$`: what repeats something that repeats itself tries every way",
    ],
    [{ minItems: 1 }, [], "`x` must have at least 1 items, not 0"],
    [{ maxItems: 1 }, [1, 2], "`x` must have at most 1 items, not 2"],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      "`x` must not hold an item twice",
    ],
    [{ items: { properties: { b: { type: "string" } } } }, [{}, { b: 1 }], "`x[1].b` must be a string, not 1"],
    [{ required: ["a"] }, {}, "`x` must have `a`"],
    [{ additionalProperties: false, properties: { a: {} } }, { a: 1, b: 2 }, "`x` must not have `b`"],
    [{ additionalProperties: { type: "integer" } }, { b: "2" }, '`x.b` must be an integer, not "2"'],
    [{ const: 1 }, 2, "`x` must be 1, not 2"],
    [{ anyOf: [{ type: "integer" }, { type: "boolean" }] }, "a", '`x` fits none of the 2 forms that it may have: "a"'],
  ];
  test.each(refuses)("%j refuses %j", (schema, value, expected) => {
    expect(checkValue(schema, value).map((problem) => describeProblem("x", problem))).toEqual([expected]);
  });

  test("a long wrong value is cut short, and so is a long list of problems", () => {
    const [problem] = checkValue({ type: "integer" }, "x".repeat(1000));
    expect(problem?.message.length).toBeLessThan(120);
    expect(checkValue({ items: { type: "integer" } }, Array(1000).fill("x"))).toHaveLength(10);
  });

  const texts: readonly (readonly [JsonObject, string, JsonValue])[] = [
    [{ type: "string" }, "5", "5"],
    [{ type: "integer" }, " 5 ", 5],
    [{ type: "integer" }, "5.5", "5.5"],
    [{ type: "number" }, "-.5", -0.5],
    [{ type: "number" }, "Infinity", "Infinity"],
    [{ type: "number" }, "0x10", "0x10"],
    [{ type: "boolean" }, "true", true],
    [{ type: "boolean" }, "yes", "yes"],
    [{ type: "array" }, "[1]", [1]],
    [{ type: "object" }, "[1]", "[1]"],
    [{ type: ["integer", "string"] }, "a", "a"],
    [{ type: ["null", "integer"] }, "", null],
    [{ enum: [1, "1"] }, "1", "1"],
    [{ enum: [1, 2] }, "2", 2],
    [{}, "2", "2"],
  ];
  test.each(texts)("%j reads %j as %j", (schema, text, expected) => {
    expect(valueFromText(schema, text)).toEqual(expected);
  });
});

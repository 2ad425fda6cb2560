import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression } from "../../../src/language/expressions/cel.ts";
import { ExpressionCache } from "../../../src/language/expressions/evaluate.ts";
import { type CelValue, celToText, fromCel, NotJson, toCel } from "../../../src/language/expressions/values.ts";
import type { JsonValue } from "../../../src/lib/index.ts";

function evaluate(source: string, names: Record<string, CelValue> = {}): CelValue {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(compiled.problem.message);
  const result = compiled.evaluate(names);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

describe("integers and numbers", () => {
  const OPERATORS: Record<string, (a: number, b: number) => unknown> = {
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
    "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  };
  const integer = fc.integer({ min: -1000, max: 1000 });
  const number = fc.oneof(fc.double({ noNaN: true, min: -1000, max: 1000 }), integer);

  test.each(Object.entries(OPERATORS))("mix with %s, either way round", (operator, expected) => {
    fc.assert(
      fc.property(integer, number, (a, b) => {
        expect(evaluate(`a ${operator} b`, { a: BigInt(a), b })).toEqual(expected(a, b));
        expect(evaluate(`b ${operator} a`, { a: BigInt(a), b })).toEqual(expected(b, a));
      }),
      { numRuns: 50 },
    );
  });

  test("are compared by their values, without rounding", () => {
    const big = 9_007_199_254_740_993n;
    expect(evaluate("a == b", { a: big, b: 9_007_199_254_740_992 })).toBe(false);
    expect(evaluate("a > b", { a: big, b: 9_007_199_254_740_992 })).toBe(true);
    expect(evaluate("9007199254740993 == 9007199254740992.0")).toBe(false);
    expect(evaluate("1 == 1.0")).toBe(true);
    expect(evaluate("a == b", { a: 1n, b: Number.NaN })).toBe(false);
    expect(evaluate("[1, 2.0] == [1.0, 2]")).toBe(true);
  });

  test("between integers, division stays whole; between numbers it doesn't", () => {
    expect(evaluate("7 / 2")).toBe(3n);
    expect(evaluate("7.0 / 2")).toBe(3.5);
  });
});

describe("null", () => {
  test.each([
    ["a == null", true],
    ["null == a", true],
    ["a != null", false],
    ["a == 1", false],
    ["a == 'x'", false],
    ["1.5 == a", false],
    ["[1] == a", false],
    ["a != null && a > 1", false],
    ["a == null || a > 1", true],
    ["a != null ? a : 'none'", "none"],
  ])("%s with null is %s", (source, expected) => {
    expect(evaluate(source, { a: null })).toBe(expected);
  });

  test("`has` of an output asks for null", () => {
    const tasks = new Map([
      [
        "t",
        {
          outputs: new Map<string, CelValue>([
            ["x", null],
            ["y", 1n],
          ]),
        },
      ],
    ]);
    expect(evaluate("has(tasks.t.outputs.x)", { tasks })).toBe(false);
    expect(evaluate("has(tasks.t.outputs.y) && [1].all(n, has(tasks.t.outputs.y))", { tasks })).toBe(true);
    expect(evaluate("has(tasks.t.outputs.x) || !has(tasks.t.outputs.x)", { tasks })).toBe(true);
  });
});

describe("values on their way in and out", () => {
  test("JSON comes back as it went in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
        // CEL has one zero among its integers.
        if (JSON.stringify(plain).includes("-0")) return;
        expect(fromCel(toCel(plain))).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  test("a key is only a key", () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as JsonValue;
    expect(evaluate("v.constructor + v['toString'] + v['__proto__']", { v: toCel(value) })).toBe(6n);
    expect(JSON.stringify(fromCel(toCel(value)))).toBe('{"__proto__":1,"constructor":2,"toString":3}');
  });

  test("a schema's numbers stay numbers, deep inside too", () => {
    const schema = { type: "object", properties: { rates: { type: "array", items: { type: "number" } } } };
    expect(evaluate("v.rates[0] / 2", { v: toCel({ rates: [1] }, schema) })).toBe(0.5);
    expect(evaluate("v.rates[0] / 2", { v: toCel({ rates: [1] }) })).toBe(0n);
  });

  test.each([
    ["duration('90m')", "5400s"],
    ["timestamp('2024-01-01T00:00:00.5Z')", "2024-01-01T00:00:00.500Z"],
    ["b'ab'", "YWI="],
    ["5u", "5"],
    ["{1: 'a'}", '{"1":"a"}'],
    ["9223372036854775807", "9223372036854775807"],
    ["1e21", "1e+21"],
    ["null", ""],
    ["[null, true]", "[null,true]"],
  ])("%s as text is %s", (source, expected) => {
    expect(celToText(evaluate(source))).toBe(expected);
  });

  test.each(["1.0 / 0.0", "0.0 / 0.0", "9223372036854775807", "type(1)"])("%s has no JSON", (source) => {
    expect(() => fromCel(evaluate(source))).toThrow(NotJson);
  });
});

describe("what can't be evaluated is said in plain words", () => {
  const names = {
    nothing: null,
    items: toCel([1]),
    data: toCel({ a: { b: 1 } }),
    text: "abc",
    day: "2024-01-01",
    zone: "Europe/Belin",
    time: new Date(0),
  };

  test.each([
    ["nothing + 1", "`+` can't take null and an integer"],
    ["size(nothing)", "`size` can't take null"],
    ["nothing.size()", "null has no `size()`"],
    ["text.join(text)", "`join` of a string can't take a string"],
    ["items.join(text)", "`join` takes a list of strings, and something else is in it"],
    ["[1, text].join(text)", "`join` takes a list of strings, and something else is in it"],
    ["nothing.all(x, true)", "only a list or a map has elements, and this is null, in `nothing`"],
    ["items.map(x, x.y)", "there is no `y`, in `x.y`"],
    ["1.y", "an integer has no parts, so `y` can't be read from it"],
    ["1 + data.a.c", "there is no `c`, in `data.a.c`"],
    ["items[3]", "the list has no position 3: it has 1, counted from 0"],
    ["items[-1]", "the list has no position -1"],
    ["text.substring(9)", "a position lies outside the text"],
    ["int(text)", "this is not the text of an integer of 64 bits"],
    ["uint(text)", "this is not an integer from 0 up"],
    ["double(text)", "this is not the text of a number"],
    ["bool(text)", "this is not the text of a boolean: `true` or `false`"],
    ["9223372036854775807 + items[0]", "the integer doesn't fit into 64 bits"],
    ["timestamp(day)", "a timestamp is a date with a time and a zone, such as `2024-01-01T00:00:00Z`"],
    ["duration(text)", "`abc` is not a duration such as `1h30m` or `90s`"],
    ["text.matches('(')", "`(` is not a regular expression"],
    ["time.getHours(zone)", "`Europe/Belin` is not a time zone"],
    ["time.format('%Y', zone)", "`Europe/Belin` is not a time zone"],
    ["time.format('YYYY')", "`YYYY` holds no code such as %Y, %m or %d"],
    ["bytes(text).json()", "`json()` takes JSON, and these bytes are none"],
  ])("%s: %s", (source, message) => {
    const compiled = compileExpression(source);
    expect(compiled.ok && compiled.evaluate(names)).toEqual({ ok: false, message });
  });
});

test("whatever stands in an expression, evaluating it never throws", () => {
  const cache = new ExpressionCache();
  const piece = fc.constantFrom(
    ..."a b .c [0] ( ) + - * / == != < && || ! ? : , 1 2.5 'x' null true [ ] {} has( size( .map(x, x string( int( timestamp( in".split(
      " ",
    ),
    " ",
  );
  const values: Record<string, CelValue> = { a: toCel({ c: [1, 2] }), b: null };
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const names = { resolve: (name: string) => values[name] };
      expect(cache.evaluateText(`x \${{ ${pieces.join("")} }}`, names)).toHaveProperty("ok");
      expect(cache.evaluate(pieces.join(""), names)).toHaveProperty("ok");
    }),
    { numRuns: 1000 },
  );
});

test("an expression that would fill the stack is refused", () => {
  const long = Array(5000).fill("1").join(" + ");
  expect(compileExpression(long)).toMatchObject({
    ok: false,
    problem: { message: "the expression is too long or too deep" },
  });
  expect(compileExpression(`${"(".repeat(5000)}1`)).toMatchObject({ ok: false });
  expect(compileExpression(`${"!".repeat(1999)}true`)).toHaveProperty("ok");
});

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOutputs } from "../../../../src/executors/local/outputs.ts";
import type { JsonObject } from "../../../../src/lib/index.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** Reads outputs of this text; a word stands for the schema of that type. */
async function read(text: string | Buffer, declared: Record<string, JsonObject | string>) {
  const path = join(temporaryFolder(), "output");
  writeFileSync(path, text);
  return readOutputs(path, schemas(declared));
}

function schemas(declared: Record<string, JsonObject | string>): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(declared).map(([name, schema]) => [name, typeof schema === "string" ? { type: schema } : schema]),
  );
}

async function problem(text: string | Buffer, declared: Record<string, JsonObject | string>): Promise<string> {
  const outputs = await read(text, declared);
  expect(outputs.ok).toBe(false);
  return outputs.ok ? "" : outputs.message;
}

describe("what the file says", () => {
  test("no file and an empty one hand on nothing", async () => {
    expect(await readOutputs("/surely/not/there", {})).toEqual({ ok: true, outputs: {} });
    expect(await read("\n\n", {})).toEqual({ ok: true, outputs: {} });
  });

  test("name=value, several lines and JSON objects", async () => {
    const text = 'a=1\r\nb=x=y << z\nc<<END\none\n\ntwo\nEND\n\n{"d": {"e": [1]}, "f": null}\na=2';
    const declared = { a: "integer", b: "string", c: "string", d: "object", f: "null" };
    expect(await read(text, declared)).toEqual({
      ok: true,
      outputs: { a: 2, b: "x=y << z", c: "one\n\ntwo", d: { e: [1] }, f: null },
    });
  });

  test("one JSON object over several lines", async () => {
    expect(await read('{\n  "a": 1,\n  "b": "x"\n}\n', { a: "integer", b: "string" })).toEqual({
      ok: true,
      outputs: { a: 1, b: "x" },
    });
  });

  test.each([
    ["a 1", '$ENGINE_OUTPUT, line 1: "a 1" is none of name=value, name<<WORD and one JSON object'],
    ["a=1\n{x", '$ENGINE_OUTPUT, line 2: "{x" is none of'],
    ["a<<END\n1\n2\n", "$ENGINE_OUTPUT, line 1: the value of a is never closed with END alone on a line"],
  ])("%j is refused with its line", async (text, message) => {
    expect(await problem(text, { a: "string" })).toContain(message);
  });

  test("more than 256 KiB, other encodings and other things than files are refused", async () => {
    expect(await problem(`a=${"x".repeat(262_143)}`, { a: "string" })).toContain("holds 262145 bytes; at most 256 KiB");
    expect((await read(`a=${"x".repeat(262_142)}`, { a: "string" })).ok).toBe(true);
    expect(await problem(Buffer.from([0x61, 0x3d, 0xff]), { a: "string" })).toBe("$ENGINE_OUTPUT is not UTF-8 text");
    const folder = temporaryFolder();
    mkdirSync(join(folder, "folder"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const name of ["folder", "pipe"]) {
      const outputs = await readOutputs(join(folder, name), {});
      expect(outputs).toEqual({ ok: false, message: "$ENGINE_OUTPUT is no longer a file" });
    }
  });
});

describe("conversion", () => {
  test.each<[JsonObject | string, string, unknown]>([
    ["string", "007", "007"],
    ["string", " a ", " a "],
    ["integer", " 12 ", 12],
    ["integer", "-3", -3],
    ["number", "1e-3", 0.001],
    ["number", ".5", 0.5],
    ["boolean", "True", true],
    ["boolean", "false", false],
    ["array", "[1, 2]", [1, 2]],
    ["object", '{"a":1}', { a: 1 }],
    ["null", "", null],
    [{ type: ["integer", "null"] }, "", null],
    [{ type: ["string", "integer"] }, "7", 7],
    [{ type: ["string", "integer"] }, "seven", "seven"],
    [{}, "[1]", [1]],
    [{}, "plain", "plain"],
    [{ enum: ["a", "b"] }, "b", "b"],
    [{ type: "number", maximum: 1, description: "A share" }, "0.5", 0.5],
  ])("%j takes %j", async (schema, text, value) => {
    expect(await read(`a=${text}`, { a: schema })).toEqual({ ok: true, outputs: { a: value } });
  });

  test.each<[JsonObject | string, string, string]>([
    ["integer", "1.5", 'output a must be an integer, and is "1.5"'],
    ["integer", "9007199254740993", "must be an integer"],
    ["integer", "0x10", "must be an integer"],
    ["number", "12%", 'must be a number, and is "12%"'],
    ["number", "1e999", "must be a number"],
    ["number", "NaN", "must be a number"],
    ["boolean", "yes", "must be a boolean"],
    ["array", '{"a":1}', "must be an array"],
    ["object", "null", "must be an object"],
    [{ type: "number", maximum: 1 }, "1.5", 'output a must be a number (it must be <= 1), and is "1.5"'],
    [{ enum: ["a", "b"] }, "c", "output a must be a value (it must be equal to one of the allowed values)"],
    [{ type: ["integer", "null"] }, "x", "must be an integer or null"],
  ])("%j refuses %j", async (schema, text, message) => {
    expect(await problem(`a=${text}`, { a: schema })).toContain(message);
  });

  test("a JSON value keeps its type and isn't converted", async () => {
    expect(await problem('{"a": "12"}', { a: "integer" })).toBe('output a must be an integer, and is "12"');
    expect(await read('{"a": 12.0}', { a: "integer" })).toEqual({ ok: true, outputs: { a: 12 } });
    expect(await problem('{"a": [{"b": 1}]}', { a: { type: "array", items: { type: "integer" } } })).toContain(
      'output a must be an array (it/0 must be integer), and is [{"b":1}]',
    );
  });

  test("a number that is too large for JSON to be written again is refused", async () => {
    expect(await problem('{"a": [1e999]}', { a: "array" })).toContain("is none of name=value");
    expect(await problem("a=[-1e999]", { a: "array" })).toContain("output a must be an array");
  });

  test("undeclared and missing ones are refused, and all is said at once", async () => {
    expect(await problem("b=1\nc=x", { a: "integer", c: "number" })).toBe(
      'output b is not declared (declared: a, c); output a (an integer) is missing; output c must be a number, and is "x"',
    );
    expect(await problem("b=1", {})).toBe("output b is not declared (declared: none)");
    expect(await problem("__proto__=1\nconstructor=1", {})).toContain("__proto__ is not declared");
  });

  test("a long value is shown in part", async () => {
    const message = await problem(`a=${"y".repeat(5_000)}`, { a: "integer" });
    expect(message.length).toBeLessThan(200);
  });
});

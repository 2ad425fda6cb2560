import { describe, expect, test } from "vitest";
import { parseParamsFile, readParams } from "../../../../src/cli/run/params.ts";
import type { Pipeline } from "../../../../src/language/index.ts";

const pipeline = {
  params: {
    epochs: { schema: { type: "integer" } },
    rate: { schema: { type: "number" } },
    version: { schema: { type: "string" } },
    size: { schema: { enum: ["1", "2"] } },
    fast: { schema: { type: "boolean" } },
    sizes: { schema: { type: "array" } },
    any: { schema: {} },
    maybe: { schema: { type: ["integer", "null"] } },
  },
} as unknown as Pipeline;

describe("readParams", () => {
  test.each([
    ["epochs=20", { epochs: 20 }],
    ["epochs=many", { epochs: "many" }],
    ["rate=1e-3", { rate: 0.001 }],
    ["version=1.10", { version: "1.10" }],
    ["version=", { version: "" }],
    ["version=a=b", { version: "a=b" }],
    ["size=1", { size: "1" }],
    ["fast=true", { fast: true }],
    ["fast=yes", { fast: "yes" }],
    ["sizes=[1, 2]", { sizes: [1, 2] }],
    ["sizes=[1, 2", { sizes: "[1, 2" }],
    ["any=3", { any: 3 }],
    ["any=three", { any: "three" }],
    ["maybe=null", { maybe: null }],
    ["unheard-of=1", { "unheard-of": 1 }],
  ])("-p %s is read as its declared type", (pair, params) => {
    expect(readParams(pipeline, [pair])).toEqual(params);
  });

  test("a -p outweighs the file, and the last one outweighs the others", () => {
    expect(readParams(pipeline, ["epochs=2", "epochs=3"], { epochs: 1, rate: 2 })).toEqual({ epochs: 3, rate: 2 });
  });

  test.each(["epochs", "=3"])("-p %s is refused", (pair) => {
    expect(() => readParams(pipeline, [pair])).toThrow(`-p ${pair} is not of the form key=value`);
  });
});

describe("parseParamsFile", () => {
  test("reads YAML and JSON, and nothing as no params", () => {
    expect(parseParamsFile("epochs: 3\nname: x", "p.yaml")).toEqual({ epochs: 3, name: "x" });
    expect(parseParamsFile('{"epochs": 3}', "p.json")).toEqual({ epochs: 3 });
    expect(parseParamsFile("", "-")).toEqual({});
  });

  test.each([
    ["[1, 2]", "are not a map"],
    ["a: [1", "can't be read"],
  ])("%s is refused with the file's name", (text, why) => {
    expect(() => parseParamsFile(text, "p.yaml")).toThrow(new RegExp(`p\\.yaml ${why}`));
  });
});

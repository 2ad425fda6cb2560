import { describe, expect, test } from "vitest";
import { parseParamsFile, readParams } from "../../../../src/cli/run/params.ts";

describe("readParams", () => {
  test("a value is everything after the first =", () => {
    expect(readParams(["version=1.10", "rule=a=b", "none="])).toEqual({ version: "1.10", rule: "a=b", none: "" });
  });

  test("a -p outweighs the file, and the last one outweighs the others", () => {
    expect(readParams(["epochs=2", "epochs=3"], { epochs: 1, rate: 2 })).toEqual({ epochs: "3", rate: 2 });
  });

  test.each(["epochs", "=3"])("-p %s is refused", (pair) => {
    expect(() => readParams([pair])).toThrow(`-p ${pair} is not of the form key=value`);
  });
});

describe("parseParamsFile", () => {
  test("reads YAML and JSON, and nothing as no params", () => {
    expect(parseParamsFile("epochs: 3\nname: x", "p.yaml")).toEqual({ epochs: 3, name: "x" });
    expect(parseParamsFile('{"epochs": 3}', "p.json")).toEqual({ epochs: 3 });
    expect(parseParamsFile("", "-")).toEqual({});
  });

  test.each([
    ["[1, 2]", "line 1: the whole must be a mapping, but it is a list"],
    ["a: 1\nb: [1", "line 2: this `[` is never closed"],
    ["a: 1\na: 2", "line 2: the key `a` is already there"],
    ["a: 1\n---\nb: 1", "line 2: a second document begins here"],
    ["a: !!day 1", "line 1: `!!day` is a YAML tag"],
    [new Uint8Array([0xff, 0xfe]), "line 1: the file is UTF-16, not UTF-8"],
  ])("%j is refused with the file's name and the line, in the project's words", (content, why) => {
    expect(() => parseParamsFile(content, "p.yaml")).toThrow(`the params in p.yaml, ${why}`);
  });
});

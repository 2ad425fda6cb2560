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
    ["[1, 2]", "are not a map"],
    ["a: [1", "can't be read"],
  ])("%s is refused with the file's name", (text, why) => {
    expect(() => parseParamsFile(text, "p.yaml")).toThrow(new RegExp(`p\\.yaml ${why}`));
  });
});

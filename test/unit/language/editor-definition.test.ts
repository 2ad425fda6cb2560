import { describe, expect, test } from "vitest";
import { definitionOf } from "../../../src/language/editor/definition-at.ts";
import { operators } from "../../../src/operators/index.ts";

const definition = definitionOf(operators);
const keys = (path: string) => definition.keysAt(path.split(".").filter(Boolean)).map(({ key }) => key);
const values = (path: string) => definition.valuesAt(path.split(".")).map(({ value }) => value);

describe("the keys of a place", () => {
  test.each([
    ["", ["name", "schedule", "params", "tasks"]],
    ["tasks.load", ["needs", "retries", "trigger_rule", ...operators.keys()]],
    ["tasks.load.retries", ["count", "delay", "backoff"]],
    ["defaults.retries", ["count", "delay", "backoff"]],
    ["schedule.catchup", ["policy", "within", "max"]],
    ["tasks.load.branch.-", ["if", "then", "else"]],
    ["tasks.load.bash", ["script", "skip_exit_code"]],
    ["params.day", ["type", "enum", "minimum"]],
  ])("%j", (path, expected) => {
    expect(keys(path)).toEqual(expect.arrayContaining(expected));
  });

  test("are none under the names of an author, and where there is nothing", () => {
    expect([...keys("tasks"), ...keys("tasks.load.needs"), ...keys("nothing.at.all")]).toEqual([]);
  });

  test("come with their docs, their default and what they take", () => {
    expect(definition.keyInfo(["tasks", "load", "trigger_rule"])).toEqual({
      key: "trigger_rule",
      docs: expect.stringContaining("What has to be true"),
      default: "all_success",
      required: false,
      takes: "scalar",
    });
    expect(definition.keyInfo(["tasks", "load", "bash"])?.docs).toBe(operators.get("bash")?.summary);
    expect(definition.keyInfo(["tasks"])).toMatchObject({ required: true, takes: "map" });
    expect(definition.keyInfo(["tasks", "load"])).toBeUndefined();
  });
});

describe("the values of a place", () => {
  test.each([
    ["tasks.load.trigger_rule", ["all_success", "none_failed_min_one_success"]],
    ["tasks.load.allow_failure", [true, false]],
    ["schedule.catchup", [true, false, "latest"]],
    ["tasks.load.outputs.rows", ["integer", "string"]],
    ["tasks.load.timeout", ["30s"]],
  ])("%j", (path, expected) => {
    expect(values(path)).toEqual(expect.arrayContaining(expected));
  });

  test("say which of them counts when nobody says anything", () => {
    expect(definition.valuesAt(["overlap"]).filter((one) => one.isDefault)).toMatchObject([{ value: "queue" }]);
  });
});

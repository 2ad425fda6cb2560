import { describe, expect, test } from "vitest";
import { cursorAt } from "../../../src/language/editor/cursor.ts";
import { expressionAt } from "../../../src/language/editor/expression-at.ts";
import { completeExpression } from "../../../src/language/editor/expression-cursor.ts";
import { expressionBefore, scopeAtPath } from "../../../src/language/editor/expression-place.ts";
import { FUNCTION_DOCS } from "../../../src/language/expressions/function-docs.ts";
import { operators } from "../../../src/operators/index.ts";
import { readText } from "../../support/repository.ts";
import { marked, pipelineSource } from "./marked.ts";

const TEXT = `params:
  day: { type: string, description: Which day }
tasks:
  load-all:
    bash: ./load.sh
    outputs: { rows: integer, path: string }
  train:
    needs: load-all
    for_each: [1, 2]
    bash: ./train.sh
    outputs: { accuracy: number }
  deploy:
    needs: train
    env: {}
    if: params.day != ""
    bash: ./deploy.sh
  other:
    noop: {}
`;
const pipeline = pipelineSource(TEXT);
const outer = { vars: ["region"], secrets: ["TOKEN"] };

function complete(before: string, place = "env.X") {
  const scope = scopeAtPath(pipeline, ["tasks", "deploy", ...place.split(".")], operators);
  return scope === undefined ? undefined : completeExpression(before, scope, outer);
}

const names = (before: string, place?: string) => complete(before, place)?.map(({ name }) => name);

describe("completion in an expression", () => {
  test("offers the names that are in scope and the functions", () => {
    expect(names(" ")).toEqual(
      expect.arrayContaining(["params", "run", "ds", "tasks", "vars", "secrets", "size", "has"]),
    );
    expect(names("1 + par")).toContain("params");
    expect(names("", "if")).not.toContain("secrets");
    expect(names("", "if")).not.toContain("exit_code");
    expect(names("", "retries.if")).toContain("exit_code");
  });

  test.each([
    ["params.", ["day"]],
    ["tasks.train.", ["outputs", "state"]],
    ["tasks.train.outputs.ac", ["accuracy"]],
    ['tasks["load-all"].outputs.', ["rows", "path"]],
    ['tasks[\\"load-all\\"].outputs.', ["rows", "path"]],
    ["run.", ["id", "logical_date", "data_interval_start", "data_interval_end", "trigger", "attempt"]],
    ["vars.", ["region"]],
    ["secrets.", ["TOKEN"]],
    ["size(tasks.train.outputs.", ["accuracy"]],
  ])("%s", (before, expected) => {
    expect(names(before)).toEqual(expected);
  });

  test("offers the tasks before this one as likely, and never the task itself", () => {
    const found = complete("tasks.") ?? [];
    expect(found.filter(({ unlikely }) => !unlikely).map(({ name }) => name)).toEqual(["load-all", "train"]);
    expect(found.filter(({ unlikely }) => unlikely).map(({ name }) => name)).toEqual(["other"]);
  });

  test("writes an id with a dash in brackets, in place of the dot", () => {
    expect(complete("tasks.lo")?.[0]).toMatchObject({ name: "load-all", text: '["load-all"]', replaces: 3 });
    expect(complete('tasks["lo')?.[0]).toMatchObject({ name: "load-all", text: "load-all", replaces: 2 });
  });

  test("offers the methods of the type", () => {
    expect(names("params.day.")).toEqual(expect.arrayContaining(["startsWith", "size"]));
    expect(names("params.day.")).not.toContain("getHours");
    expect(names("run.logical_date.")).toEqual(expect.arrayContaining(["format", "getHours"]));
    expect(names("tasks.train.outputs.accuracy.")).toContain("map");
    expect(names("timestamp(x).")).toContain("format");
  });

  test("offers nothing inside a text, a number and where expressions are not evaluated", () => {
    expect(names('"par')).toEqual([]);
    expect(names('params.day == "a.')).toEqual([]);
    expect(names("1.")).toEqual([]);
    expect(names("", "doc")).toBeUndefined();
  });
});

describe("whether a cursor stands in an expression", () => {
  test.each([
    ["braces in a value", 'env: { A: "${{ par│ }}" }\n', " par"],
    ["braces in a script", "tasks:\n  a:\n    bash: |\n      x\n      echo ${{ ds }} ${{ par│\n", " par"],
    ["braces over two lines", "tasks:\n  a:\n    bash: |\n      ${{ a +\n      b│\n", " a +\n      b"],
    ["an `if` without braces", "tasks:\n  a:\n    if: tasks.│\n", "tasks."],
    ["the `if` of a branch", "tasks:\n  a:\n    branch:\n      - if: x│\n", "x"],
    ["behind the braces", 'env: { A: "${{ x }} │" }\n', undefined],
    ["escaped braces", 'env: { A: "$${{ x│" }\n', undefined],
    ["another key behind open braces", "tasks:\n  a:\n    cwd: ${{ x\n    needs: y│\n", undefined],
    ["a comment", "x: 1 # ${{ a│\n", undefined],
    ["any other value", "tasks:\n  a:\n    needs: x│\n", undefined],
  ])("%s", (_, text, expected) => {
    const { text: plain, offset } = marked(text);
    expect(expressionBefore(plain, offset, cursorAt(plain, offset))).toBe(expected);
  });
});

describe("what an expression says at a place", () => {
  const at = (expression: string) => {
    const { text, offset } = marked(TEXT.replace("env: {}", () => `env: { A: "${expression}" }`));
    const found = expressionAt(pipelineSource(text), offset);
    return found === undefined ? undefined : { ...found, at: text.slice(found.at.start, found.at.end) };
  };

  test.each([
    ["${{ params.d│ay }}", { kind: "name", steps: ["params", "day"], type: "a string", at: "params.day" }],
    ["${{ par│ams.day }}", { kind: "name", steps: ["params"], type: "a map", at: "params" }],
    [
      "${{ tasks.train.outputs.acc│uracy }}",
      { kind: "name", steps: ["tasks", "train", "outputs", "accuracy"], type: "a list" },
    ],
    ["${{ run.trig│ger }}", { kind: "name", type: "a string", choices: expect.arrayContaining(["schedule"]) }],
    ["${{ si│ze(params.day) }}", { kind: "call", name: "size", at: "size" }],
    ["${{ size(params.day) │+ 1 }}", { kind: "whole", type: "an integer" }],
    ["no│ne ${{ ds }}", undefined],
    ["${{ 1 +│ }}", undefined],
  ])("%s", (expression, expected) => {
    if (expected === undefined) expect(at(expression)).toBeUndefined();
    else expect(at(expression)).toMatchObject(expected);
  });
});

test("the docs of the functions are those of docs/expressions.md", () => {
  const rows = (
    readText("docs/expressions.md")
      .split(/^## Functions$/m)[1]
      ?.split(/^## /m)[0] ?? ""
  )
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(2, -2).split(" | "));
  expect(FUNCTION_DOCS.map(({ calls, gives }) => [calls.map((call) => `\`${call}\``).join(", "), gives])).toEqual(
    rows.map(([calls, gives]) => [calls, gives]),
  );
});

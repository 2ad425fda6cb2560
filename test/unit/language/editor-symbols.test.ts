import { describe, expect, test } from "vitest";
import { renameTask } from "../../../src/language/editor/rename.ts";
import { symbolAt, symbolsOf } from "../../../src/language/editor/symbols.ts";
import { marked, pipelineSource } from "./marked.ts";

const TEXT = `params:
  day: 1
tasks:
  train:
    bash: ./train.sh
    outputs: { accuracy: number }
  "check":
    needs: [ "train" ]
    branch:
      - if: tasks.train.outputs.accuracy > 0.9
        then: deploy
      - else: [deploy, tell]
  deploy:
    needs: &both [train, check]
    if: tasks['train'].state == "success" && params.day > 0
    env: { A: "\${{ tasks[\\"train\\"].outputs['accuracy'] }}", PARAM: "train" }
    bash: |
      # train is only a word here
      ./deploy \${{ tasks.train.outputs.accuracy }} \${{ params.day }}
  tell:
    needs: *both
    doc: "shows \${{ tasks.train.state }}"
    evn: { X: "\${{ tasks.train.state }}" }
    bash: echo
`;

function apply(text: string, to: string, from = "train"): string {
  const renamed = renameTask(pipelineSource(text), from, to);
  if (!renamed.ok) throw new Error(renamed.why);
  return [...renamed.edits]
    .sort((a, b) => b.range.start.offset - a.range.start.offset)
    .reduce((done, { range, text: by }) => done.slice(0, range.start.offset) + by + done.slice(range.end.offset), text);
}

describe("the index", () => {
  test("has every place of a task, of its outputs and of the params", () => {
    const places = symbolsOf(pipelineSource(TEXT)).symbols.map(({ kind, name, task, occurrences }) => [
      kind,
      task === undefined ? name : `${task}.${name}`,
      occurrences.map(({ role, form }) => `${role}/${form}`).join(" "),
    ]);
    expect(places).toEqual([
      ["param", "day", "definition/plain expression/dot expression/dot"],
      [
        "task",
        "train",
        "definition/plain needs/quoted expression/dot needs/plain expression/bracket expression/bracket expression/dot expression/dot",
      ],
      ["task", "check", "definition/quoted needs/plain"],
      ["task", "deploy", "branch/plain branch/plain definition/plain"],
      ["task", "tell", "branch/plain definition/plain"],
      ["output", "train.accuracy", "definition/plain expression/dot expression/bracket expression/dot"],
    ]);
  });

  test("covers the name alone, in every place", () => {
    for (const { name, occurrences } of symbolsOf(pipelineSource(TEXT)).symbols) {
      for (const { at } of occurrences) expect(TEXT.slice(at.start, at.end)).toBe(name);
    }
  });

  test.each([
    ["in `needs`", "tasks:\n  a: { noop: {} }\n  b:\n    needs: │a\n    noop: {}\n", "task a"],
    ["right behind it", "tasks:\n  a│: { noop: {} }\n", "task a"],
    ["in an expression", 'params: { x: 1 }\ntasks:\n  a: { bash: "echo ${{ params.│x }}" }\n', "param x"],
    ["nowhere", "tasks:\n  a: { no│op: {} }\n", undefined],
  ])("finds the name %s", (_, text, expected) => {
    const { text: plain, offset } = marked(text);
    const found = symbolAt(symbolsOf(pipelineSource(plain)), offset)?.symbol;
    expect(found && `${found.kind} ${found.name}`).toBe(expected);
  });

  test("knows the pipelines that its tasks run", () => {
    const text = "tasks:\n  a: { pipeline: one }\n  b:\n    pipeline:\n      params: { name: x }\n      name: two\n";
    const { pipelines } = symbolsOf(pipelineSource(text));
    expect(pipelines.map(({ name, at }) => [name, text.slice(at.start, at.end)])).toEqual([
      ["one", "one"],
      ["two", "two"],
    ]);
  });

  test("knows the pipelines that this one comes after", () => {
    const text = "schedule:\n  after: [one, 'two']\ntasks: { a: { noop: {} } }\n";
    const { pipelines } = symbolsOf(pipelineSource(text));
    expect(pipelines.map(({ at }) => text.slice(at.start, at.end))).toEqual(["one", "two"]);
  });
});

describe("renaming a task", () => {
  test("changes its key, `needs`, branches and expressions, and no word that only looks like it", () => {
    const changed: readonly (readonly [string, string])[] = [
      ["  train:\n", "  fit:\n"],
      ['[ "train" ]', '[ "fit" ]'],
      ["if: tasks.train.outputs", "if: tasks.fit.outputs"],
      ["&both [train, check]", "&both [fit, check]"],
      ["tasks['train']", "tasks['fit']"],
      ['tasks[\\"train\\"]', 'tasks[\\"fit\\"]'],
      ["./deploy ${{ tasks.train.outputs", "./deploy ${{ tasks.fit.outputs"],
      ['evn: { X: "${{ tasks.train', 'evn: { X: "${{ tasks.fit'],
    ];
    expect(apply(TEXT, "fit")).toBe(changed.reduce((text, [before, after]) => text.replace(before, () => after), TEXT));
  });

  test("writes an id with a dash in brackets, in the quotes that its place bears", () => {
    const renamed = apply(TEXT, "fit-it");
    expect(renamed).toContain(`- if: tasks["fit-it"].outputs.accuracy > 0.9`);
    expect(renamed).toContain(`tasks['fit-it'].state`);
    expect(renamed).toContain(`./deploy \${{ tasks["fit-it"].outputs.accuracy }}`);
    expect(
      apply('tasks:\n  a: { noop: {} }\n  b:\n    needs: a\n    bash: "${{ tasks.a.state }}"\n', "a-b", "a"),
    ).toContain(`"\${{ tasks['a-b'].state }}"`);
  });

  test("puts an expression between braces in quotes, where a bracket would end it", () => {
    const text = `tasks:
  a: { noop: {} }
  b: { needs: [a], if: tasks.a.state != 'failed' && tasks.a.attempt > 1, noop: {} }
`;
    const renamed = apply(text, "a-b", "a");
    expect(renamed).toContain(`if: 'tasks["a-b"].state != ''failed'' && tasks["a-b"].attempt > 1', noop: {} }`);
    expect(pipelineSource(renamed).taskIds.has("a-b")).toBe(true);
    expect(apply(text, "c", "a")).toContain("if: tasks.c.state != 'failed' && tasks.c.attempt > 1, noop");
  });

  test("quotes an id that YAML takes for something else", () => {
    const text = "tasks:\n  a: { noop: {} }\n  b: { needs: a, noop: {} }\n";
    expect(apply(text, "null", "a")).toBe('tasks:\n  "null": { noop: {} }\n  b: { needs: "null", noop: {} }\n');
  });

  test.each([
    ["Fit", /`Fit` can't be the id of a task/],
    ["", /can't be the id/],
    ["tell", /there is a task `tell` already/],
  ])("to %j is refused with a reason", (to, why) => {
    expect(renameTask(pipelineSource(TEXT), "train", to)).toMatchObject({ ok: false, why: expect.stringMatching(why) });
  });
});

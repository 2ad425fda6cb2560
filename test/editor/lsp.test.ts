import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DiagnosticSeverity, DiagnosticTag, type DocumentSymbol, type TextEdit } from "vscode-languageserver/node";
import { checkInfos, formatFile } from "../../src/language/index.ts";
import { UNNECESSARY } from "../../src/lsp/diagnostics.ts";
import { operators } from "../../src/operators/index.ts";
import { applyEdits, LspClient, place } from "./lsp-client.ts";

/*
 * What somebody sees who edits a pipeline with `engine lsp`.
 */

let client: LspClient;
let folder: string;
let opened = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-lsp-"));
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), "pools: { gpu: 2 }\nvars: { region: eu }\n");
  writeFileSync(join(folder, "pipelines/ingest.yaml"), "name: ingest\ntasks: { a: { noop: {} } }\n");
  client = await LspClient.start(folder);
});

afterAll(async () => {
  await client.stop();
  expect(client.stderr).toBe("");
  rmSync(folder, { recursive: true });
});

/** Opens a pipeline, and finds the place that `│` marks in it. */
async function edit(marked: string) {
  opened += 1;
  const path = `pipelines/edited_${opened}.yaml`;
  const { text, position } = place(marked);
  return { path, text, position, diagnostics: await client.open(path, text) };
}

const TRAIN = `params:
  day: { type: string, default: "1", description: Which day }
tasks:
  train:
    doc: Fits the model
    bash: ./train.sh
    outputs: { accuracy: number }
  check:
    needs: train
    branch:
      - if: tasks.train.outputs.accuracy > 0.9
        then: deploy
  deploy:
    needs: [train, check]
    timeout: 5m
    bash: ./deploy.sh \${{ tasks.train.outputs.accuracy }} \${{ params.day }}
`;

/** `TRAIN` with a mark behind some words in it. */
function mark(words: string, inside = words.length): string {
  const at = TRAIN.indexOf(words);
  if (at === -1) throw new Error(`there is no ${words}`);
  return `${TRAIN.slice(0, at + inside)}│${TRAIN.slice(at + inside)}`;
}

describe("findings", () => {
  test("come as you type, with a code, its page, a hint and further places", async () => {
    const { path, diagnostics } = await edit("tasks:\n  load:\n    noop: {}\n│");
    expect(diagnostics).toEqual([]);
    const [found] = await client.change(
      path,
      "tasks:\n  load:\n    noop: {}\n  train:\n    needs: laod\n    noop: {}\n",
    );
    expect(found).toMatchObject({
      code: "ENG302",
      codeDescription: { href: expect.stringMatching(/docs\/checks\/ENG302\.md$/) },
      severity: DiagnosticSeverity.Error,
      source: "engine",
      range: { start: { line: 4, character: 11 }, end: { line: 4, character: 15 } },
      message: expect.stringContaining("did you mean `load`?"),
      relatedInformation: [{ location: { uri: client.uri(path), range: { start: { line: 1, character: 2 } } } }],
    });
    expect(await client.change(path, "tasks:\n  load:\n    noop: {}\n")).toEqual([]);
  });

  test("that say what can go are shown so", async () => {
    const { diagnostics } = await edit("tasks:\n  a: { noop: {} }\n  b: { needs: [a, a], noop: {} }\n│");
    expect(diagnostics).toMatchObject([{ tags: [DiagnosticTag.Unnecessary] }]);
    const names = checkInfos.map(({ name }) => name);
    expect([...UNNECESSARY].filter((name) => !names.includes(name))).toEqual([]);
  });

  test("follow edits of parts, in UTF-16 units and with the line ends of Windows", async () => {
    const { path } = await edit('description: "😀"\r\ntasks:\r\n  a: { bash: "echo 😀", needs: [] }\r\n│');
    const at = { line: 2, character: '  a: { bash: "echo 😀", needs: ['.length };
    const [found] = await client.edit(path, [{ range: { start: at, end: at }, text: "x" }]);
    expect(found).toMatchObject({ code: "ENG302", range: { start: at, end: { ...at, character: at.character + 1 } } });
  });

  test("stand where they belong behind a byte order mark", async () => {
    const { diagnostics } = await edit("\uFEFFnmae: x\ntasks:\n  a: { needs: b, noop: {} }\n│");
    const ranges = diagnostics.map(({ code, range }) => [code, range.start]);
    expect(ranges).toEqual([
      ["ENG201", { line: 0, character: 1 }],
      ["ENG302", { line: 2, character: 14 }],
    ]);
  });

  test("and places asked for are the same behind a byte order mark", async () => {
    const { path, position } = await edit("\uFEFFtasks:\n  a: { noop: {} }\n  b: { needs: a│, noop: {} }\n");
    expect(await client.definition(path, position)).toMatchObject({ range: { start: { line: 1, character: 2 } } });
  });

  test("appear in one file when another takes its name, and go with it", async () => {
    const first = await edit("name: other\ntasks: { a: { noop: {} } }\n│");
    const second = await edit("name: twin\ntasks: { a: { noop: {} } }\n│");
    expect([...first.diagnostics, ...second.diagnostics]).toEqual([]);
    const told = client.diagnostics(second.path, ({ diagnostics }) => diagnostics.length > 0);
    await client.change(first.path, "name: twin\ntasks: { a: { noop: {} } }\n");
    expect(await told).toMatchObject([
      { code: "ENG304", relatedInformation: [{ location: { uri: client.uri(first.path) } }] },
    ]);
    const mended = client.diagnostics(second.path, ({ diagnostics }) => diagnostics.length === 0);
    await client.change(first.path, "name: other\ntasks: { a: { noop: {} } }\n");
    expect(await mended).toEqual([]);
  });

  test("see the closed files of the folder, also when they change", async () => {
    const { path, diagnostics } = await edit("name: guest\ntasks: { a: { noop: {} } }\n│");
    expect(diagnostics).toEqual([]);
    const file = join(folder, "pipelines/early.yaml");
    const told = client.diagnostics(path, (params) => params.diagnostics.length > 0);
    writeFileSync(file, "name: guest\ntasks: { a: { noop: {} } }\n");
    await client.notify("workspace/didChangeWatchedFiles", {
      changes: [{ uri: client.uri("pipelines/early.yaml"), type: 1 }],
    });
    const [found] = await told;
    expect(found).toMatchObject({ code: "ENG304" });
    const mended = client.diagnostics(path, (params) => params.diagnostics.length === 0);
    rmSync(file);
    await client.notify("workspace/didChangeWatchedFiles", {
      changes: [{ uri: client.uri("pipelines/early.yaml"), type: 3 }],
    });
    expect(await mended).toEqual([]);
  });

  test("know the pipelines of the folder, saved or not", async () => {
    const text = "schedule: { after: [ingest, unsaved] }\ntasks: { a: { noop: {} } }\n";
    const { path, diagnostics } = await edit(`${text}│`);
    expect(diagnostics).toMatchObject([{ code: "ENG309", message: expect.stringContaining("unsaved") }]);
    const told = client.diagnostics(path, (params) => params.diagnostics.length === 0);
    // It can't be parsed, and has a name all the same.
    await client.open("pipelines/unsaved.yaml", "tasks: [\n");
    await told;
  });

  test("are cleared when the file is closed", async () => {
    const { path, diagnostics } = await edit("tasks: { a: { needs: b, noop: {} } }\n│");
    expect(diagnostics).toHaveLength(1);
    const told = client.diagnostics(path, () => true);
    await client.notify("textDocument/didClose", { textDocument: { uri: client.uri(path) } });
    expect(await told).toEqual([]);
  });

  test("are those of engine.yaml too, and what it says counts while it is being written", async () => {
    const pipeline = await edit("tasks: { a: { pool: tpu, noop: {} } }\n│");
    expect(pipeline.diagnostics).toMatchObject([{ code: "ENG603" }]);
    const mended = client.diagnostics(pipeline.path, ({ diagnostics }) => diagnostics.length === 0);
    expect(await client.open("engine.yaml", "pools: { tpu: 1 }\n")).toEqual([]);
    await mended;
    // The closed files are read anew: a name that one of them has is still taken.
    const twin = client.diagnostics("pipelines/twin.yaml", ({ diagnostics }) => diagnostics.length > 0);
    await client.open("pipelines/twin.yaml", "name: ingest\ntasks: { a: { noop: {} } }\n");
    expect(await twin).toMatchObject([{ code: "ENG304" }]);
    await client.notify("textDocument/didClose", { textDocument: { uri: client.uri("pipelines/twin.yaml") } });
    expect(await client.change("engine.yaml", "pool: { tpu: 1 }\n")).toMatchObject([{ code: "ENG201" }]);
    const back = client.diagnostics(pipeline.path, ({ diagnostics }) => diagnostics.length > 0);
    await client.notify("textDocument/didClose", { textDocument: { uri: client.uri("engine.yaml") } });
    expect(await back).toMatchObject([{ code: "ENG603" }]);
  });

  test("are left out where a comment accepts them", async () => {
    const bad = "tasks:\n  a: { noop: {} }\n  b:\n    needs: [a, a]\n    noop: {}\n";
    const { path, diagnostics } = await edit(`${bad}│`);
    expect(diagnostics).toHaveLength(1);
    expect(
      await client.change(path, bad.replace("    needs", "    # engine-ignore ENG312: on purpose\n    needs")),
    ).toEqual([]);
  });
});

describe("which files are pipelines", () => {
  const BAD = "tasks: { a: { needs: b, noop: {} } }\n";

  test("those with our modeline, wherever they stand", async () => {
    const text = `# yaml-language-server: $schema=../schemas/pipeline.schema.json\n${BAD}`;
    expect(await client.open("elsewhere/x.yaml", text)).toMatchObject([{ code: "ENG302" }]);
  });

  test("no others: they are left alone", async () => {
    const before = client.published.length;
    const paths = ["elsewhere/y.yaml", "pipelines/.hidden.yaml", "pipelines/notes.txt", ".github/workflows/z.yml"];
    for (const path of paths) {
      const textDocument = { uri: client.uri(path), languageId: "yaml", version: 1, text: BAD };
      await client.notify("textDocument/didOpen", { textDocument });
    }
    // What follows is answered after what came before.
    await edit("tasks: { a: { noop: {} } }\n│");
    const uris = client.published.slice(before).map(({ uri }) => uri);
    for (const path of paths) expect(uris).not.toContain(client.uri(path));
    expect(await client.complete("elsewhere/y.yaml", { line: 0, character: 0 })).toEqual([]);
    expect(await client.hover("elsewhere/y.yaml", { line: 0, character: 1 })).toBe("");
  });
});

describe("completion", () => {
  async function labels(marked: string): Promise<string[]> {
    const { path, position } = await edit(marked);
    return (await client.complete(path, position)).map(({ label }) => label);
  }

  test("offers the ids of tasks in `needs`, without what would close a circle", async () => {
    const text =
      "tasks:\n  a: { noop: {} }\n  b: { needs: [c], noop: {} }\n  c:\n    needs: [│]\n    noop: {}\n  d: { noop: {} }\n";
    expect(await labels(text)).toEqual(["a", "d"]);
  });

  test("offers the dependants of a branch first", async () => {
    const text = "tasks:\n  other: { noop: {} }\n  a:\n    branch:\n      - else: │\n  b: { needs: a, noop: {} }\n";
    const { path, position } = await edit(text);
    const items = await client.complete(path, position);
    expect(
      [...items].sort((a, b) => ((a.sortText ?? "") < (b.sortText ?? "") ? -1 : 1)).map(({ label }) => label),
    ).toEqual(["b", "other"]);
  });

  test.each([
    ["keys of a pipeline", "│\ntasks: { a: { noop: {} } }\n", ["schedule", "params", "defaults"], ["tasks"]],
    ["keys of a task and operators", "tasks:\n  a:\n    │\n", ["needs", "bash", "branch"], []],
    ["no second operator", "tasks:\n  a:\n    bash: x\n    │\n", ["retries"], ["bash", "branch", "noop"]],
    ["keys of an operator", "tasks:\n  a:\n    bash:\n      │\n", ["script", "skip_exit_code"], []],
    ["trigger rules", "tasks:\n  a:\n    trigger_rule: │\n", ["all_success", "none_failed_min_one_success"], []],
    ["types", "params:\n  x: { type: │", ["integer", "string"], []],
    ["time zones", "schedule:\n  timezone: Europe/│\n", ["Europe/Berlin"], []],
    ["pools", "tasks:\n  a:\n    pool: │\n", ["gpu"], []],
    ["other pipelines", "schedule:\n  after: [│]\ntasks: { a: { noop: {} } }\n", ["ingest"], []],
    ["pipelines to run", "tasks:\n  a:\n    pipeline: │\n", ["ingest"], []],
    ["pipelines to run by their key", "tasks:\n  a:\n    pipeline: { name: │ }\n", ["ingest"], []],
    ["names in an expression", "tasks:\n  a:\n    bash: echo ${{ │ }}\n", ["params", "run", "size"], ["secrets"]],
    ["secrets where they may stand", 'tasks:\n  a:\n    env: { A: "${{ │" }\n', ["secrets"], []],
    ["vars", "tasks:\n  a:\n    bash: echo ${{ vars.│ }}\n", ["region"], []],
    ["nothing in a comment", "# │\ntasks: { a: { noop: {} } }\n", [], ["name"]],
    ["nothing in a script", "tasks:\n  a:\n    bash: |\n      │\n", [], ["script"]],
  ])("offers %s", async (_, text, some, none) => {
    const found = await labels(text);
    expect(found).toEqual(expect.arrayContaining(some));
    expect(found.filter((label) => none.includes(label))).toEqual([]);
    if (some.length === 0) expect(found).toEqual([]);
  });

  test.each([
    ["a param", "${{ params.│ }}", ["day"]],
    ["an output", "${{ tasks.train.outputs.│", ["accuracy"]],
    ["a task before this one", "${{ tasks.│", ["train"]],
  ])("offers %s in a script that is half written", async (_, expression, expected) => {
    const text = TRAIN.replace(/bash: \.\/deploy\.sh.*/, () => `bash: |\n      ./deploy.sh ${expression}`);
    const { path, position } = await edit(text);
    const items = await client.complete(path, position);
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(expected));
  });

  test("works while the file can't be parsed: from what it said last", async () => {
    const { path } = await edit(mark("tasks:"));
    const { text, position } = place(`${TRAIN}  tell:\n    needs: [ "│\n    env: { A: [ \n`);
    await client.change(path, text);
    expect((await client.complete(path, position)).map(({ label }) => label)).toEqual(["train", "check", "deploy"]);
  });

  test("works in a file that could not be parsed yet: without the line that is being written", async () => {
    const { path, position } = await edit(`${TRAIN}  tell:\n    needs: [t│\n    noop: {}\n`);
    expect((await client.complete(path, position)).map(({ label }) => label)).toEqual(["train", "check", "deploy"]);
  });

  test("says what a key means, and replaces the word that is being written", async () => {
    const { path, text, position } = await edit("tasks:\n  a:\n    noop: {}\n    trig│\n");
    const found = (await client.complete(path, position)).find(({ label }) => label === "trigger_rule");
    expect(found).toMatchObject({
      detail: 'default: "all_success"',
      documentation: { value: expect.stringContaining("What has to be true") },
    });
    if (found?.textEdit === undefined || !("range" in found.textEdit)) throw new Error("no edit");
    expect(applyEdits(text, [found.textEdit])).toBe("tasks:\n  a:\n    noop: {}\n    trigger_rule: \n");
  });

  test("writes an id with a dash in brackets", async () => {
    const { path, text, position } = await edit(
      "tasks:\n  a-b: { noop: {} }\n  c:\n    needs: a-b\n    bash: echo ${{ tasks.a│ }}\n",
    );
    const found = (await client.complete(path, position)).find(({ label }) => label === "a-b");
    // Editors keep what fits the text in its range, which begins with the dot.
    expect(found?.filterText).toBe(".a-b");
    if (found?.textEdit === undefined || !("range" in found.textEdit)) throw new Error("no edit");
    expect(applyEdits(text, [found.textEdit])).toContain('echo ${{ tasks["a-b"] }}');
  });
});

describe("hovering", () => {
  test.each([
    ["a key", mark("timeout", 2), ["**timeout**", "The longest an attempt may take"]],
    ["a key with a default", "max_active│_runs: 2\ntasks: { a: { noop: {} } }\n", ["Default: `1`"]],
    ["an operator", mark("    bash", 6), ["Runs a script with bash", "$ENGINE_OUTPUT"]],
    [
      "a task",
      mark("needs: train", 9),
      ["**train**: task, `bash`", "Comes before `check`, `deploy`", "Fits the model"],
    ],
    ["an output in an expression", mark("outputs.accuracy", 10), ["**accuracy**: output of `train`, number"]],
    ["a param in an expression", mark("params.day", 8), ["**day**: param, string", "Which day", "Default: `1`"]],
    ["a part of an expression", mark("tasks.train.outputs", 14), ["`tasks.train.outputs`: a map"]],
    ["a function", "tasks:\n  a:\n    if: si│ze(ds) > 1\n    noop: {}\n", ["`size(x)`"]],
    ["an expression as a whole", "tasks:\n  a:\n    if: size(ds) │> 1\n    noop: {}\n", ["gives a boolean"]],
    [
      "a finding's code",
      "tasks:\n  a: { needs: │b, noop: {} }\n",
      ["ENG302 unknown-dependency", "docs/checks/ENG302.md"],
    ],
    [
      "a code in a comment",
      "# engine-ignore ENG│312: x\ntasks: { a: { noop: {} } }\n",
      ["ENG312 duplicate-dependency"],
    ],
  ])("%s says what it is", async (_, text, expected) => {
    const { path, position } = await edit(text);
    const shown = await client.hover(path, position);
    for (const words of expected) expect(shown).toContain(words);
  });

  test("a schedule says it in words, with the next slots in its zone", async () => {
    const text =
      'schedule:\n  cron: "0 2 * * 1-5"\n  timezone: Europe/Berlin\n  start: 2999-06-01\ntasks: { a: { noop: {} } }\n';
    const { path, position } = await edit(text.replace("0 2", "0│ 2"));
    expect(await client.hover(path, position)).toBe(
      "`0 2 * * 1-5`: at 02:00 on Monday to Friday\n\nNext slots (Europe/Berlin):\n" +
        ["03", "04", "05", "06", "07"].map((day) => `- 2999-06-${day} 02:00:00`).join("\n"),
    );
    expect(await client.hover(path, { line: 1, character: 3 })).toContain("Next slots");
  });
});

describe("going around", () => {
  test.each([
    ["a task in `needs`", mark("needs: train", 9), "  train", 2],
    ["a task in a branch", mark("then: deploy", 8), "  deploy", 2],
    ["a task in an expression", mark("${{ tasks.train", 12), "  train", 2],
    ["an output", mark("${{ tasks.train.outputs.accuracy", 28), "accuracy: number", 0],
    ["a param", mark("params.day", 8), "  day", 2],
  ])("leads from %s to where it is defined", async (_, text, words, inside) => {
    const { path, position } = await edit(text);
    const before = TRAIN.slice(0, TRAIN.indexOf(words) + inside).split("\n");
    const start = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    expect(await client.definition(path, position)).toMatchObject({ uri: client.uri(path), range: { start } });
  });

  test.each([
    "schedule: { after: in│gest }\ntasks: { a: { noop: {} } }\n",
    "tasks: { a: { pipeline: in│gest } }\n",
    "tasks: { a: { pipeline: { name: 'in│gest', wait: false } } }\n",
  ])("leads from a pipeline's name to that pipeline: %s", async (text) => {
    const { path, position } = await edit(text);
    expect(await client.definition(path, position)).toEqual({
      uri: client.uri("pipelines/ingest.yaml"),
      range: { start: { line: 0, character: 6 }, end: { line: 0, character: 12 } },
    });
  });

  test("finds every reference, with the definition and without it", async () => {
    const { path, position } = await edit(mark("needs: train", 9));
    const places = async (includeDeclaration: boolean) =>
      (await client.at<unknown[]>("textDocument/references", path, position, { context: { includeDeclaration } }))
        .length;
    expect([await places(true), await places(false)]).toEqual([5, 4]);
  });

  test("shows the params, and the tasks with their outputs", async () => {
    const { path } = await edit(mark("tasks:"));
    const symbols: readonly DocumentSymbol[] = await client.connection.sendRequest("textDocument/documentSymbol", {
      textDocument: { uri: client.uri(path) },
    });
    expect(
      symbols.map(({ name, detail, children = [] }) => [name, detail, ...children.map((each) => each.name)]),
    ).toEqual([
      ["day", "string"],
      ["train", "bash", "accuracy"],
      ["check", "branch"],
      ["deploy", "bash"],
    ]);
    for (const { range, selectionRange } of symbols) expect(range.start).toEqual(selectionRange.start);
  });
});

describe("renaming a task", () => {
  test("changes every place that means it", async () => {
    const { path, text, position } = await edit(mark("needs: train", 9));
    expect(await client.at("textDocument/prepareRename", path, position)).toEqual({
      range: { start: { line: 8, character: 11 }, end: { line: 8, character: 16 } },
      placeholder: "train",
    });
    const edits = (await client.rename(path, position, "fit"))?.changes?.[client.uri(path)] ?? [];
    expect(applyEdits(text, edits)).toBe(TRAIN.replaceAll("train", "fit").replace("./fit.sh", "./train.sh"));
  });

  test.each([
    ["deploy", /there is a task `deploy` already/],
    ["No Good", /can't be the id of a task/],
  ])("to %j is refused with a reason", async (name, reason) => {
    const { path, position } = await edit(mark("needs: train", 9));
    await expect(client.rename(path, position, name)).rejects.toThrow(reason);
  });

  test("is refused for anything else, and in a file that can't be parsed", async () => {
    const { path, position } = await edit(mark("timeout", 2));
    await expect(client.at("textDocument/prepareRename", path, position)).rejects.toThrow(/only tasks/);
    await client.change(path, "tasks: [\n");
    await expect(client.rename(path, { line: 0, character: 1 }, "x")).rejects.toThrow(/can't be parsed/);
  });
});

describe("quick fixes", () => {
  test("offer what a finding says of its mending, and mend it", async () => {
    const text = "tasks:\n  # engine-ignore ENG312: nothing to accept\n  load: { noop: {} }\n";
    const { path, diagnostics } = await edit(`${text}│`);
    const [found] = diagnostics;
    if (found === undefined) throw new Error("nothing was found");
    const actions = await client.codeActions(path, found);
    const mending = actions.find(({ title }) => title === "Remove the suppression");
    expect(mending).toMatchObject({ kind: "quickfix", isPreferred: true, diagnostics: [{ code: "ENG901" }] });
    const edits = mending?.edit?.changes?.[client.uri(path)] ?? [];
    expect(actions).toHaveLength(1);
    expect(applyEdits(text, edits)).toBe("tasks:\n  load: { noop: {} }\n");
  });

  test("accept a warning by a comment, above the text that it stands in", async () => {
    const { path, text, diagnostics } = await edit(
      "tasks:\n  a: { noop: {} }\n  b:\n    needs: [a, a]\n    noop: {}\n│",
    );
    const [found] = diagnostics;
    if (found === undefined) throw new Error("nothing was found");
    const accept = (await client.codeActions(path, found)).find(({ title }) => title === "Accept ENG312 here");
    const edits = accept?.edit?.changes?.[client.uri(path)] ?? [];
    const changed = applyEdits(text, edits);
    expect(changed).toBe(text.replace("    needs", "    # engine-ignore ENG312: reason\n    needs"));
    const nowhere = { line: 0, character: 0 };
    expect(await client.codeActions(path, { range: { start: nowhere, end: nowhere } })).toEqual([]);
    // The word only keeps the place.
    expect(await client.change(path, changed)).toMatchObject([{ code: "ENG902" }]);
    expect(await client.change(path, changed.replace(": reason", ": see the runbook"))).toEqual([]);
  });

  test("don't accept an error: a pipeline with it can't run", async () => {
    const { path, diagnostics } = await edit("tasks:\n  a: { needs: zzzzzz, noop: {} }\n│");
    const [found] = diagnostics;
    if (found === undefined) throw new Error("nothing was found");
    expect((await client.codeActions(path, found)).filter(({ title }) => title.startsWith("Accept"))).toEqual([]);
  });
});

describe("formatting", () => {
  async function format(path: string): Promise<readonly TextEdit[]> {
    const textDocument = { uri: client.uri(path) };
    const options = { tabSize: 2, insertSpaces: true };
    return (
      (await client.connection.sendRequest<TextEdit[] | null>("textDocument/formatting", { textDocument, options })) ??
      []
    );
  }

  test("lays a pipeline out as `engine fmt` does, and touches only the lines that change", async () => {
    const text = "name: x\ntasks:\n    a:\n        noop: {}\n  # the end\n";
    const { path } = await edit(`${text}│`);
    const edits = await format(path);
    const formatted = formatFile({ path, text }, { operators, isPipeline: true });
    if (!formatted.ok) throw new Error("it can't be parsed");
    expect(formatted.after).not.toBe(text);
    expect(applyEdits(text, edits)).toBe(formatted.after);
    expect(edits[0]?.range.start).toEqual({ line: 2, character: 0 });
  });

  test("does nothing to a file that is laid out so, that can't be parsed, or that is none of ours", async () => {
    const right = await edit("tasks:\n  a:\n    noop: {}\n│");
    const broken = await edit("tasks: [\n│");
    expect([...(await format(right.path)), ...(await format(broken.path))]).toEqual([]);
    const textDocument = { uri: client.uri("other.yaml"), languageId: "yaml", version: 1, text: "a:\n     b: 1\n" };
    await client.notify("textDocument/didOpen", { textDocument });
    expect(await format("other.yaml")).toEqual([]);
  });
});

test("it asks to be told of files that change", () => {
  expect(client.registered).toContain("workspace/didChangeWatchedFiles");
});

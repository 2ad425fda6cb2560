import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operators } from "../../src/operators/index.ts";
import { type EditorPosition, LanguageServer } from "./language-server.ts";

/*
 * What somebody sees who edits a pipeline: the schema, driven through the language server behind VS Code's
 * YAML extension (and others).
 */

const MODELINE = "# yaml-language-server: $schema=../schemas/pipeline.schema.json\n";

let server: LanguageServer;
let opened = 0;

beforeAll(async () => {
  server = await LanguageServer.start();
});

afterAll(async () => {
  await server.stop();
});

/** Opens a pipeline with the modeline, and finds the place that `│` marks in it. */
async function edit(marked: string) {
  opened += 1;
  const before = (MODELINE + marked).split("│")[0] ?? "";
  const lines = before.split("\n");
  const position: EditorPosition = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  const document = await server.open(`pipelines/edited_${opened}.yaml`, MODELINE + marked.replace("│", ""));
  return { ...document, position };
}

describe("completion", () => {
  test("offers the keys of a pipeline", async () => {
    const { uri, position } = await edit("tasks:\n  load:\n    noop: {}\n│");
    const labels = await server.complete(uri, position);
    expect(labels).toEqual(expect.arrayContaining(["schedule", "params", "defaults", "max_active_runs", "on_failure"]));
    expect(labels).not.toContain("tasks");
  });

  test("offers the keys of a task and every operator", async () => {
    const { uri, position } = await edit("tasks:\n  load:\n    needs: []\n    │");
    const labels = await server.complete(uri, position);
    expect(labels).toEqual(
      expect.arrayContaining(["retries", "timeout", "trigger_rule", "for_each", ...operators.keys()]),
    );
  });

  test("offers the trigger rules", async () => {
    const { uri, position } = await edit("tasks:\n  load:\n    noop: {}\n    trigger_rule: │\n");
    expect(await server.complete(uri, position)).toEqual(
      expect.arrayContaining(["all_success", "none_failed_min_one_success"]),
    );
  });

  test("offers what belongs under an operator", async () => {
    const { uri, position } = await edit("tasks:\n  load:\n    bash:\n      │\n");
    expect(await server.complete(uri, position)).toEqual(expect.arrayContaining(["script", "skip_exit_code"]));
  });
});

describe("hovering", () => {
  test.each([
    ["a key of a pipeline", "max_active│_runs: 1\ntasks: { a: { noop: {} } }\n", "How many runs may go at once"],
    [
      "a key of a task",
      "tasks:\n  load:\n    noop: {}\n    trigger│_rule: all_done\n",
      "What has to be true of the tasks in `needs`",
    ],
    [
      "a key of retries",
      "tasks:\n  load:\n    noop: {}\n    retries: { count: 1, max│_delay: 1h }\n",
      "The longest wait",
    ],
    ["an operator", "tasks:\n  load:\n    ba│sh: ./load.sh\n", "run with `bash -euo pipefail`"],
    [
      "a key of an operator",
      "tasks:\n  load:\n    bash:\n      skip_exit│_code: 3\n      script: x\n",
      "skips the task",
    ],
  ])("%s says what it means", async (_, text, words) => {
    const { uri, position } = await edit(text);
    expect(await server.hover(uri, position)).toContain(words);
  });
});

describe("a mistake", () => {
  test("is not seen in a right pipeline", async () => {
    const { diagnostics } = await edit(
      'schedule: "0 2 * * *"\ntasks:\n  load:\n    bash: ./load.sh\n    retries: { count: 3, delay: 5m }\n    outputs: { rows: integer }\n│',
    );
    expect(diagnostics).toEqual([]);
  });

  test.each([
    ["an unknown key", "nmae: x\ntasks: { a: { noop: {} } }\n│", /nmae/, 1],
    ["a bad value", "overlap: quue\ntasks: { a: { noop: {} } }\n│", /queue/, 1],
    ["a wrong type", "tasks:\n  a:\n    noop: {}\n    priority: high\n│", /integer/, 4],
    ["a duration without a unit", "timeout: 30\ntasks: { a: { noop: {} } }\n│", /string|duration/i, 1],
    ["a task without an operator", "tasks:\n  a:\n    needs: []\n│", /./, 2],
  ])("%s is marked where it stands", async (_, text, words, line) => {
    const { diagnostics } = await edit(text);
    expect(diagnostics.map((one) => one.message).join("\n")).toMatch(words);
    expect(diagnostics.some((one) => one.range.start.line <= line && one.range.end.line >= line)).toBe(true);
  });
});

import { execFile } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { plainEnvironment } from "../support/engine-command.ts";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { readText } from "../support/repository.ts";

/*
 * The commands as processes: what a shell sees of them.
 */

const GOOD = "tasks:\n  a: { noop: {} }\n";
const BAD = "tasks:\n  a: { needs: nobody, noop: {} }\n";

describe("a command ends with the code that tells what happened", () => {
  const cwd = (): string => aFolder({ "good.yaml": GOOD, "bad.yaml": BAD, "wrong/engine.yaml": "concurrency: 0\n" });

  test.each([
    ["0 when all is fine", ["validate", "good.yaml"], 0],
    ["1 when there are errors", ["validate", "good.yaml", "bad.yaml"], 1],
    ["1 when a pipeline with errors should run", ["run", "bad.yaml"], 1],
    ["2 when the command line is wrong", ["validate", "--wrong"], 2],
  ])("%s", async (_, args, code) => {
    expect(await runEngine(args, { cwd: cwd() })).toMatchObject({ code });
  });

  test("2 when engine.yaml is wrong", async () => {
    const { code, stdout, stderr } = await runEngine(["validate"], { cwd: join(cwd(), "wrong") });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("error[ENG204] bad-value: `concurrency` must be between 1 and 10000, but it is `0`");
  });

  test("3 when a file can't be read", async () => {
    const folder = cwd();
    // Reading it fails for every user, root included.
    symlinkSync("/proc/self/mem", join(folder, "good.yml"));
    const { code, stdout } = await runEngine(["validate", "."], { cwd: folder });
    expect(code).toBe(3);
    expect(stdout).toContain(
      "error[ENG105] encoding-or-size: the file can't be read: the disk failed\n --> good.yml:1:1\n",
    );
  });
});

describe("what a command prints", () => {
  test("comes from standard input to standard output, through a pipe", async () => {
    const { code, stdout } = await runEngine(["validate", "-", "--format", "json"], { cwd: aFolder(), input: BAD });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ files: ["stdin.yaml"], diagnostics: [{ code: "ENG302" }] });
  });

  test("is whole, however long it is", async () => {
    const { stdout } = await runEngine(["schema"], { cwd: aFolder() });
    expect(stdout).toBe(readText("schemas/pipeline.schema.json"));
  });

  test("may have a reader that leaves early", async () => {
    const engine = startEngine(["schema"], { cwd: aFolder() });
    engine.closeOutput();
    engine.endInput();
    expect(await engine.ended).toEqual({ code: 0, signal: null });
    expect(engine.stderr).toBe("");
  });

  test("is an error when the disk is full", async () => {
    const line = `"${process.execPath}" "${builtCli()}" schema > /dev/full`;
    const failed = await promisify(execFile)("sh", ["-c", line], { env: plainEnvironment() }).catch((error) => error);
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringMatching(/^error: .*ENOSPC/) });
  });
});

test("what `engine init` writes can be checked and run at once", async () => {
  const cwd = aFolder();
  expect(await runEngine(["init"], { cwd })).toMatchObject({ code: 0 });
  expect(await runEngine(["validate"], { cwd })).toMatchObject({ code: 0, stdout: "1 file checked: nothing found\n" });
  const run = await runEngine(["run", "hello", "-p", "name=Ada"], { cwd });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain("Hello, Ada!");
  // From below, too: the run is remembered beside engine.yaml.
  const list = await runEngine(["pipelines", "list", "--json"], { cwd: join(cwd, "pipelines") });
  expect(JSON.parse(list.stdout)).toMatchObject({ pipelines: [{ name: "hello", last_run: { state: "success" } }] });
  expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe(".engine/\n");
});

test("a run from a folder below engine.yaml stands where it would from above", async () => {
  const files = {
    "engine.yaml": "",
    "pipelines/where.yaml": "tasks:\n  a: { bash: 'pwd > ../where.txt' }\n",
    "sub/deep/.keep": "",
  };
  const cwd = aFolder(files);
  expect(await runEngine(["run", "where"], { cwd: join(cwd, "sub/deep") })).toMatchObject({ code: 0 });
  expect(readFileSync(join(cwd, "where.txt"), "utf8")).toBe(`${join(cwd, "pipelines")}\n`);
});

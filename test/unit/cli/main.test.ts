import { describe, expect, test } from "vitest";
import { CliError, reportFailure } from "../../../src/cli/errors.ts";
import { EngineError, StoreError } from "../../../src/engine/index.ts";
import { aFolder } from "../../support/engine-process.ts";
import { callEngine, fakeCli } from "../../support/fake-cli.ts";

describe("the command line", () => {
  test.each(["--help", "help"])("`engine %s` lists the commands", async (flag) => {
    const { code, stdout, stderr } = await callEngine([flag]);
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("golden/help.txt");
  });

  test.each([
    "init",
    "validate",
    "run",
    "runs",
    "runs list",
    "logs",
    "outputs",
    "pipelines list",
    "graph",
    "explain",
    "schema",
  ])("`engine %s --help` says what it takes", async (path) => {
    const { code, stdout } = await callEngine([...path.split(" "), "--help"]);
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`golden/help-${path.replace(" ", "-")}.txt`);
  });

  test("`engine help COMMAND` is the same as `engine COMMAND --help`", async () => {
    expect(await callEngine(["help", "validate"])).toEqual(await callEngine(["validate", "--help"]));
  });

  test("without a command it shows its help, and fails", async () => {
    const { code, stdout, stderr } = await callEngine([]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Usage: engine <command>/);
  });

  test.each([
    [["vlidate"], "unknown command 'vlidate'", "did you mean `validate`? see `engine --help`"],
    [["xyzzy"], "unknown command 'xyzzy'", "see `engine --help`"],
    [["help", "vlidate"], "unknown command 'vlidate'", "did you mean `validate`? see `engine --help`"],
    [["xyzzy", "--help"], "unknown command 'xyzzy'", "see `engine --help`"],
    [["help", "runs", "lst"], "unknown command 'lst'", "did you mean `list`? see `engine runs --help`"],
    [["runs", "lst"], "unknown command 'lst'", "did you mean `list`? see `engine runs --help`"],
    [
      ["validate", "--fromat", "json"],
      "unknown option '--fromat'",
      "did you mean `--format`? see `engine validate --help`",
    ],
    [
      ["validate", "--colour", "never"],
      "unknown option '--colour'",
      "did you mean `--color`? see `engine validate --help`",
    ],
    [["graph"], "missing required argument 'pipeline'", "see `engine graph --help`"],
    [
      ["explain", "a", "b"],
      "too many arguments for 'explain'. Expected 1 argument but got 2: a, b",
      "see `engine explain --help`",
    ],
    [
      ["graph", "x", "--format", "png"],
      "option '--format <format>' argument 'png' is invalid. Allowed choices are ascii, svg, mermaid, dot, json",
      "see `engine graph --help`",
    ],
    [
      ["schema", "task"],
      "argument <what> 'task' is invalid. Allowed choices are pipeline, config, report",
      "see `engine schema --help`",
    ],
    [
      ["runs", "list", "--limit", "0"],
      "option '--limit <n>' argument '0' is invalid. It must be a whole number from 1 to 1000",
      "see `engine runs list --help`",
    ],
    [["runs", "list", "--limit"], "option '--limit <n>' argument missing", "see `engine runs list --help`"],
  ])("%j is answered with what to do", async (args, message, hint) => {
    expect(await callEngine(args)).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\nhint: ${hint}\n` });
  });

  test("options of every command may stand before or after it", async () => {
    const cwd = aFolder({ "here/a.yaml": "tasks: { a: { noop: {} } }\n" });
    for (const args of [
      ["--pipelines", "here", "validate"],
      ["validate", "--pipelines=here"],
    ]) {
      expect(await callEngine(args, { cwd })).toMatchObject({ code: 0, stdout: "1 file checked: nothing found\n" });
    }
  });

  test("a configuration that is wrong stops every command, with all that is wrong", async () => {
    const cwd = aFolder({
      "engine.yaml": "concurrency: 0\npool: {}\n",
      "pipelines/a.yaml": "tasks: { a: { noop: {} } }\n",
    });
    for (const args of [["validate"], ["graph", "a"], ["pipelines", "list"], ["run", "a"], ["runs", "list"]]) {
      const { code, stdout, stderr } = await callEngine(args, { cwd });
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("error[ENG204]");
      expect(stderr).toContain("error[ENG201]");
      expect(stderr).toMatch(/\nerror: engine\.yaml is not valid\nhint: .*\n$/);
    }
  });
});

describe("a failure", () => {
  function report(error: unknown): readonly [number, string] {
    const cli = fakeCli();
    return [reportFailure(cli, error), cli.stderr()];
  }

  test("of a command has its message, its hint and its exit code", () => {
    expect(report(new CliError("no", { hint: "yes", exit_code: 1 }))).toEqual([1, "error: no\nhint: yes\n"]);
    expect(report(new CliError("no", { exit_code: 3 }))).toEqual([3, "error: no\n"]);
  });

  test("of the engine has those of its code", () => {
    expect(report(new EngineError("RUN_NOT_FOUND", { run: "x" }))).toEqual([
      2,
      "error: there is no run x\nhint: list the runs with `engine runs list`\n",
    ]);
  });

  test("of the store or the system has exit code 3 and no stack", () => {
    expect(report(new StoreError("corrupt", "the file is damaged"))).toEqual([3, "error: the file is damaged\n"]);
    const denied = Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: "EACCES", syscall: "open" });
    expect(report(denied)).toEqual([3, "error: EACCES: permission denied, open 'x'\n"]);
  });

  test("that nobody expected is a bug, and says so with its stack", () => {
    const [code, text] = report(new TypeError("x is not a function"));
    expect(code).toBe(3);
    expect(text).toMatch(/^error: this is a bug in engine: TypeError: x is not a function\n {4}at /);
    expect(report("thrown text")[1]).toContain("thrown text");
  });

  test("in colour has its word in colour", () => {
    const cli = fakeCli({ env: { FORCE_COLOR: "1" } });
    reportFailure(cli, new CliError("no", { exit_code: 1 }));
    expect(cli.stderr()).toBe("\x1b[1;91merror\x1b[0m: no\n".replace("91", "31"));
  });
});

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../src/core/index.ts";
import type { AttemptWork } from "../../src/engine/index.ts";
import { attemptFiles } from "../../src/executors/local/files.ts";
import type { JsonValue } from "../../src/lib/index.ts";
import { codeFile } from "../support/code-work.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { need } from "./support/need.ts";

/*
 * `python` with a real interpreter.
 */

const NUMBER = { n: { type: "number" } };

function pythonWorld(text: string) {
  const world = localWorld();
  const folder = temporaryFolder();
  const file = codeFile("python", folder, text);
  let count = 0;
  const start = (value: JsonValue, more: Partial<AttemptWork> = {}) => {
    const work = file.work(value, { key: `task_${++count}` as TaskKey, ...more });
    world.executor.start(work);
    return work;
  };
  const run = async (value: JsonValue, more?: Partial<AttemptWork>) => world.outcome(start(value, more));
  return { ...world, folder, file, start, run };
}

describe.skipIf(!need("python3").found)("python", () => {
  test("calls a function of a file with the context, and hands on what it returns", async () => {
    const { start, outcome, log } = pythonWorld(`
def train(context, rows):
    run = context.run
    print(context.params, context.ds, context.pipeline, context.task, context.attempt, context.item, context.item_index)
    print(run.id, run.trigger, run.logical_date.isoformat(), run.data_interval_end - run.data_interval_start)
    return {"n": rows + 0.5}
`);
    const work = start(
      { function: "task.py:train", with: { rows: 41 } },
      {
        outputs: NUMBER,
        env: { ENGINE_TASK: "train", ENGINE_MAP_INDEX: "1" },
      },
    );
    expect(await outcome(work)).toEqual({ state: "success", outputs: { n: 41.5 } });
    expect(log(work)).toEqual([
      "stdout: {'dataset': 'rows'} 2026-01-31 p train 1 b 1",
      "stdout: 20260131-020000-x7k2mq manual 2026-01-31T02:00:00+00:00 1 day, 0:00:00",
    ]);
  });

  test("calls a function of a module, which finds its neighbours", async () => {
    const { folder, run } = pythonWorld("");
    mkdirSync(join(folder, "company"));
    writeFileSync(
      join(folder, "company/checks.py"),
      "from company.numbers import N\nasync def check(context): return {'n': N}\n",
    );
    writeFileSync(join(folder, "company/numbers.py"), "N = 4\n");
    expect(await run("company.checks:check", { outputs: NUMBER })).toEqual({ state: "success", outputs: { n: 4 } });
  });

  test("runs a script as Python would: with its arguments, its neighbours, the context and outputs in files", async () => {
    const { folder, start, outcome, log } = pythonWorld("");
    mkdirSync(join(folder, "lib"));
    writeFileSync(join(folder, "lib/near.py"), "WORD = 'near'\n");
    writeFileSync(
      join(folder, "lib/job.py"),
      `
import json, os, stat, sys, __main__
from near import WORD
if __name__ == "__main__":
    assert __main__.WORD == WORD
    with open(os.environ["ENGINE_CONTEXT"]) as file:
        print(sys.argv, WORD, json.load(file)["ds"], oct(stat.S_IMODE(os.stat(file.name).st_mode)))
    with open(os.environ["ENGINE_OUTPUT"], "a") as file:
        print("n=3", file=file)
`,
    );
    const work = start({ script: "lib/job.py", args: ["--day", "a b", 5] }, { outputs: NUMBER });
    expect(await outcome(work)).toEqual({ state: "success", outputs: { n: 3 } });
    expect(log(work)).toEqual(["stdout: ['lib/job.py', '--day', 'a b', '5'] near 2026-01-31 0o600"]);
  });

  test("leaves no context behind", async () => {
    const { data, start, outcome } = pythonWorld("print('fine')");
    const work = start("task.py");
    await outcome(work);
    expect(statSync(attemptFiles(data, work).context, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("shows output as it comes, in the order of the script", async () => {
    const { executor, start, outcome, logged } = pythonWorld("import time\nprint('first')\ntime.sleep(1000)");
    const work = start("task.py");
    await logged("first");
    executor.stop(work, "cancelled", 0);
    await outcome(work);
  });

  test.each([
    ["a script", "task.py", "<module>", "def parse(row):\n    raise ValueError(f'row {row} is bad')\n\nparse(7)\n"],
    [
      "a function",
      "task.py:go",
      "go",
      "def parse(row):\n    raise ValueError(f'row {row} is bad')\n\ndef go(context): parse(7)\n",
    ],
  ])("shows the traceback of %s in its author's lines alone", async (_, value, caller, text) => {
    const { start, outcome, log, folder } = pythonWorld(text);
    const work = start(value);
    expect(failureOf(await outcome(work))).toMatchObject({
      reason: "exception",
      message: "ValueError: row 7 is bad",
      exit_code: 1,
    });
    const frames = log(work).filter((line) => line.includes("File "));
    const path = value === "task.py" ? "task.py" : `${folder}/task.py`;
    expect(frames).toEqual([
      `stderr:   File "${path}", line 4, in ${caller}`,
      `stderr:   File "${path}", line 2, in parse`,
    ]);
    expect(log(work).at(-1)).toBe("stderr: ValueError: row 7 is bad");
  });

  test("shows what an exception was caused by", async () => {
    const { start, outcome, log } = pythonWorld(`
def go(context):
    try:
        int("x")
    except ValueError as error:
        raise RuntimeError("no number") from error
`);
    const work = start("task.py:go");
    expect(failureOf(await outcome(work)).message).toBe("RuntimeError: no number");
    expect(log(work).join("\n")).toContain("The above exception was the direct cause");
    expect(log(work).join("\n")).not.toContain("python-runner");
  });

  test.each([
    ["task.py:nobody", "", "not_found", "task.py has no function `nobody`"],
    ["nowhere.py:go", "", "not_found", expect.stringMatching(/^there is no file \/.*\/nowhere\.py$/)],
    ["nowhere.py", "", "not_found", expect.stringMatching(/^there is no script \/.*\/nowhere\.py$/)],
    ["no.where:go", "", "not_found", expect.stringMatching(/^there is no module no\.where \(looked in /)],
    [
      "task.py",
      "import nobody_has_this",
      "not_found",
      expect.stringMatching(/^ModuleNotFoundError: No module named 'nobody_has_this' \(for the interpreter \//),
    ],
    ["task.py", "def go(:", "exception", expect.stringMatching(/^SyntaxError: .* \(task\.py, line 1\)$/)],
    ["task.py", "import sys; sys.exit(7)", "exit_code", "the script ended with exit code 7"],
    [
      "task.py:go",
      "import sys\ndef go(context): sys.exit(7)",
      "exit_code",
      "the function's process ended with exit code 7",
    ],
    [
      "task.py",
      "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
      "signal",
      expect.stringContaining("SIGKILL"),
    ],
    [
      "task.py:go",
      "def go(context): return 5",
      "output_invalid",
      "the function returned int: it must be a dict of outputs by name, or None",
    ],
    [
      "task.py:go",
      "def go(context): return {'n': {1, 2}}",
      "output_invalid",
      "the function returned something that JSON can't hold: a value of type set is not JSON",
    ],
    [
      "task.py:go",
      "def go(context): return {'n': float('nan')}",
      "output_invalid",
      expect.stringContaining("JSON can't hold"),
    ],
    ["task.py:go", "def go(context): return {'n': 'much'}", "output_invalid", expect.stringContaining("much")],
    ["task.py:go", "def go(context): pass", "output_invalid", expect.stringContaining("n")],
    [{ script: "task.py", interpreter: "no-such-python" }, "", "not_found", expect.stringContaining("no-such-python")],
  ])("%j of %j fails with %s", async (value, text, reason, message) => {
    const { run } = pythonWorld(text);
    expect(failureOf(await run(value, { outputs: NUMBER }))).toMatchObject({ reason, message });
  });

  test("skips with its exit code", async () => {
    const { run } = pythonWorld("import sys; sys.exit(3)");
    expect(await run({ script: "task.py", skip_exit_code: 3 })).toMatchObject({ state: "skipped" });
  });

  test("takes numbers of NumPy's kind, dates and paths", async () => {
    const { run } = pythonWorld(`
import datetime, pathlib
class Scalar:
    ndim = 0
    def item(self): return 1.5
def go(context):
    return {"n": Scalar(), "d": datetime.date(2026, 1, 31), "p": pathlib.Path("/a")}
`);
    const outputs = { ...NUMBER, d: { type: "string" }, p: { type: "string" } };
    expect(await run("task.py:go", { outputs })).toEqual({
      state: "success",
      outputs: { n: 1.5, d: "2026-01-31", p: "/a" },
    });
  });

  test("doesn't show a secret: not in the log, not in an error, not in an output", async () => {
    const { start, outcome, log, run } = pythonWorld(`
import os
def go(context):
    print("it is", os.environ["KEY"])
    raise RuntimeError("with " + os.environ["KEY"])
def out(context):
    return {"s": os.environ["KEY"]}
`);
    const secret = { env: { KEY: "swordfish" }, secrets: ["swordfish"], outputs: { s: { type: "string" } } };
    const work = start("task.py:go", secret);
    expect(failureOf(await outcome(work)).message).toBe("RuntimeError: with ***");
    expect(log(work).join("\n")).not.toContain("swordfish");
    expect(failureOf(await run("task.py:out", secret)).reason).toBe("output_invalid");
  });

  test("runs in a virtual environment, which is active then", async () => {
    const { folder, start, outcome, log } = pythonWorld(`
import os, shutil, sys
print(sys.prefix == os.environ["VIRTUAL_ENV"], shutil.which("python") == sys.prefix + "/bin/python")
`);
    execFileSync("python3", ["-m", "venv", "--without-pip", join(folder, ".venv")]);
    const work = start({ script: "task.py", interpreter: ".venv" });
    expect(await outcome(work)).toMatchObject({ state: "success" });
    expect(log(work)).toEqual(["stdout: True True"]);
  });

  test("runs what spawns processes from its own file", async () => {
    const { start, outcome, log } = pythonWorld(`
import multiprocessing
def square(x): return x * x
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(square, [1, 2, 3]))
`);
    const work = start("task.py");
    expect(await outcome(work)).toMatchObject({ state: "success" });
    expect(log(work)).toEqual(["stdout: [1, 4, 9]"]);
  });

  test("calls what spreads its work over fresh processes", async () => {
    const { run } = pythonWorld(`
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
def square(x):
    return x * x
def task(context):
    # One that breaks while it starts breaks this pool.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return {"n": sum(pool.map(square, [3, 4]))}
`);
    expect(await run("task.py:task", { outputs: NUMBER })).toEqual({ state: "success", outputs: { n: 25 } });
  });

  test("hands a path with quotes and spaces on as it is", async () => {
    const { file, run, start, outcome, log } = pythonWorld("");
    file.write("print('fine')", "it's $(a) path.py");
    const work = start("it's $(a) path.py");
    expect(await outcome(work)).toMatchObject({ state: "success" });
    expect(log(work)).toEqual(["stdout: fine"]);
    expect(await run({ script: "it's $(a) path.py", interpreter: "it's" })).toMatchObject({ state: "failed" });
  });

  test("tells why it failed to the engine that comes next", async () => {
    const { data, executor, successor, start, logged } = pythonWorld(`
import os, time
def go(context):
    print("waits")
    while not os.path.exists("go"): time.sleep(0.01)
    raise RuntimeError("too late")
`);
    const work = start("task.py:go");
    await logged("waits");
    await executor.detach();
    const next = successor();
    next.executor.adopt(work);
    writeFileSync(join(work.cwd, "go"), "");
    expect(failureOf(await next.outcome(work))).toMatchObject({
      reason: "exception",
      message: "RuntimeError: too late",
    });
    expect(readFileSync(attemptFiles(data, work).status, "utf8")).toMatch(/^end 1$/m);
  });
});

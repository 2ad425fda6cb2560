import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../src/core/index.ts";
import type { AttemptWork } from "../../src/engine/index.ts";
import { attemptFiles } from "../../src/executors/local/files.ts";
import type { JsonValue } from "../../src/lib/index.ts";
import { codeFile } from "../support/code-work.ts";
import { failureOf, type LocalWorld, localWorld, until } from "../support/local-world.ts";
import { isAlive } from "../support/processes.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * `node` with real processes.
 */

const LONG_GRACE_MS = 3_600_000;

function nodeWorld(text: string) {
  const world = localWorld();
  const folder = temporaryFolder();
  const file = codeFile("node", folder, text);
  let count = 0;
  const start = (
    value: JsonValue = "task.ts",
    more: Partial<AttemptWork> = {},
    by: Pick<LocalWorld, "executor"> = world,
  ) => {
    const work = file.work(value, { key: `task_${++count}` as TaskKey, ...more });
    by.executor.start(work);
    return work;
  };
  const run = async (value?: JsonValue, more?: Partial<AttemptWork>) => world.outcome(start(value, more));
  /** The process of an attempt. */
  const pidOf = (work: AttemptWork): number =>
    Number(/^pid (\d+)/.exec(readFileSync(attemptFiles(world.data, work).status, "utf8"))?.[1]);
  /** Runs two attempts, one after the other, and says whether the second had the first one's process. */
  const shares = async (value: JsonValue, between: () => void = () => {}, second: Partial<AttemptWork> = {}) => {
    const works: AttemptWork[] = [];
    for (const more of [{}, second]) {
      if (works.length > 0) between();
      const work = start(value, more);
      works.push(work);
      expect(await world.outcome(work)).toMatchObject({ state: "success" });
    }
    const [one, two] = works.map(pidOf);
    return one === two;
  };
  return { ...world, folder, file, start, run, pidOf, shares };
}

const NUMBER = { n: { type: "integer" } };

describe("a function", () => {
  test("gets the context and its arguments, and what it returns are the outputs", async () => {
    const { start, outcome, log } = nodeWorld(`
      import type { TaskContext } from "engine";
      export async function train(context: TaskContext, args: { rows: number }) {
        const { run, signal, log, ...rest } = context;
        console.log(JSON.stringify([rest, run, args]));
        log("the day is", run.logical_date.getUTCDate(), signal.aborted);
        console.error("a word to the side");
        return { n: args.rows + 1 };
      }`);
    const work = start(
      { module: "task.ts", function: "train", with: { rows: 41 } },
      {
        outputs: NUMBER,
        env: { ENGINE_TASK: "train", ENGINE_MAP_INDEX: "1" },
      },
    );
    expect(await outcome(work)).toEqual({ state: "success", outputs: { n: 42 } });
    const [context, ...rest] = log(work);
    expect(JSON.parse(context?.replace("stdout: ", "") ?? "")).toEqual([
      {
        params: { dataset: "rows" },
        ds: "2026-01-31",
        pipeline: "p",
        task: "train",
        attempt: 1,
        item: "b",
        item_index: 1,
      },
      {
        id: "20260131-020000-x7k2mq",
        trigger: "manual",
        logical_date: "2026-01-31T02:00:00.000Z",
        data_interval_start: "2026-01-30T02:00:00.000Z",
        data_interval_end: "2026-01-31T02:00:00.000Z",
      },
      { rows: 41 },
    ]);
    expect(rest).toEqual(["stdout: the day is 31 false", "stderr: a word to the side"]);
  });

  test("may be one of a CommonJS module", async () => {
    const { file, run } = nodeWorld("");
    file.write("module.exports = { train: () => ({ n: 1 }) }", "named.cjs");
    file.write("module.exports = () => ({ n: 2 })", "default.cjs");
    expect(await run({ module: "named.cjs", function: "train" }, { outputs: NUMBER })).toMatchObject({
      outputs: { n: 1 },
    });
    expect(await run("./default.cjs", { outputs: NUMBER })).toMatchObject({ outputs: { n: 2 } });
  });

  test("gets the task's environment, and none that another attempt had", async () => {
    const { run } = nodeWorld(
      "export default () => ({ n: Number(process.env.PARAM_N ?? 0) + Number(process.env.PARAM_M ?? 0) })",
    );
    expect(await run("task.ts", { outputs: NUMBER, env: { PARAM_N: "1" } })).toMatchObject({ outputs: { n: 1 } });
    expect(await run("task.ts", { outputs: NUMBER, env: { PARAM_M: "2" } })).toMatchObject({ outputs: { n: 2 } });
  });

  test.each([
    ["5", "the function returned 5: it must be an object of outputs by name, or nothing"],
    ["[1]", "the function returned [ 1 ]: it must be an object of outputs by name, or nothing"],
    [
      "{ n: 1n }",
      "the function returned something that JSON can't hold: TypeError: Do not know how to serialize a BigInt",
    ],
    ["{ n: 'much' }", expect.stringContaining("n")],
    ["{ m: 1 }", expect.stringContaining("m")],
    ["undefined", expect.stringContaining("n")],
    ["{ n: 'x'.repeat(300_000) }", expect.stringContaining("256 KiB")],
  ])("that returns %s fails with output_invalid", async (value, message) => {
    const { run } = nodeWorld(`export default (): unknown => (${value})`);
    expect(failureOf(await run("task.ts", { outputs: NUMBER }))).toMatchObject({ reason: "output_invalid", message });
  });

  test("doesn't show a secret: not in the log, not in an error, not in an output", async () => {
    const { start, outcome, log, run, data } = nodeWorld(`
      export default () => { console.log("it is", process.env.KEY); throw new Error("with " + process.env.KEY); }
      export const out = () => ({ s: process.env.KEY });`);
    const secret = { env: { KEY: "swordfish" }, secrets: ["swordfish"], outputs: { s: { type: "string" } } };
    const work = start("task.ts", secret);
    expect(failureOf(await outcome(work)).message).toBe("Error: with ***");
    expect(log(work).join("\n")).not.toContain("swordfish");
    expect(statSync(attemptFiles(data, work).error, { throwIfNoEntry: false })).toBeUndefined();
    expect(failureOf(await run({ module: "task.ts", function: "out" }, secret)).reason).toBe("output_invalid");
  });
});

describe("a function that fails", () => {
  test("shows the stack in its author's lines alone", async () => {
    const { start, outcome, log, folder } = nodeWorld(`
interface Row { readonly n: number }
function parse(row: Row): never {
  throw new RangeError("row " + row.n + " is bad", { cause: new Error("no digit") });
}
export default async () => {
  await null;
  parse({ n: 7 });
};`);
    const work = start();
    expect(failureOf(await outcome(work))).toMatchObject({
      reason: "exception",
      message: "RangeError: row 7 is bad",
      exit_code: 1,
    });
    expect(log(work)).toEqual([
      "stderr: RangeError: row 7 is bad",
      `stderr:     at parse (${folder}/task.ts:4:9)`,
      `stderr:     at default (${folder}/task.ts:8:3)`,
      "stderr: Caused by: Error: no digit",
      `stderr:     at parse (${folder}/task.ts:4:61)`,
      `stderr:     at default (${folder}/task.ts:8:3)`,
    ]);
  });

  test.each([
    [
      "throws later, outside of its promise",
      "export default () => new Promise(() => setTimeout(() => { throw new Error('late'); }, 1))",
      "exception",
      "Error: late",
    ],
    [
      "leaves a rejection to nobody",
      "export default () => { void Promise.reject(new Error('lost')); return new Promise((r) => setTimeout(r, 1000)); }",
      "exception",
      "Error: lost",
    ],
    ["throws what is no error", "export default () => { throw 'a text'; }", "exception", "'a text'"],
    [
      "waits for what never comes",
      "export default () => new Promise(() => {})",
      "exception",
      "its promise never settles: nothing is left that it could wait for",
    ],
    [
      "ends the process",
      "export default () => process.exit(7)",
      "exit_code",
      "the function's process ended with exit code 7",
    ],
    [
      "sets an exit code",
      "export default () => { process.exitCode = 7; }",
      "exit_code",
      "the function's process ended with exit code 7",
    ],
    [
      "kills the process",
      "export default () => process.kill(process.pid, 'SIGKILL')",
      "signal",
      "the function's process was ended by SIGKILL, often because it ran out of memory",
    ],
    [
      "is not there",
      "export const other = 1, another = 2;",
      "not_found",
      expect.stringMatching(/exports no function by default; it exports another, other$/),
    ],
    [
      "needs a package that is not there",
      "import 'nobody-has-this'; export default () => {}",
      "not_found",
      expect.stringContaining("Cannot find package 'nobody-has-this'"),
    ],
    [
      "stands in a module that throws",
      "throw new Error('at load'); export default () => {}",
      "exception",
      expect.stringContaining("can't be loaded: Error: at load"),
    ],
    [
      "stands in a module that is no TypeScript",
      "export default (",
      "exception",
      expect.stringContaining("can't be loaded: SyntaxError"),
    ],
  ])("because it %s says so", async (_, text, reason, message) => {
    const { run } = nodeWorld(text);
    expect(failureOf(await run())).toMatchObject({ reason, message });
  });

  test("for its module is not there is final", async () => {
    const { run, folder } = nodeWorld("");
    expect(failureOf(await run("./nowhere.ts"))).toMatchObject({
      reason: "not_found",
      message: `there is no module ${folder}/nowhere.ts`,
      final: true,
    });
  });

  test("for its environment is too large says so", async () => {
    const { run } = nodeWorld("");
    const message = expect.stringContaining("the environment is too large");
    const env = { LARGE: "x".repeat(200_000) };
    expect(failureOf(await run("task.ts", { env }))).toMatchObject({ reason: "spawn_failed", message });
  });

  test("for its folder is not there says so", async () => {
    const { run } = nodeWorld("");
    expect(failureOf(await run("task.ts", { cwd: "/nowhere" }))).toMatchObject({
      reason: "spawn_failed",
      message: "the working directory /nowhere does not exist",
    });
  });
});

describe("a function that is stopped", () => {
  test("sees its signal abort, and has its grace to end", async () => {
    const { executor, start, outcome, logged, log } = nodeWorld(`
      export default async ({ signal, log }) => {
        log("waits");
        await new Promise((resolve) => { const timer = setInterval(() => {}, 1000); signal.onabort = () => { clearInterval(timer); resolve(0); }; });
        log("tidies up");
      }`);
    const work = start();
    await logged("waits");
    executor.stop(work, "timeout", LONG_GRACE_MS);
    expect(failureOf(await outcome(work)).reason).toBe("timeout");
    expect(log(work)).toContain("stdout: tidies up");
  });

  test("and never looked at the signal is ended at once", async () => {
    const { executor, start, outcome, logged } = nodeWorld(
      "export default async ({ log }) => { log('waits'); await new Promise((r) => setTimeout(r, 1e6)); }",
    );
    const work = start();
    await logged("waits");
    executor.stop(work, "cancelled", LONG_GRACE_MS);
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "cancelled", exit_code: 143 });
  });

  test("and never waits is killed after its grace", async () => {
    const { executor, start, outcome, logged } = nodeWorld("export default ({ log }) => { log('spins'); for (;;); }");
    const work = start();
    await logged("spins");
    executor.stop(work, "timeout", 50);
    expect(failureOf(await outcome(work))).toMatchObject({ reason: "timeout", signal: "SIGKILL" });
  });

  test("takes what it started with it", async () => {
    const { executor, start, outcome, logged, lines } = nodeWorld(`
      import { spawn } from "node:child_process";
      export default async ({ log }) => { log("child", spawn("sleep", ["1000"]).pid); await new Promise((r) => setTimeout(r, 1e6)); }`);
    const work = start();
    await logged("child");
    executor.stop(work, "cancelled", LONG_GRACE_MS);
    await outcome(work);
    const pid = Number(lines.find(({ text }) => text.startsWith("child"))?.text.split(" ")[1]);
    expect(isAlive(pid)).toBe(false);
  });
});

describe("a process that ended an attempt well", () => {
  const PLAIN = "let count = 0; export default () => ({ n: ++count })";

  test("carries the next one out, of the same module", async () => {
    expect(await nodeWorld("export default () => {}").shares("task.ts")).toBe(true);
  });

  test.each([
    ["another is asked for", { module: "task.ts", isolated: true }, "export default () => {}"],
    ["a timer is left", "task.ts", "export default () => void setInterval(() => {}, 1000)"],
    [
      "a server is left",
      "task.ts",
      "import { createServer } from 'node:net'; export default () => new Promise((r) => createServer().listen(0, () => r()))",
    ],
    ["its environment was changed", "task.ts", "export default () => { process.env.LEFT = '1'; }"],
    ["its folder was changed", "task.ts", "export default () => process.chdir('/')"],
    ["it listens to the process", "task.ts", "export default () => void process.on('exit', () => {})"],
    ["its exit code was set", "task.ts", "export default () => { process.exitCode = 0; }"],
    [
      "it started another process",
      "task.ts",
      "import { execFileSync } from 'node:child_process'; export default () => void execFileSync('true')",
    ],
    [
      "another process of it runs",
      "task.ts",
      "import { spawn } from 'node:child_process'; export default () => spawn('sleep', ['1000'], { stdio: 'ignore' }).unref()",
    ],
  ])("is not used again when %s", async (_, value, text) => {
    expect(await nodeWorld(text).shares(value)).toBe(false);
  });

  test("is not used again when a module that it loaded has changed", async () => {
    const world = nodeWorld("import { n } from './other.ts'; export default () => ({ n })");
    world.file.write("export const n = 1", "other.ts");
    const numbers = { outputs: NUMBER };
    expect(await world.run("task.ts", numbers)).toMatchObject({ outputs: { n: 1 } });
    world.file.write("export const n = 22", "other.ts");
    expect(await world.run("task.ts", numbers)).toMatchObject({ outputs: { n: 22 } });
  });

  test.each([
    ["another environment", { env: { ENGINE_TASK: "train", LEVEL: "2" } }],
    ["another folder", { cwd: "/", config: undefined }],
  ])("is not used for %s", async (_, more) => {
    const world = nodeWorld("export default () => {}");
    const { config: __, ...rest } = { config: undefined, ...more };
    expect(await world.shares(join(world.folder, "task.ts"), () => {}, rest)).toBe(false);
  });

  test("keeps what its module holds", async () => {
    const { run } = nodeWorld(PLAIN);
    expect(await run("task.ts", { outputs: NUMBER })).toMatchObject({ outputs: { n: 1 } });
    expect(await run("task.ts", { outputs: NUMBER })).toMatchObject({ outputs: { n: 2 } });
  });

  test("is never used by two attempts at once, and an attempt that is killed takes no other with it", async () => {
    const world = nodeWorld(`
      import { existsSync } from "node:fs";
      export default async ({ log }) => { log("waits"); while (!existsSync("go")) await new Promise((r) => setTimeout(r, 10)); }`);
    const works = [world.start(), world.start()];
    await until("both run", () => world.lines.length === 2);
    const [one, two] = works.map(world.pidOf);
    expect(one).not.toBe(two);
    const [first] = works;
    if (first !== undefined) world.executor.stop(first, "cancelled", 0);
    writeFileSync(join(world.folder, "go"), "");
    const outcomes = await Promise.all(works.map((work) => world.outcome(work)));
    expect(outcomes.map(({ state }) => state)).toEqual(["failed", "success"]);
  });

  test("ends when its engine is gone", async () => {
    const world = nodeWorld("export default () => {}");
    const work = world.start();
    await world.outcome(work);
    const pid = world.pidOf(work);
    expect(isAlive(pid)).toBe(true);
    await world.executor.detach();
    await until("it ends", () => !isAlive(pid));
  });

  test("ends after so many attempts", async () => {
    const world = nodeWorld("export default () => {}");
    const pids = new Set<number>();
    for (let i = 0; i < 51; i++) {
      const work = world.start();
      await world.outcome(work);
      pids.add(world.pidOf(work));
    }
    expect(pids.size).toBe(2);
  });
});

describe("a process of an engine that is gone", () => {
  test("doesn't begin an attempt that was given up meanwhile", async () => {
    const world = nodeWorld("import { writeFileSync } from 'node:fs'; export default () => writeFileSync('ran', '')");
    const work = world.file.work("task.ts");
    const { folder, fence } = attemptFiles(world.data, work);
    mkdirSync(folder, { recursive: true });
    writeFileSync(fence, "");
    world.executor.start(work);
    expect((await world.outcome(work)).state).toBe("lost");
    expect(existsSync(join(world.folder, "ran"))).toBe(false);
  });

  test("ends its attempt, also one that is not its first, and leaves the result", async () => {
    const world = nodeWorld(`
      import { existsSync } from "node:fs";
      export default async (context, { wait }) => {
        if (wait) console.log("waits");
        while (wait && !existsSync("go")) await new Promise((r) => setTimeout(r, 10));
        console.log("done");
        return { n: 5 };
      }`);
    const one = world.start({ module: "task.ts", with: { wait: false } }, { outputs: NUMBER });
    await world.outcome(one);
    const two = world.start({ module: "task.ts", with: { wait: true } }, { outputs: NUMBER });
    await world.logged("waits");
    expect(world.pidOf(two)).toBe(world.pidOf(one));
    await world.executor.detach();
    const next = world.successor();
    next.executor.adopt(two);
    writeFileSync(join(world.folder, "go"), "");
    expect(await next.outcome(two)).toEqual({ state: "success", outputs: { n: 5 } });
    expect(next.log(two)).toEqual(["stdout: waits", "stdout: done"]);
    await until("it ends", () => !isAlive(world.pidOf(two)));
  });

  test("tells why a function failed to the engine that comes next", async () => {
    const world = nodeWorld(`
      import { existsSync } from "node:fs";
      export default async ({ log }) => { log("waits"); while (!existsSync("go")) await new Promise((r) => setTimeout(r, 10)); throw new Error("too late"); }`);
    const work = world.start();
    await world.logged("waits");
    await world.executor.detach();
    writeFileSync(join(world.folder, "go"), "");
    await until("it ends", () => !isAlive(world.pidOf(work)));
    const next = world.successor();
    next.executor.adopt(work);
    expect(failureOf(await next.outcome(work))).toMatchObject({ reason: "exception", message: "Error: too late" });
  });
});

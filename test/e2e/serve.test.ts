import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";
import { makeGate } from "../support/pipelines.ts";
import { isAlive } from "../support/processes.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * The daemon as a process of its own, with a real folder, a real clock and real signals.
 */

/** A task that writes that it began, and ends when the gate opens. */
const gated = (schedule = ""): string => `${schedule}
tasks:
  work:
    bash: |
      echo $$ >> began
      until [ -e gate ]; do sleep 0.05; done
`;
const QUICK = (word: string): string => `tasks:\n  say: { bash: "echo ${word}" }\n`;

interface Served {
  readonly cwd: string;
  readonly daemon: EngineProcess;
  write(name: string, text: string): void;
  engine(
    ...args: readonly string[]
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

async function serve(cwd: string, ...args: readonly string[]): Promise<Served> {
  const daemon = startEngine(["serve", ...args], { cwd });
  await daemon.prints("engine serves");
  return {
    cwd,
    daemon,
    write: (name, text) => writeFileSync(join(cwd, "pipelines", name), text),
    engine: (...line) => runEngine(line, { cwd }),
  };
}

const served = (files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Served> =>
  serve(aFolder({ "engine.yaml": "", ...files }), ...args);

async function end({ daemon }: Served, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  daemon.kill(signal);
  await daemon.ended;
}

const states = async ({ engine }: Served): Promise<readonly { state: string; run_id: string; trigger: string }[]> =>
  JSON.parse((await engine("runs", "list", "--json")).stdout).runs;

describe("engine serve", () => {
  test("starts what is due, once for each slot", async () => {
    const one = await served({ "pipelines/tick.yaml": `schedule: "* * * * * *"\n${QUICK("tick")}` });
    await one.daemon.prints(/(run_finished[\s\S]*){3}/);
    await end(one);
    const dates = (await states(one)).map((run) => (run as unknown as { logical_date: number }).logical_date);
    expect(dates.length).toBeGreaterThanOrEqual(3);
    expect(new Set(dates).size).toBe(dates.length);
  });

  test("takes a save up, keeps the last good version of what breaks, over a crash, and retires what is gone", async () => {
    const one = await served({ "pipelines/a.yaml": QUICK("one") });
    one.write("b.yaml", QUICK("two"));
    await one.daemon.prints("b is live");
    expect((await one.engine("trigger", "b")).code).toBe(0);
    await one.daemon.prints(/"pipeline":"b","state":"success"/);
    one.write("b.yaml", "tasks:\n  say: { bsh: x }\n");
    await one.daemon.prints("the last good version of b stays live");
    expect((await one.engine("trigger", "b")).code).toBe(0);
    await one.daemon.prints(/("pipeline":"b","state":"success"[\s\S]*){2}/);
    await end(one, "SIGKILL");
    const two = await serve(one.cwd);
    expect((await two.engine("trigger", "b")).code).toBe(0);
    await two.daemon.prints(/"pipeline":"b","state":"success"/);
    rmSync(join(one.cwd, "pipelines/b.yaml"));
    await two.daemon.prints("b is retired");
    const { code, stderr } = await two.engine("trigger", "b");
    expect([code, stderr]).toEqual([2, expect.stringContaining("the engine has no pipeline b")]);
    await end(two);
  });

  test("killed in the middle of a run, it loses nothing: the next finds the task that went on", async () => {
    const one = await served({ "pipelines/work.yaml": gated() });
    await one.engine("trigger", "work");
    await one.daemon.prints("run_created");
    const began = join(one.cwd, "pipelines/began");
    while (!existsSync(began) || readFileSync(began, "utf8") === "") await one.engine("runs", "list");
    await end(one, "SIGKILL");
    const pid = Number(readFileSync(began, "utf8"));
    expect(isAlive(pid)).toBe(true);
    const two = await serve(one.cwd);
    makeGate(join(one.cwd, "pipelines"));
    await two.daemon.prints(/"state":"success"/);
    await end(two);
    expect(readFileSync(began, "utf8").trim().split("\n")).toHaveLength(1);
    expect(await states(two)).toMatchObject([{ state: "success" }]);
  });

  test("an upgrade in the middle of a run interrupts no task", async () => {
    const one = await served({ "pipelines/work.yaml": gated() });
    await one.engine("trigger", "work");
    const began = join(one.cwd, "pipelines/began");
    while (!existsSync(began) || readFileSync(began, "utf8") === "") await one.engine("runs", "list");
    const pid = Number(readFileSync(began, "utf8"));
    await end(one);
    // The new version is installed in the place of the old one, whose files are gone.
    const installed = join(temporaryFolder(), "engine");
    cpSync(dirname(dirname(builtCli())), installed, {
      recursive: true,
      filter: (path) => !/\/(node_modules|\.git|test|\.engine)$/.test(path),
    });
    expect(isAlive(pid)).toBe(true);
    const daemon = startEngine(["serve"], { cwd: one.cwd, bin: join(installed, "dist/engine.cjs") });
    await daemon.prints("engine serves");
    makeGate(join(one.cwd, "pipelines"));
    await daemon.prints(/"state":"success"/);
    daemon.kill("SIGTERM");
    await daemon.ended;
    expect(readFileSync(began, "utf8").trim().split("\n")).toEqual([String(pid)]);
  });

  test("asked to wait, it ends with its runs; to cancel, it cancels them", async () => {
    for (const [how, state] of [
      ["wait", "success"],
      ["cancel", "cancelled"],
    ] as const) {
      const one = await served({ "pipelines/work.yaml": gated() }, "--on-stop", how);
      await one.engine("trigger", "work");
      while (!existsSync(join(one.cwd, "pipelines/began"))) await one.engine("runs", "list");
      one.daemon.kill("SIGTERM");
      await one.daemon.prints("stopping");
      const another = await one.engine("trigger", "work");
      if (how === "wait") expect([another.code, another.stderr]).toEqual([3, expect.stringContaining("is closing")]);
      else expect(another.code).not.toBe(0);
      if (how === "wait") makeGate(join(one.cwd, "pipelines"));
      expect(await one.daemon.ended).toEqual({ code: 0, signal: null });
      expect(await states(one)).toMatchObject([{ state }]);
    }
  });

  test("a pause holds with a daemon and without, and over a restart", async () => {
    const one = await served({ "pipelines/tick.yaml": `schedule: "* * * * * *"\n${QUICK("tick")}` });
    expect((await one.engine("pause", "tick", "--why", "budget")).stdout).toContain("is paused");
    await one.daemon.prints("skipped (paused)");
    await end(one);
    const before = (await states(one)).length;
    const two = await serve(one.cwd);
    await two.daemon.prints(/skipped \((paused|downtime)\)/);
    expect(await states(two)).toHaveLength(before);
    await end(two);
    expect((await one.engine("resume", "tick")).code).toBe(0);
    const three = await serve(one.cwd);
    await three.daemon.prints("run_finished");
    await end(three);
  });

  test("at SIGHUP engine.yaml is read again: what runs goes on, and a broken file changes nothing", async () => {
    const say = 'tasks:\n  say: { bash: "echo ${{ vars.word }}", pool: one }\n';
    const yaml = (word: string, more = ""): string => `vars: { word: ${word} }\n${more}`;
    const one = await served({ "pipelines/say.yaml": say, "engine.yaml": yaml("first") });
    expect((await one.engine("trigger", "say")).code).toBe(2);
    const reload = (text: string): void => {
      writeFileSync(join(one.cwd, "engine.yaml"), text);
      one.daemon.kill("SIGHUP");
    };
    reload(yaml("second", "pools: { one: 1 }\n"));
    await one.daemon.prints("say is live");
    reload("vars: [\n");
    await one.daemon.prints("what it said before stays in force");
    // Other commands read the file too.
    writeFileSync(join(one.cwd, "engine.yaml"), yaml("third"));
    expect((await one.engine("trigger", "say")).code).toBe(0);
    await one.daemon.prints(/"pipeline":"say","state":"success"/);
    expect((await one.engine("logs", "latest", "say")).stdout).toContain("second");
    reload(yaml("third", "pools: { one: 1 }\ndata: elsewhere\n"));
    await one.daemon.prints("for data it has to be started again");
    await end(one);
  });

  test("runs beyond max_active_runs wait, and start when there is room", async () => {
    const one = await served({ "pipelines/work.yaml": gated() });
    await one.engine("trigger", "work");
    await one.engine("trigger", "work");
    expect((await states(one)).map(({ state }) => state).sort()).toEqual(["queued", "running"]);
    makeGate(join(one.cwd, "pipelines"));
    await one.daemon.prints(/("state":"success"[\s\S]*){2}/);
    await end(one);
  });

  test("holds its data folder: a second one is refused, and other commands work beside it", async () => {
    const one = await served({ "pipelines/a.yaml": QUICK("one") });
    const second = await one.engine("serve");
    expect([second.code, second.stderr]).toEqual([3, expect.stringContaining("(engine serve)")]);
    expect((await one.engine("backup", "copy.db")).code).toBe(0);
    await end(one);
  });
});

test("trigger without a daemon says what to do", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/a.yaml": QUICK("one") });
  const { code, stderr } = await runEngine(["trigger", "a"], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining("start `engine serve`")]);
});

test("systemd is told when the daemon is ready, that it lives, and when it stops", async () => {
  const cwd = aFolder({
    "engine.yaml": "",
    "pipelines/a.yaml": QUICK("one"),
    // Stands for the program, which writes to a socket that Node can't listen on.
    "bin/systemd-notify": '#!/bin/bash\necho "$@" >> told\n',
  });
  chmodSync(join(cwd, "bin/systemd-notify"), 0o755);
  const env = { NOTIFY_SOCKET: "/run/none", WATCHDOG_USEC: "50000", PATH: `${cwd}/bin:${process.env.PATH}` };
  const daemon = startEngine(["serve"], { cwd, env });
  await daemon.prints("engine serves");
  const told = (): string => (existsSync(join(cwd, "told")) ? readFileSync(join(cwd, "told"), "utf8") : "");
  while (!told().includes("WATCHDOG=1")) await runEngine(["--version"], { cwd });
  expect(told()).toMatch(new RegExp(`^--pid=${daemon.pid} --ready\n`));
  daemon.kill("SIGTERM");
  await daemon.ended;
  expect(told()).toContain("--stopping");
});

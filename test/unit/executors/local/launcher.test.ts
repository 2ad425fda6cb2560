import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TaskKey } from "../../../../src/core/index.ts";
import type { AttemptWork } from "../../../../src/engine/index.ts";
import { attemptFiles } from "../../../../src/executors/local/files.ts";
import { type Launch, Launcher } from "../../../../src/executors/local/launcher.ts";
import { isWrapper, liveGroups } from "../../../../src/executors/local/process-table.ts";
import { findBash } from "../../../../src/executors/local/spawn.ts";
import { parseStatus } from "../../../../src/executors/local/wrapper.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { drive } from "../../../support/drive-executor.ts";
import { failureOf, type LocalWorld, localWorld, processesOf, until } from "../../../support/local-world.ts";
import { isAlive } from "../../../support/processes.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const SUCCESS = { state: "success", outputs: {} };
const BASH = findBash(process.env.PATH ?? "") ?? "";

/** An attempt's wrapper and the session that it is in, by its status file. */
function leaderOf({ data }: { readonly data: string }, work = bashWork("")) {
  const status = parseStatus(readFileSync(attemptFiles(data, work).status, "utf8"));
  if (!("leader" in status)) throw new Error(`the attempt has not begun: ${JSON.stringify(status)}`);
  return status.leader;
}

/** The launcher that started an attempt; undefined when the engine did. */
function launcherOf(world: LocalWorld, work?: AttemptWork): number | undefined {
  const { pid, session } = leaderOf(world, work);
  return session === pid ? undefined : session;
}

const named = (key: string, script: string, more = {}): AttemptWork =>
  bashWork(script, { key: key as TaskKey, ...more });

/** A script that says that it is ready, and ends with a code once there is a file `go`. */
const waits = (folder: string, code = 0): string =>
  `echo ready\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done\nexit ${code}`;

/** A bash that does something of its own when a launcher is made of it. */
function bashThat(does: string): string {
  const path = join(temporaryFolder(), "bash");
  writeFileSync(path, `#!${BASH}\n[ "$1" != --norc ] || { ${does}; }\nexec ${BASH} "$@"\n`);
  chmodSync(path, 0o700);
  return path;
}

describe("what the launcher starts", () => {
  /** Says what a process has from its parent. */
  const DESCRIBE = [
    "env -0 | sort -z | tr '\\0\\n' '\\n~'",
    'echo "options $- level $SHLVL here $PWD before ${OLDPWD-none} umask $(umask)"',
    // Read by the shell itself: what it does with signals changes while it waits for another program.
    'while read -r line; do [[ ! $line =~ ^(Sig(Blk|Ign|Cgt)|Groups|NoNewPrivs) ]] || echo "$line"; done < /proc/$$/status',
    'for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink "$fd") $(grep flags "/proc/$$/fdinfo/${fd##*/}")"; done',
    "ulimit -a | grep -v pending",
    "declare -F || true",
  ].join("\n");

  /** Runs that script by the launcher and directly, and gives both logs. */
  async function described(env: Record<string, string>, cwd: string) {
    const [launched, directly] = [localWorld(), localWorld()];
    await launched.run(DESCRIBE, { env, cwd });
    // Such a name can't be exported by a shell, and `sh` drops it.
    await directly.run(DESCRIBE, { env: { ...env, "no.name": "" }, cwd });
    expect(launcherOf(launched)).toBeDefined();
    expect(launcherOf(directly)).toBeUndefined();
    return [launched, directly].map((world) =>
      world
        .log()
        .map((line) => line.replaceAll(world.data, "DATA").replace(/pipe:\[\d+\]/, "pipe"))
        .sort(),
    );
  }

  function withEnvironment(env: Record<string, string | undefined>): void {
    for (const [name, value] of Object.entries(env)) {
      const before = process.env[name];
      onTestFinished(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }

  test("has all that it would have from the engine, and nothing of the launcher's", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "größe 'n\" $(x)\n\\"));
    const [launched, directly] = await described({ MINE: "mine", LC_ALL: "xx_YY.UTF-8", HOME: "/nowhere" }, folder);
    expect(launched).toEqual(directly);
    const [odd, oddDirectly] = await described({}, join(folder, "größe 'n\" $(x)\n\\"));
    expect(odd).toEqual(oddDirectly);
  });

  test.each<Record<string, string | undefined>>([
    { SHLVL: "7", OLDPWD: "/usr", PWD: "/tmp" },
    { SHLVL: undefined, OLDPWD: undefined, PWD: undefined, SSH_CLIENT: "a shell's reason to read ~/.bashrc" },
    { BASH_ENV: "/surely/not", CDPATH: "/usr", GLOBIGNORE: "*", PS4: "> ", ENV: "/surely/not", TERM: "" },
    { _: "x", REPLY: "y", n: "1", MAPFILE: "z", LANG: "de_DE.UTF-8", COLUMNS: "20", HOSTNAME: "me", OPTARG: "o" },
  ])("inherits %j as it is", async (env) => {
    withEnvironment(env);
    const [launched, directly] = await described({}, "/usr");
    expect(launched).toEqual(directly);
  });

  test("has the functions that the engine inherited, which mean nothing to the launcher", async () => {
    withEnvironment({ "BASH_FUNC_echo%%": "() { builtin echo mine; }", "BASH_FUNC_read%%": "() { false; }" });
    const world = localWorld();
    expect(await world.run("echo any")).toEqual(SUCCESS);
    expect(launcherOf(world)).toBeDefined();
    expect(world.log()).toEqual(["stdout: mine"]);
  });

  test("has the engine's umask, and files that only their owner may read", async () => {
    const before = process.umask(0o013);
    onTestFinished(() => void process.umask(before));
    const world = localWorld();
    await world.run("umask; touch /dev/null; ls -l $(dirname $ENGINE_OUTPUT) | grep -vc -- '-rw-------'");
    expect(launcherOf(world)).toBeDefined();
    // What is counted is the line of the total.
    expect(world.log()).toEqual(["stdout: 0013", "stdout: 1"]);
  });

  test("has values of any kind", async () => {
    const all = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join("");
    const values = [
      all,
      `${all}\n`,
      "\n\n",
      "",
      "'",
      "\\'",
      "$'\\001'",
      "a\x01\x7fb",
      "ü\u{1f682}\u0085",
      "-n",
      "~",
      "\\",
    ];
    const world = localWorld();
    const env = Object.fromEntries(values.map((value, i) => [`V${i}`, value]));
    const print = values.map((_, i) => `printf %s "$V${i}" | base64 -w0; echo`).join("\n");
    await world.run(print, { env });
    expect(launcherOf(world)).toBeDefined();
    expect(world.log()).toEqual(values.map((value) => `stdout: ${Buffer.from(value).toString("base64")}`));
  });

  test("has none of the engine's secrets near it", async () => {
    withEnvironment({ ENGINE_SECRET_TOKEN: "hidden" });
    const world = localWorld();
    await world.run("true");
    expect(readFileSync(`/proc/${launcherOf(world)}/environ`, "utf8")).not.toContain("hidden");
  });
});

describe("the engine starts directly", () => {
  test.each([
    ["a name that no shell can export", { "a.b": "1" }],
    ["a name that can't be assigned in bash", { UID: "7" }],
    ["a name that changes how bash reads", { IFS: "e" }],
    ["a name that changes how bash runs commands", { POSIXLY_CORRECT: "1" }],
    ["a name that bash sets itself", { RANDOM: "3" }],
    ["a large environment", { X: "x".repeat(100_000) }],
  ])("what has %s", async (_, env) => {
    const world = localWorld();
    expect(await world.run("true", { env })).toEqual(SUCCESS);
    expect(launcherOf(world)).toBeUndefined();
  });

  test("everything, when it inherited such a name", async () => {
    process.env.TMOUT = "1";
    onTestFinished(() => void delete process.env.TMOUT);
    const world = localWorld();
    expect(await world.run("true")).toEqual(SUCCESS);
    expect(launcherOf(world)).toBeUndefined();
  });

  test("everything, when a launcher ends at once, and tries no other", async () => {
    const tries = join(temporaryFolder(), "tries");
    const world = localWorld({ bash: bashThat(`echo one >> ${tries}; exit 1`) });
    for (const key of ["a", "b", "c"]) expect(await world.run("true", { key: key as TaskKey })).toEqual(SUCCESS);
    expect(readFileSync(tries, "utf8")).toBe("one\n");
  });
});

describe("a request to the launcher", () => {
  function launcher(bash = BASH) {
    const clock = new VirtualClock();
    const gone = Promise.withResolvers<void>();
    const started = Launcher.start(bash, {}, clock, () => gone.resolve());
    if (started === undefined) throw new Error("no launcher was started");
    onTestFinished(() => started.close());
    const folder = temporaryFolder();
    const launch: Launch = { base: join(folder, "task.1"), cwd: folder, env: {}, command: [BASH, "-c", "touch ran"] };
    return { clock, gone: gone.promise, launch, launcher: started, ran: () => existsSync(join(folder, "ran")) };
  }

  test("starts nothing whose status file is there", async () => {
    const { launcher: asked, launch, ran } = launcher();
    writeFileSync(`${launch.base}.status`, "");
    expect(await asked.launch(launch)).toEqual({ type: "exists" });
    expect(ran()).toBe(false);
  });

  test("starts nothing that was given up", async () => {
    const { launcher: asked, launch, ran } = launcher();
    writeFileSync(`${launch.base}.fence`, "");
    expect(await asked.launch(launch)).toEqual({ type: "exists" });
    expect(ran()).toBe(false);
  });

  test("of the same attempt twice starts it once", async () => {
    const { launcher: asked, launch } = launcher();
    const answers = await Promise.all([asked.launch(launch), asked.launch(launch), asked.launch(launch)]);
    expect(answers.map(({ type }) => type).sort()).toEqual(["began", "exists", "exists"]);
  });

  test.each([
    ["a folder that is not there", { cwd: "/surely/not" }],
    ["a program that is not there", { command: ["/surely/not"] }],
    ["files that can't be made", { base: "/surely/not/there" }],
  ])("for %s leaves no status file", async (_, wrong) => {
    const { launcher: asked, launch } = launcher();
    expect(await asked.launch({ ...launch, ...wrong })).toEqual({ type: "failed" });
    expect(existsSync(`${launch.base}.status`)).toBe(false);
  });

  test("that is not answered in time is given up, and the launcher with it", async () => {
    const { launcher: asked, launch, clock, gone } = launcher(bashThat("kill -STOP $$"));
    const answer = asked.launch(launch);
    clock.advance(5_000);
    expect(await answer).toEqual({ type: "failed" });
    await gone;
    expect(clock.pending).toBe(0);
  });
});

describe("the launcher", () => {
  test("collects what has ended, and its memory doesn't grow with it", async () => {
    const world = localWorld();
    const memory = (): number =>
      Number(/^VmData:\s+(\d+)/m.exec(readFileSync(`/proc/${launcherOf(world)}/status`, "utf8"))?.[1]);
    const some = async (from: number): Promise<void> => {
      const works = Array.from({ length: 100 }, (_, i) => named(`${from + i}`, "true"));
      for (const work of works) world.executor.start(work);
      for (const work of works) expect(await world.outcome(work)).toEqual(SUCCESS);
    };
    await world.run("true");
    await some(0);
    const before = memory();
    await some(100);
    expect(memory()).toBe(before);
    const children = (): string =>
      readFileSync(`/proc/${launcherOf(world)}/task/${launcherOf(world)}/children`, "utf8");
    await until("its children are gone", () => children() === "");
  });

  test("ends with the executor, and what it started goes on", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    world.executor.start(bashWork(waits(folder)));
    await world.logged("ready");
    const launcher = launcherOf(world) ?? 0;
    await world.executor.detach();
    await until("it is gone", () => !isAlive(launcher));
    const { pid } = leaderOf(world);
    expect(isAlive(pid)).toBe(true);
    writeFileSync(join(folder, "go"), "");
    await until("the wrapper is gone", () => !isAlive(pid));
    expect(readFileSync(attemptFiles(world.data, bashWork("")).status, "utf8")).toContain("\nend 0\n");
  });

  test("ends with an engine that is killed", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const driven = drive(world.data, { attempts: [{ key: "train", script: waits(folder) }], epoch: 1 });
    await until("it runs", () => processesOf(world.data).length > 0);
    const launcher = launcherOf(world) ?? 0;
    expect(isAlive(launcher)).toBe(true);
    driven.kill();
    await until("it is gone", () => !isAlive(launcher));
    writeFileSync(join(folder, "go"), "");
    world.executor.adopt(bashWork(""));
    expect(await world.outcome()).toEqual(SUCCESS);
  });

  test("with nothing to do doesn't keep the engine's process alive", async () => {
    const { data } = localWorld();
    const attempts = ["true", "kill -9 0"].map((script, i) => ({ key: `task${i}`, script }));
    const driven = drive(data, { attempts, epoch: 1, stays: true });
    await driven.exited;
  });

  test("may be killed: what runs ends as it would have, and another one starts what comes", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const works = Array.from({ length: 8 }, (_, i) => named(`running${i}`, waits(folder, i)));
    for (const work of works) world.executor.start(work);
    for (const work of works) await until("it runs", () => world.lines.some(({ key }) => key === work.key));
    const [first = bashWork("")] = works;
    const launcher = launcherOf(world, first) ?? 0;
    process.kill(launcher, "SIGKILL");
    await until("it is gone", () => !isAlive(launcher));
    await until("another one starts an attempt", () => {
      const work = named(`next${Date.now()}`, "true");
      void world.executor.start(work);
      return world.reports.some(
        ({ key }) => key.startsWith("next") && (launcherOf(world, named(key, "")) ?? launcher) !== launcher,
      );
    });
    writeFileSync(join(folder, "go"), "");
    expect(await world.outcome(first)).toEqual(SUCCESS);
    for (const [i, work] of works.entries()) {
      if (i > 0) expect(failureOf(await world.outcome(work))).toMatchObject({ exit_code: i, log_tail: ["ready"] });
    }
  });

  test("killed in the middle of many starts, leaves each attempt with one outcome and at most one process", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    await world.run("true", { key: "first" as TaskKey });
    const launcher = launcherOf(world, named("first", "")) ?? 0;
    const works = Array.from({ length: 20 }, (_, i) => named(`many${i}`, `echo ran >> ${folder}/${i}\nsleep 0.05`));
    for (const [i, work] of works.entries()) {
      world.executor.start(work);
      if (i === 10) process.kill(launcher, "SIGKILL");
    }
    for (const [i, work] of works.entries()) {
      const outcome = await world.outcome(work);
      const ran = readdirSync(folder).includes(`${i}`) ? readFileSync(join(folder, `${i}`), "utf8") : "";
      expect([outcome.state, ran]).toEqual(outcome.state === "lost" ? ["lost", ""] : ["success", "ran\n"]);
    }
  });
});

describe("an attempt of the launcher's", () => {
  test("whose wrapper is killed is noticed, and what is left of it is ended", async () => {
    const world = localWorld();
    world.executor.start(bashWork("trap '' TERM\necho ready\nsleep 1000"));
    await world.logged("ready");
    process.kill(leaderOf(world).pid, "SIGKILL");
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "signal", signal: "SIGKILL" });
    expect(processesOf(world.data)).toEqual([]);
  });

  test("that signals its own group hears of it, and its end is told", async () => {
    const world = localWorld();
    for (const [attempt, signal] of ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM"].entries()) {
      const script = `trap 'exit 7' ${signal}\nkill -${signal} 0\nsleep 1000`;
      expect(failureOf(await world.run(script, { attempt: attempt + 1 }))).toMatchObject({ exit_code: 7 });
    }
  });

  test("is stopped with the groups that its script made, and no other attempt is", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const other = named("other", waits(folder));
    world.executor.start(other);
    const deaf = "trap '' TERM INT HUP\n";
    const script = `${deaf}set -m\n(${deaf}exec env -i sleep 1000) &\ntimeout 1000 env -i sleep 1000 &\nbash -c 'set -m; (sleep 1000; true) &'\necho all of it\nwait`;
    world.executor.start(bashWork(script));
    await until("both run", () =>
      ["ready", "all of it"].every((text) => world.lines.some((line) => line.text === text)),
    );
    const leader = leaderOf(world);
    expect(leader.session).toBe(launcherOf(world, other));
    const files = attemptFiles(world.data, bashWork(""));
    await until("the script's groups are there", () => liveGroups(leader, files).length === 4);
    const groups = liveGroups(leader, files);
    world.executor.stop(bashWork(""), "cancelled", 50);
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "cancelled", signal: "SIGKILL" });
    await until("they are gone", () => !groups.some(isAlive));
    expect(isAlive(leader.session)).toBe(true);
    writeFileSync(join(folder, "go"), "");
    expect(await world.outcome(other)).toEqual(SUCCESS);
  });

  test("is not taken for another one of the same launcher that has got its process id", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const other = named("other", waits(folder));
    world.executor.start(other);
    await world.logged("ready");
    const leader = leaderOf(world, other);
    const files = attemptFiles(world.data, bashWork(""));
    mkdirSync(dirname(files.status), { recursive: true });
    writeFileSync(files.status, `pid ${leader.pid} ${leader.session}\n`);
    expect(isWrapper(leader.pid, files)).toBe(false);
    expect(isWrapper(leader.pid, attemptFiles(world.data, other))).toBe(true);
    world.executor.adopt(bashWork(""));
    world.executor.stop(bashWork(""), "cancelled", 0);
    expect((await world.outcome()).state).toBe("lost");
    writeFileSync(join(folder, "go"), "");
    expect(await world.outcome(other)).toEqual(SUCCESS);
  });

  test("that was stopped in its middle and is adopted is ended with its groups", async () => {
    const world = localWorld();
    world.executor.start(
      bashWork("trap '' TERM\nset -m\n(trap '' TERM; sleep 1000; true) &\necho ready\nwait; sleep 1000"),
    );
    await world.logged("ready");
    await world.executor.detach();
    const next = world.successor();
    next.executor.adopt(bashWork(""));
    next.executor.stop(bashWork(""), "cancelled", 0);
    expect((await next.outcome()).state).not.toBe("success");
    expect(processesOf(world.data)).toEqual([]);
  });
});

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../../src/core/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { drive } from "../../../support/drive-executor.ts";
import { failureOf, localWorld, processesOf, until } from "../../../support/local-world.ts";
import { isAlive } from "../../../support/processes.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const SUCCESS = { state: "success", outputs: {} };

describe("how a script ends", () => {
  test("code 0 is success", async () => {
    expect(await localWorld().run("true")).toEqual(SUCCESS);
  });

  test("another code is a failure that shows it, and the end of the log", async () => {
    const failure = failureOf(await localWorld().run("echo out\necho err >&2\nexit 3"));
    expect(failure).toMatchObject({ reason: "exit_code", exit_code: 3, message: "the script ended with exit code 3" });
    expect(failure.log_tail?.toSorted()).toEqual(["err", "out"]);
  });

  test("the skip code skips, and any other code doesn't", async () => {
    const world = localWorld();
    expect(await world.run("exit 99")).toMatchObject({ state: "skipped" });
    expect(await world.run("exit 99", { attempt: 2, skip_exit_code: 7 })).toMatchObject({ state: "failed" });
    expect(await world.run("exit 7", { attempt: 3, skip_exit_code: 7 })).toMatchObject({ state: "skipped" });
  });

  test("a code is known also when the files of the attempt are gone", async () => {
    const failure = failureOf(await localWorld().run('rm -r "$(dirname "$ENGINE_OUTPUT")"\nexit 3'));
    expect(failure).toMatchObject({ reason: "exit_code", exit_code: 3 });
  });

  test("codes of the shell are explained", async () => {
    const world = localWorld();
    const notFound = failureOf(await world.run("surely-no-such-command"));
    expect(notFound).toMatchObject({ exit_code: 127 });
    expect(notFound.message).toContain("was not found");
    expect(notFound.log_tail?.[0]).toContain("train.sh: line 1: surely-no-such-command: command not found");
    expect(failureOf(await world.run("/dev/null", { attempt: 2 })).message).toContain("can't be executed");
    const killed = failureOf(await world.run("bash -c 'kill -9 $$'", { attempt: 3 }));
    expect(killed).toMatchObject({ reason: "exit_code", exit_code: 137 });
    expect(killed.message).toContain("SIGKILL, often because");
  });

  test.each([
    ["kill -9 $$", "SIGKILL"],
    ["kill -9 $BASHPID", "SIGKILL"],
    ["kill -SEGV $$; sleep 5", "SIGSEGV"],
    ["kill -9 0", "SIGKILL"],
  ])("`%s` is a failure by that signal", async (script, signal) => {
    expect(failureOf(await localWorld().run(script))).toMatchObject({ reason: "signal", signal });
  });

  test("a code above 128 that the script chose is a code", async () => {
    const failure = failureOf(await localWorld().run("echo Killed, nearly >&2; exit 137"));
    expect(failure).toMatchObject({ reason: "exit_code", exit_code: 137 });
  });

  test("a command that ends by a signal fails the script with its code", async () => {
    for (const script of ["bash -c 'kill -TERM $$'; echo never", "bash -c 'kill -9 $$'; echo never"]) {
      expect(failureOf(await localWorld().run(script)).reason).toBe("exit_code");
    }
    expect(failureOf(await localWorld().run("kill $$"))).toMatchObject({ reason: "exit_code", exit_code: 143 });
  });

  test("the first command that fails ends the script, also inside functions and pipes", async () => {
    const world = localWorld();
    expect(await world.run("f() { false; echo never; }\nf\necho never")).toMatchObject({ state: "failed" });
    expect(await world.run("false | cat\necho never", { attempt: 2 })).toMatchObject({ state: "failed" });
    expect(await world.run('echo "$SURELY_NOT_SET"\necho never', { attempt: 3 })).toMatchObject({ state: "failed" });
    expect(world.lines.filter(({ text }) => text === "never")).toEqual([]);
  });

  test("`set +e`, `exec`, traps and subshells work as in any script", async () => {
    const world = localWorld();
    expect(await world.run("set +e\nfalse\ntrue")).toEqual(SUCCESS);
    expect(failureOf(await world.run("exec bash -c 'exit 5'", { attempt: 2 }))).toMatchObject({ exit_code: 5 });
    expect(failureOf(await world.run("trap 'echo bye; exit 6' EXIT\nfalse", { attempt: 3 }))).toMatchObject({
      exit_code: 6,
      log_tail: ["bye"],
    });
    const trapped = "set -E\ntrap 'echo \"line $LINENO failed\"' ERR\n\nf() {\n  false\n}\nf";
    expect(failureOf(await world.run(trapped, { attempt: 4 })).log_tail?.[0]).toBe("line 5 failed");
    expect(await world.run("trap 'exit 0' TERM\nkill $$\nsleep 5", { attempt: 5 })).toEqual(SUCCESS);
    expect(await world.run("(exit 4) || true", { attempt: 6 })).toEqual(SUCCESS);
  });

  test("errors name the line of the script", async () => {
    const failure = failureOf(await localWorld().run("true\n\nif [ x ; then"));
    expect(failure.exit_code).toBe(2);
    expect(failure.log_tail?.[0]).toMatch(/train\.sh: line \d: /);
  });

  test("$0 is the script, and it knows where it stands", async () => {
    const world = localWorld();
    await world.run('echo "$0 $# $BASH_SUBSHELL"; echo "${BASH_SOURCE[0]}"');
    const script = join(world.data, "attempts", "20260131-020000-x7k2mq", "train.sh");
    expect(world.log()).toEqual([`stdout: ${script} 0 0`, `stdout: ${script}`]);
  });

  test.each([
    ["of white space", " \n\n", []],
    ["without a last line break", "echo hi", ["stdout: hi"]],
    ["with Windows line ends", "echo a\r\nif true; then\r\n  echo b\r\nfi\r\n", ["stdout: a", "stdout: b"]],
    ["with here-documents", "cat <<'E'\n$x `y`\nE\ncat <<E\n$((1 + 1))\nE\n", ["stdout: $x `y`", "stdout: 2"]],
    ["in any writing", "echo 'größe 日本語 🚂'", ["stdout: größe 日本語 🚂"]],
    ["of a megabyte", `: '${"x".repeat(1_000_000)}'\necho end`, ["stdout: end"]],
  ])("a script %s runs", async (_, script, log) => {
    const world = localWorld();
    expect(await world.run(script)).toEqual(SUCCESS);
    expect(world.log()).toEqual(log);
  });

  test("standard input is empty, and only its two outputs are open", async () => {
    const world = localWorld();
    expect(await world.run("cat; read -r line || echo empty; ls -l /proc/$$/fd")).toEqual(SUCCESS);
    const [empty, ...open] = world.log();
    expect(empty).toBe("stdout: empty");
    const ours = open.filter((file) => file.includes(world.data)).map((file) => file.replace(/.*\./, ""));
    // Bash keeps the script itself open.
    expect(ours).toEqual(["stdout", "stderr", "sh"]);
  });
});

describe("what a script gets", () => {
  test("the environment that the engine inherited, without its secrets, and what the task adds", async () => {
    process.env.ENGINE_SECRET_TOKEN = "hidden";
    process.env.INHERITED_THING = "seen";
    try {
      const world = localWorld();
      await world.run('echo "$INHERITED_THING $MINE ${ENGINE_SECRET_TOKEN-none} $(basename "$ENGINE_OUTPUT")"', {
        env: { MINE: "a b\n'c'" },
      });
      expect(world.log()).toEqual(["stdout: seen a b", "stdout: 'c' none train.1.output"]);
    } finally {
      delete process.env.ENGINE_SECRET_TOKEN;
      delete process.env.INHERITED_THING;
    }
  });

  test("its working directory", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "here"), "");
    const world = localWorld();
    await world.run("ls", { cwd: folder });
    expect(world.log()).toEqual(["stdout: here"]);
  });

  test("a value is never code", async () => {
    const world = localWorld();
    await world.run('echo "$X"', { env: { X: '"; echo hacked; $(echo hacked) `echo hacked`' } });
    expect(world.log()).toEqual(['stdout: "; echo hacked; $(echo hacked) `echo hacked`']);
  });

  test("files that only their owner may read, and a script that attempts share", async () => {
    const world = localWorld();
    await world.run("echo a; echo x=1 >> $ENGINE_OUTPUT", { outputs: { x: { type: "integer" } } });
    await world.run("echo a; echo x=1 >> $ENGINE_OUTPUT", { attempt: 2, outputs: { x: { type: "integer" } } });
    await world.run("echo other", { attempt: 3 });
    await world.run("echo a", { key: "map[2]" as TaskKey });
    const folder = join(world.data, "attempts", "20260131-020000-x7k2mq");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith(".sh")).sort()).toEqual(["map.sh", "train.3.sh", "train.sh"]);
    expect(names).toContain("map@2.1.log");
    const open = names.filter((name) => !name.endsWith(".output") && statSync(join(folder, name)).mode & 0o077);
    expect(open).toEqual([]);
  });
});

describe("what a script leaves behind", () => {
  test("ends with it", async () => {
    const world = localWorld();
    expect(await world.run("sleep 1000 &\n(sleep 1000; echo never) &\necho $!")).toEqual(SUCCESS);
    await until("the background processes are gone", () => processesOf(world.data).length === 0);
  });

  test("its end is not waited for, also when it holds the output open", async () => {
    const world = localWorld();
    expect(await world.run("(trap '' HUP TERM; sleep 1000) &\necho done > /dev/stderr")).toEqual(SUCCESS);
    expect(world.log()).toEqual(["stderr: done"]);
  });
});

describe("stopping", () => {
  test("SIGTERM reaches the script, which may clean up", async () => {
    const world = localWorld();
    const work = bashWork("trap 'echo cleaned; exit 1' TERM\necho ready\nwhile :; do sleep 0.05; done");
    world.executor.start(work);
    await world.logged("ready");
    world.executor.stop(work, "cancelled", 10_000);
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "cancelled", exit_code: 1 });
    expect(world.log()).toContain("stdout: cleaned");
    expect(world.log()).toContain("engine: the attempt is stopped (cancelled): SIGTERM now, SIGKILL after 10 s");
  });

  test("a script without a trap ends at once, its commands too", async () => {
    const world = localWorld();
    world.executor.start(bashWork("sleep 1000 & echo ready; sleep 1000 | sleep 1000"));
    await world.logged("ready");
    world.executor.stop(bashWork(""), "timeout", 10_000);
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "timeout", exit_code: 143 });
    expect(processesOf(world.data)).toEqual([]);
  });

  test("a program that takes its time to end has the grace, although its shell is gone", async () => {
    const world = localWorld();
    const program = "process.on('SIGTERM', () => setTimeout(() => { console.log('saved'); process.exit() }, 300));";
    world.executor.start(
      bashWork(`"$NODE" -e "${program} console.log('ready'); setInterval(() => {}, 1000)"`, {
        env: { NODE: process.execPath },
      }),
    );
    await world.logged("ready");
    world.executor.stop(bashWork(""), "cancelled", 10_000);
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "cancelled" });
    expect(world.log()).toContain("stdout: saved");
  });

  test("what ignores SIGTERM is killed after the grace, grandchildren and their groups too", async () => {
    const world = localWorld();
    const deaf = "trap '' TERM INT HUP\n";
    world.executor.start(
      bashWork(`${deaf}set -m\n(${deaf}sleep 1000; sleep 1000) &\ntimeout 1000 sleep 1000 &\necho ready\nwait`),
    );
    await world.logged("ready");
    world.executor.stop(bashWork(""), "timeout", 100);
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "timeout", signal: "SIGKILL" });
    expect(processesOf(world.data)).toEqual([]);
  });

  test("kill doesn't wait for the grace, and only ends what was told to stop", async () => {
    const world = localWorld();
    world.executor.start(bashWork("trap '' TERM\necho ready\nsleep 1000 & wait; sleep 1000"));
    await world.logged("ready");
    world.executor.kill(bashWork(""));
    world.executor.stop(bashWork(""), "cancelled", 1_000_000);
    world.executor.kill(bashWork(""));
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "cancelled", signal: "SIGKILL" });
  });

  test("a script that ends well although it was told to stop has succeeded", async () => {
    const world = localWorld();
    world.executor.start(bashWork("trap 'exit 0' TERM\necho ready\nwhile :; do sleep 0.05; done"));
    await world.logged("ready");
    world.executor.stop(bashWork(""), "cancelled", 10_000);
    expect(await world.outcome()).toEqual(SUCCESS);
  });

  test("attempts that are stopped while they start don't go on, and need no grace", async () => {
    const world = localWorld();
    const works = Array.from({ length: 20 }, (_, i) => bashWork("sleep 1000", { key: `train${i}` as TaskKey }));
    for (const [i, work] of works.entries()) {
      world.executor.start(work);
      // At another point of the way each: none of them may miss the signal.
      for (let turn = 0; turn < i % 4; turn++) await setImmediate();
      world.executor.stop(work, "cancelled", 1_000_000);
      expect(failureOf(await world.outcome(work))).toMatchObject({ reason: "cancelled" });
    }
  });

  test("one that is killed while it starts doesn't go on either", async () => {
    const world = localWorld();
    world.executor.start(bashWork("trap '' TERM; sleep 1000; sleep 1000"));
    world.executor.stop(bashWork(""), "cancelled", 1_000_000);
    world.executor.kill(bashWork(""));
    expect(failureOf(await world.outcome())).toMatchObject({ reason: "cancelled" });
  });
});

describe("an output that holds a secret", () => {
  test.each([
    ['echo "token=a-$TOKEN-b" >> "$ENGINE_OUTPUT"', { type: "string" }],
    ['echo "{\\"token\\": [[\\"$TOKEN\\"]]}" >> "$ENGINE_OUTPUT"', { type: "array" }],
    ['echo "token=$(printf %s "$TOKEN" | base64)" >> "$ENGINE_OUTPUT"', { type: "string" }],
  ])("fails the task and names it: `%s`", async (script, schema) => {
    const secret = "correct horse battery";
    const more = { env: { TOKEN: secret }, secrets: [secret], outputs: { token: schema } };
    const failure = failureOf(await localWorld().run(script, more));
    expect(failure).toMatchObject({ reason: "output_invalid" });
    expect(failure.message).toContain("output token holds the value of a secret");
    expect(JSON.stringify(failure)).not.toContain(secret);
  });
});

describe("detaching", () => {
  test("leaves the process running and tells nothing more", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    world.executor.start(bashWork(`echo $$ > ${folder}/pid\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done`));
    await until("it runs", () => existsSync(join(folder, "pid")) && readFileSync(join(folder, "pid"), "utf8") !== "");
    await world.executor.detach();
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(isAlive(pid)).toBe(true);
    writeFileSync(join(folder, "go"), "");
    await until("it has ended", () => !isAlive(pid));
    expect(world.reports).toEqual([]);
  });

  test("in the moment of a start lets the engine's process end", async () => {
    const world = localWorld();
    const script = `while [ ! -e ${world.data}/go ]; do sleep 0.02; done; touch ${world.data}/went`;
    const driven = drive(world.data, { attempts: [{ key: "train", script }], epoch: 1, leaves: true });
    await driven.exited;
    writeFileSync(join(world.data, "go"), "");
    await until("the script has ended", () => existsSync(join(world.data, "went")));
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TaskKey } from "../../../../src/core/index.ts";
import { attemptFiles } from "../../../../src/executors/local/files.ts";
import { isWrapper, liveGroups } from "../../../../src/executors/local/process-table.ts";
import { WRAPPER, WRAPPER_NAME } from "../../../../src/executors/local/wrapper.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { drive } from "../../../support/drive-executor.ts";
import { localWorld, processesOf, until } from "../../../support/local-world.ts";
import { isAlive } from "../../../support/processes.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const SUCCESS = { state: "success", outputs: {} };
/** Moments at which an engine is killed; more make the test longer, and find more. */
const KILLS = 6;
/** An engine is killed within this time of its start; its attempts take about as long. */
const KILLED_WITHIN_MS = 150;

describe("an engine that is killed", () => {
  test("at any moment leaves attempts that ran once and are found, or never ran and are lost", async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const world = localWorld();
      const marks = temporaryFolder();
      const keys = Array.from({ length: 6 }, (_, i) => `task[${i}]`);
      const script = (key: string) =>
        `echo ran >> "${marks}/${key}"\nfor i in 1 2 3 4 5; do echo "line $i"; sleep 0.02; done\necho answer=42 >> "$ENGINE_OUTPUT"`;
      const attempts = keys.map((key) => ({ key, script: script(key) }));
      const driven = drive(world.data, { attempts, epoch: 1 });
      await driven.ready;
      await new Promise((resolve) => setTimeout(resolve, (KILLED_WITHIN_MS * kill) / (KILLS - 1)));
      driven.kill();
      await driven.exited;

      const works = keys.map((key) =>
        bashWork(script(key), { key: key as TaskKey, epoch: 2, outputs: { answer: { type: "integer" } } }),
      );
      for (const work of works) world.executor.adopt(work);
      for (const work of works) {
        const outcome = await world.outcome(work);
        const ran = existsSync(join(marks, work.key)) ? readFileSync(join(marks, work.key), "utf8") : "";
        if (outcome.state === "lost") expect(ran).toBe("");
        else {
          expect(outcome).toEqual({ state: "success", outputs: { answer: 42 } });
          expect(ran).toBe("ran\n");
          expect(world.log(work)).toEqual([1, 2, 3, 4, 5].map((i) => `stdout: line ${i}`));
        }
      }
    }
  });

  test("masks what the script says after its adoption", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const script = `while [ ! -e ${folder}/go ]; do sleep 0.02; done\necho the word is swordfish`;
    const driven = drive(world.data, { attempts: [{ key: "train", script }], epoch: 1 });
    await until("it runs", () => processesOf(world.data).length > 0);
    driven.kill();
    await driven.exited;
    world.executor.adopt(bashWork(script, { secrets: ["swordfish"] }));
    writeFileSync(join(folder, "go"), "");
    expect(await world.outcome()).toEqual(SUCCESS);
    expect(world.log()).toEqual(["stdout: the word is ***"]);
  });
});

describe("adoption", () => {
  test("of a script whose shell was killed ends what is left of it, and it is lost", async () => {
    const world = localWorld();
    world.executor.start(bashWork("(trap '' TERM; sleep 1000) &\necho ready\nsleep 1000"));
    await world.logged("ready");
    await world.executor.detach();
    const { status } = attemptFiles(world.data, bashWork(""));
    const wrapper = Number(/^pid (\d+)/m.exec(readFileSync(status, "utf8"))?.[1]);
    process.kill(wrapper, "SIGKILL");
    await until("the wrapper is gone", () => !isAlive(wrapper));
    expect(processesOf(world.data).length).toBeGreaterThan(0);
    const next = world.successor();
    next.executor.adopt(bashWork(""));
    expect(await next.outcome()).toMatchObject({
      state: "lost",
      message: "its process is gone and left no exit status",
    });
    expect(processesOf(world.data)).toEqual([]);
  });

  test("ends what a script that has ended left running meanwhile", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    world.executor.start(bashWork(`echo ready\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done\nsleep 1000 &`));
    await world.logged("ready");
    await world.executor.detach();
    writeFileSync(join(folder, "go"), "");
    const { status } = attemptFiles(world.data, bashWork(""));
    await until("it has ended", () => readFileSync(status, "utf8").includes("end 0"));
    expect(processesOf(world.data)).toHaveLength(1);
    const next = world.successor();
    next.executor.adopt(bashWork(""));
    expect(await next.outcome()).toEqual(SUCCESS);
    expect(processesOf(world.data)).toEqual([]);
  });

  test("goes by the data folder's true name, whichever way leads to it", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    world.executor.start(bashWork(`echo ready\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done`));
    await world.logged("ready");
    await world.executor.detach();
    const detour = localWorld({ data: join(world.data, "..", world.data.split("/").at(-1) ?? "") });
    detour.executor.adopt(bashWork(""));
    writeFileSync(join(folder, "go"), "");
    expect(await detour.outcome()).toEqual(SUCCESS);
  });

  test("keeps a process from beginning that was about to", async () => {
    const world = localWorld();
    const files = attemptFiles(world.data, bashWork(""));
    // The engine died after the process was made and before it did anything.
    mkdirSync(dirname(files.status), { recursive: true });
    const late = (): Promise<unknown> => {
      const script = join(world.data, "late.sh");
      writeFileSync(script, `touch ${world.data}/began`);
      const child = spawn("/bin/sh", [
        "-c",
        `exec 3>>${files.status}\n${WRAPPER}`,
        WRAPPER_NAME,
        files.base,
        "bash",
        script,
      ]);
      return once(child, "exit");
    };
    world.executor.adopt(bashWork(""));
    expect(await world.outcome()).toMatchObject({ state: "lost" });
    const [code] = (await late()) as [number];
    expect(code).toBe(70);
    expect(existsSync(join(world.data, "began"))).toBe(false);
  });

  test("that is killed before its process is found is killed all the same", async () => {
    const world = localWorld();
    const work = bashWork("trap '' TERM; echo ready; sleep 1000; sleep 1000");
    world.executor.start(work);
    await world.logged("ready");
    await world.executor.detach();
    const next = world.successor();
    next.executor.adopt(work);
    next.executor.stop(work, "cancelled", 1_000_000);
    next.executor.kill(work);
    expect(await next.outcome(work)).toMatchObject({ state: "lost" });
    expect(processesOf(world.data)).toEqual([]);
  });

  test("of another process that has got the same id is none, and leaves that process alone", async () => {
    const world = localWorld();
    const stranger = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void stranger.kill("SIGKILL"));
    const files = attemptFiles(world.data, bashWork(""));
    mkdirSync(dirname(files.status), { recursive: true });
    appendFileSync(files.status, `pid ${stranger.pid}\n`);
    world.executor.adopt(bashWork(""));
    world.executor.stop(bashWork(""), "cancelled", 0);
    expect((await world.outcome()).state).toBe("lost");
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
  });

  test("a start of what an earlier engine started finds that process", async () => {
    const world = localWorld();
    const script = `echo ran >> ${world.data}/ran\nexit 99`;
    expect((await world.run(script)).state).toBe("skipped");
    const next = world.successor();
    expect((await next.run(script)).state).toBe("skipped");
    expect(readFileSync(join(world.data, "ran"), "utf8")).toBe("ran\n");
  });
});

describe("the process table", () => {
  test.each(["linux", "darwin"] as const)("as %s has it, knows the wrapper and its groups", async (platform) => {
    const world = localWorld();
    // The launcher, which such a name keeps away, is for Linux alone.
    world.executor.start(bashWork("sleep 1000 & echo ready; wait", { env: { "no.name": "" } }));
    await world.logged("ready");
    const files = attemptFiles(world.data, bashWork(""));
    const wrapper = Number(/^pid (\d+)$/m.exec(readFileSync(files.status, "utf8"))?.[1]);
    const leader = { pid: wrapper, session: wrapper };
    expect(isWrapper(wrapper, files, platform)).toBe(true);
    expect(isWrapper(wrapper, attemptFiles(world.data, bashWork("", { attempt: 2 })), platform)).toBe(false);
    expect(isWrapper(process.pid, files, platform)).toBe(false);
    expect(liveGroups(leader, files, platform)).toEqual([wrapper]);
    world.executor.stop(bashWork(""), "cancelled", 0);
    await world.outcome();
    expect(liveGroups(leader, files, platform)).toEqual([]);
  });
});

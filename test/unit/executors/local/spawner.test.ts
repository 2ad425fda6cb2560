import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../../src/core/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { failureOf, type LocalWorld, localWorld, processesOf, until } from "../../../support/local-world.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const SUCCESS = { state: "success", outputs: {} };

/** The helpers of this process. */
function helpers(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("spawner-process");
      } catch {
        return false;
      }
    });
}

/** A world whose processes are started by the helper from now on. */
async function helpedWorld(): Promise<LocalWorld> {
  const world = localWorld();
  const run = (key: string, script: string) => world.run(script, { key: key as TaskKey });
  await Promise.all(Array.from({ length: 50 }, (_, i) => run(`warm${i}`, "true")));
  expect(helpers()).toEqual([]);
  for (let i = 0; ; i++) {
    const work = bashWork("echo $(ps -o ppid= -p $(ps -o ppid= -p $$))", { key: `try${i}` as TaskKey });
    world.executor.start(work);
    expect(await world.outcome(work)).toEqual(SUCCESS);
    if (!world.log(work).includes(`stdout: ${process.pid}`)) return world;
  }
}

describe("the helper that starts processes", () => {
  test("comes after some dozens of processes, and does what was done before", async () => {
    const world = await helpedWorld();
    expect(helpers()).toHaveLength(1);
    const run = (key: string, script: string, more = {}) => world.run(script, { key: key as TaskKey, ...more });
    expect(await run("ok", '[ "$MINE $PWD" = "mine /tmp" ]', { env: { MINE: "mine" }, cwd: "/tmp" })).toEqual(SUCCESS);
    expect(failureOf(await run("code", "exit 3"))).toMatchObject({ exit_code: 3 });
    expect(failureOf(await run("signal", "kill -9 $$"))).toMatchObject({ signal: "SIGKILL" });
    expect(failureOf(await run("group", "kill -9 0"))).toMatchObject({ signal: "SIGKILL" });
    expect(failureOf(await run("cwd", "true", { cwd: "/surely/not" })).message).toContain("/surely/not does not exist");
    expect(failureOf(await run("large", "true", { env: { X: "x".repeat(200_000) } })).message).toContain("too large");
    await world.executor.detach();
    await until("it has ended", () => helpers().length === 0);
  });

  test("has none of the engine's secrets in its environment", async () => {
    process.env.ENGINE_SECRET_TOKEN = "hidden";
    try {
      await helpedWorld();
      const [helper] = helpers();
      expect(readFileSync(`/proc/${helper}/environ`, "utf8")).not.toContain("hidden");
    } finally {
      delete process.env.ENGINE_SECRET_TOKEN;
    }
  });

  test("may be killed: what runs is not lost, and what comes is started", async () => {
    const world = await helpedWorld();
    const folder = temporaryFolder();
    const waits = `echo ready\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done\nexit 4`;
    const work = bashWork(waits, { key: "running" as TaskKey });
    world.executor.start(work);
    await world.logged("ready");
    const [helper] = helpers();
    process.kill(helper ?? 0, "SIGKILL");
    await until("it is gone", () => helpers().length === 0);
    expect(await world.run("true", { key: "next" as TaskKey })).toEqual(SUCCESS);
    expect(processesOf(world.data).length).toBeGreaterThan(0);
    writeFileSync(join(folder, "go"), "");
    expect(failureOf(await world.outcome(work))).toMatchObject({ exit_code: 4, log_tail: ["ready"] });
  });

  test("killed in the middle of many starts, leaves each attempt with one outcome and at most one process", async () => {
    const world = await helpedWorld();
    const folder = temporaryFolder();
    const works = Array.from({ length: 20 }, (_, i) =>
      bashWork(`echo ran >> ${folder}/${i}\nsleep 0.05`, { key: `many${i}` as TaskKey }),
    );
    for (const [i, work] of works.entries()) {
      world.executor.start(work);
      if (i === 10) process.kill(helpers()[0] ?? 0, "SIGKILL");
    }
    for (const [i, work] of works.entries()) {
      const outcome = await world.outcome(work);
      const ran = readdirSync(folder).includes(`${i}`) ? readFileSync(join(folder, `${i}`), "utf8") : "";
      expect([outcome.state, ran]).toEqual(outcome.state === "lost" ? ["lost", ""] : ["success", "ran\n"]);
    }
  });
});

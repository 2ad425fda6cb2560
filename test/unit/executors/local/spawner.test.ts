import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { localWorld, until } from "../../../support/local-world.ts";

/** The processes that start processes for executors of this test's process. */
function spawners(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return Number(parent) === process.pid && command.includes("spawner-process");
      } catch {
        return false;
      }
    });
}

const WAITS = 'echo waiting; until [ -e "$GO" ]; do read -rt 0.02 <> <(:) || :; done; echo "n=$N" >> "$ENGINE_OUTPUT"';

test("what a killed spawner had started goes on, its end is seen, and the next process starts all the same", async () => {
  const world = localWorld();
  const go = join(world.data, "go");
  const outputs = { n: { type: "integer" } };
  const waiting = world.run(WAITS, { env: { GO: go, N: "7" }, outputs });
  await world.logged("waiting");
  for (const pid of spawners()) process.kill(pid, "SIGKILL");
  await until("the spawner is gone", () => spawners().length === 0);
  writeFileSync(go, "");
  expect(await waiting).toEqual({ state: "success", outputs: { n: 7 } });
  expect(await world.run("exit 3", { attempt: 2 })).toMatchObject({ state: "failed", failure: { exit_code: 3 } });
});

test("the spawner ends with its executor", async () => {
  const world = localWorld();
  await world.run("true");
  expect(spawners().length).toBeGreaterThan(0);
  await world.executor.detach();
  await until("the spawner is gone", () => spawners().length === 0);
});

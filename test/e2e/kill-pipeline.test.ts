import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunId } from "../../src/core/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { AT_GATE, calling, repository, runsIn } from "../support/child-runs.ts";
import { runEngine, startEngine } from "../support/engine-process.ts";
import { anEngine, aProgram } from "../support/engine-world.ts";
import { atGate, makeGate } from "../support/pipelines.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/*
 * An engine that is killed while a task waits for the run of another pipeline.
 */

/** Cancels the run of `parent`, by an engine that ends before its operators have heard of it. */
async function cancelUnheard(cwd: string, run_id: RunId): Promise<void> {
  const clock = new VirtualClock(Date.now());
  const store = await openSqliteStore(join(cwd, ".engine"), {
    mode: "write",
    clock: () => clock.now(),
    describe: "test",
  });
  const { engine } = anEngine(aProgram({ call: { waits: true } }), { store, clock });
  await engine.act(run_id, { type: "cancel_requested", by: "test" });
  await engine.close();
  await store.close();
}

test("a kill -9 between the cancel of a task and that of the run it waits for: the next engine makes up for it", async () => {
  const cwd = repository({
    child: AT_GATE,
    parent: calling("pipeline: child"),
    alone: calling("bash: 'true'"),
  });
  makeGate(join(cwd, "pipelines"));
  const engine = startEngine(["run", "parent"], { cwd });
  await atGate(join(cwd, "pipelines"));
  await engine.prints("call: waiting");
  engine.kill("SIGKILL");
  await engine.ended;
  const [child, parent] = await runsIn(cwd);
  await cancelUnheard(cwd, parent?.run_id as RunId);
  expect((await runsIn(cwd)).map(({ state }) => state)).toEqual(["running", "cancelled"]);
  const said = `run ${child?.run_id} is being cancelled: task call of run ${parent?.run_id}, which waited for it, has ended`;
  expect((await runEngine(["run", "alone"], { cwd })).stdout).toContain(said);
  // Whoever takes it up meets its end, not its work.
  const { code } = await runEngine(["run", "--resume", child?.run_id ?? ""], { cwd });
  expect(code).toBe(1);
  const states = (await runsIn(cwd)).map(({ pipeline, state }) => `${pipeline} ${state}`);
  expect(states).toEqual(["alone success", "child cancelled", "parent cancelled"]);
  expect((await runEngine(["run", "alone"], { cwd })).stdout).not.toContain("being cancelled");
});

test("after a kill -9 the run is found again, and never started twice", async () => {
  const cwd = repository({ child: AT_GATE, parent: calling("pipeline: child") });
  makeGate(join(cwd, "pipelines"));
  const engine = startEngine(["run", "parent"], { cwd });
  const gate = await atGate(join(cwd, "pipelines"));
  engine.kill("SIGKILL");
  await engine.ended;
  const own = (await runsIn(cwd)).find(({ pipeline }) => pipeline === "parent");
  const resumed = startEngine(["run", "--resume", own?.run_id ?? ""], { cwd });
  await gate.open();
  expect((await resumed.ended).code).toBe(0);
  expect((await runsIn(cwd)).map(({ pipeline, state }) => `${pipeline} ${state}`)).toEqual([
    "child success",
    "parent success",
  ]);
});

import { describe, expect, test } from "vitest";
import type { RunId, RunTrigger, TaskKey } from "../../../src/core/index.ts";
import type { Task } from "../../../src/language/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { anEngine, aProgram, type EngineWorld, programOf } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const tasks = [
  { id: "get", depends_on_past: false },
  { id: "load", depends_on_past: true },
] as unknown as readonly Task[];

/** `load` needs `get`, and the `load` before. */
const program = programOf(aProgram({ get: {}, load: { needs: ["get"] } }).plan, { max_active_runs: 9, tasks });
const world = (parts = {}) => anEngine(program, { gated: true, ...parts });

const ofDay = async (world: EngineWorld, logical_date: number, trigger: RunTrigger = "schedule"): Promise<RunId> => {
  const run = await world.create({ logical_date, trigger });
  await world.idle();
  return run;
};
const end = (world: EngineWorld, key: string, run: RunId): Promise<void> => {
  world.executor.succeed(key, {}, run);
  return world.idle();
};
const fail = (world: EngineWorld, key: string, run: RunId): Promise<void> => {
  const failure = { reason: "exit_code", message: "exit code 1", exit_code: 1 } as const;
  world.executor.report(key, { type: "ended", outcome: { state: "failed", failure } }, run);
  return world.idle();
};
/** The runs whose `load` was begun, in that order. */
const loaded = ({ executor }: EngineWorld): readonly RunId[] =>
  executor.started.filter(({ key }) => key === "load").map(({ run_id }) => run_id);

describe("depends_on_past of a task", () => {
  test("has the task alone wait until that of the logical date before has succeeded", async () => {
    const one = world();
    const [first, second, third] = [await ofDay(one, 100), await ofDay(one, 200), await ofDay(one, 300)];
    for (const run of [third, second]) await end(one, "get", run);
    expect(loaded(one)).toEqual([]);
    expect([await one.state(second, "load"), await one.state(second, "get")]).toEqual(["queued", "success"]);
    await end(one, "get", first);
    expect(loaded(one)).toEqual([first]);
    await end(one, "load", first);
    await end(one, "load", second);
    expect(loaded(one)).toEqual([first, second, third]);
  });

  test("holds no slot while it waits", async () => {
    const one = world({ concurrency: 1 });
    const first = await ofDay(one, 100);
    const second = await ofDay(one, 200);
    await end(one, "get", first);
    expect(loaded(one)).toEqual([first]);
    await end(one, "load", first);
    await end(one, "get", second);
    expect(one.engine.slotUse()[0]).toMatchObject({ used: 1, queued: [] });
  });

  test("waits on when that one has failed, and begins when it is retried with success", async () => {
    const one = world();
    const [first, second] = [await ofDay(one, 100), await ofDay(one, 200)];
    for (const run of [first, second]) await end(one, "get", run);
    await fail(one, "load", first);
    expect(loaded(one)).toEqual([first]);
    await one.engine.act(first, { type: "retry_requested", what: "failed", by: "ann" });
    await one.idle();
    await end(one, "load", first);
    expect(loaded(one)).toEqual([first, first, second]);
  });

  test.each(["success", "skipped"] as const)("begins when that one is marked as %s", async (state) => {
    const one = world();
    const [first, second] = [await ofDay(one, 100), await ofDay(one, 200)];
    await fail(one, "get", first);
    await end(one, "get", second);
    expect(await one.state(first, "load")).toBe("upstream_failed");
    expect(loaded(one)).toEqual([]);
    await one.engine.act(first, { type: "mark_requested", key: "load" as TaskKey, state, by: "ann" });
    await one.idle();
    expect(loaded(one)).toEqual([second]);
  });

  test("can be marked, and its run cancelled, while it waits", async () => {
    const one = world();
    await ofDay(one, 100);
    const [second, third] = [await ofDay(one, 200), await ofDay(one, 300)];
    for (const run of [second, third]) await end(one, "get", run);
    await one.engine.act(second, { type: "mark_requested", key: "load" as TaskKey, state: "success", by: "ann" });
    await one.idle();
    expect((await one.store.getRun(second))?.state).toBe("success");
    expect(loaded(one)).toEqual([third]);
    await one.engine.act(third, { type: "cancel_requested", by: "ann" });
    const cancelled = { reason: "cancelled", message: "cancelled" } as const;
    one.executor.report("load", { type: "ended", outcome: { state: "failed", failure: cancelled } }, third);
    const fourth = await ofDay(one, 400);
    await end(one, "get", fourth);
    expect(loaded(one)).toEqual([third]);
    await one.engine.act(fourth, { type: "cancel_requested", by: "ann" });
    await one.idle();
    expect((await one.store.getRun(fourth))?.state).toBe("cancelled");
  });

  test("runs by hand neither wait nor are waited for", async () => {
    const one = world();
    const [byHand, first, another] = [
      await ofDay(one, 100, "manual"),
      await ofDay(one, 200),
      await ofDay(one, 300, "manual"),
    ];
    for (const run of [another, first]) await end(one, "get", run);
    expect(loaded(one)).toEqual([another, first]);
    expect(await one.state(byHand, "load")).toBe("none");
  });

  test("waits for a run that is made meanwhile for a date between", async () => {
    const one = world();
    const third = await ofDay(one, 300);
    const second = await ofDay(one, 200, "backfill");
    await end(one, "get", third);
    expect(loaded(one)).toEqual([]);
    await end(one, "get", second);
    await end(one, "load", second);
    expect(loaded(one)).toEqual([second, third]);
  });

  test("holds after a restart, whatever became of the one before; what ran goes on", async () => {
    const store = createMemoryStore();
    const before = world({ store });
    const [first, second, third] = [await ofDay(before, 100), await ofDay(before, 200), await ofDay(before, 300)];
    for (const run of [first, second, third]) await end(before, "get", run);
    await before.engine.close();

    const between = world({ store, clock: new VirtualClock(before.clock.now() + 60_000) });
    await between.engine.resume();
    await between.idle();
    expect(between.executor.adopted.map(({ run_id }) => run_id)).toEqual([first]);
    expect(loaded(between)).toEqual([]);
    await fail(between, "load", first);
    await between.engine.close();

    const after = world({ store, clock: new VirtualClock(before.clock.now() + 120_000) });
    await after.engine.resume();
    await after.idle();
    expect(loaded(after)).toEqual([]);
    await after.engine.act(first, { type: "retry_requested", what: "failed", by: "ann" });
    await after.idle();
    await end(after, "load", first);
    await end(after, "load", second);
    expect(loaded(after)).toEqual([first, second, third]);
  });

  test("waits for nothing where the run before has no such task", async () => {
    const store = createMemoryStore();
    const other = anEngine(programOf(aProgram({ get: {} }).plan, { max_active_runs: 9 }), { gated: true, store });
    const first = await ofDay(other, 100);
    await fail(other, "get", first);
    await other.engine.close();
    const one = world({ store, clock: new VirtualClock(other.clock.now() + 60_000) });
    const second = await ofDay(one, 200);
    await end(one, "get", second);
    expect(loaded(one)).toEqual([second]);
  });

  test("holds nothing back in an engine that is not gated", async () => {
    const one = anEngine(program);
    await ofDay(one, 100);
    const second = await ofDay(one, 200);
    await end(one, "get", second);
    expect(loaded(one)).toEqual([second]);
  });
});

import { describe, expect, test } from "vitest";
import type { RunId, RunTrigger, TaskKey } from "../../../src/core/index.ts";
import type { Schedule } from "../../../src/language/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { anEngine, aProgram, type EngineWorld, programOf } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const program = (max_active_runs: number) => programOf(aProgram({ a: {} }).plan, { max_active_runs });
const gated = (max_active_runs: number, parts = {}) => anEngine(program(max_active_runs), { gated: true, ...parts });

/** The runs that have started, by the attempts that the executor was given. */
const started = ({ executor }: EngineWorld): readonly RunId[] => executor.started.map((work) => work.run_id);
const stateOf = async ({ store }: EngineWorld, run: RunId) => (await store.getRun(run))?.state;

function end(world: EngineWorld, run: RunId): Promise<void> {
  world.executor.succeed("a", {}, run);
  return world.idle();
}

describe("max_active_runs", () => {
  test("holds runs back, stored as queued, until one ends", async () => {
    const world = gated(2);
    const runs = [await world.create(), await world.create(), await world.create()] as const;
    expect(started(world)).toEqual(runs.slice(0, 2));
    expect(await stateOf(world, runs[2])).toBe("queued");
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 3, queued: 1 });
    await end(world, runs[0]);
    expect(started(world)).toEqual(runs);
    expect(await stateOf(world, runs[2])).toBe("running");
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 2, queued: 0 });
  });

  test("lets the oldest logical date in first", async () => {
    const world = gated(1);
    const first = await world.create();
    const young = await world.create({ logical_date: 300 });
    const old = await world.create({ logical_date: 100 });
    await end(world, first);
    await end(world, old);
    expect(started(world)).toEqual([first, old, young]);
  });

  test("counts no run that a task has started: its task bounds it", async () => {
    const world = gated(1);
    const first = await world.create();
    const parent = { run_id: first, key: "a", attempt: 1 } as never;
    const child = await world.create({ parent });
    expect(started(world)).toEqual([first, child]);
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 1, queued: 0 });
  });

  test("a run that waits can be cancelled, and never starts", async () => {
    const world = gated(1);
    const first = await world.create();
    const waiting = await world.create();
    await world.engine.act(waiting, { type: "cancel_requested", by: "ann" });
    expect(await stateOf(world, waiting)).toBe("cancelled");
    await end(world, first);
    expect(started(world)).toEqual([first]);
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 0, queued: 0 });
  });

  test("holds after a restart, and who had started keeps the room", async () => {
    const store = createMemoryStore();
    const before = gated(1, { store });
    const first = await before.create({ logical_date: 5 });
    const other = await before.create({ logical_date: 300 });
    const next = await before.create({ logical_date: 100 });
    await end(before, first);
    // Not the oldest of those that are left has started.
    expect(started(before)).toEqual([first, next]);
    await before.engine.close();

    const after = gated(1, { store, clock: new VirtualClock(before.clock.now() + 60_000) });
    await after.engine.resume();
    await after.idle();
    expect(after.executor.adopted.map((work) => work.run_id)).toEqual([next]);
    expect(await stateOf(after, other)).toBe("queued");
    await end(after, next);
    expect(started(after)).toEqual([other]);
  });

  test("holds nothing back in an engine that is not gated", async () => {
    const world = anEngine(program(1));
    const runs = [await world.create(), await world.create()];
    expect(started(world)).toEqual(runs);
  });
});

describe("depends_on_past", () => {
  const dependent = (max_active_runs: number) =>
    programOf(aProgram({ a: {} }).plan, {
      max_active_runs,
      schedule: { depends_on_past: true } as unknown as Schedule,
    });
  const anEngineOf = (max_active_runs = 9, parts = {}) =>
    anEngine(dependent(max_active_runs), { gated: true, ...parts });
  const ofDay = (world: EngineWorld, logical_date: number, trigger: RunTrigger = "schedule") =>
    world.create({ logical_date, trigger });
  const fail = (world: EngineWorld, run: RunId) => {
    const failure = { reason: "exit_code", message: "exit code 1", exit_code: 1 } as const;
    world.executor.report("a", { type: "ended", outcome: { state: "failed", failure } }, run);
    return world.idle();
  };

  test("a run waits until the one of the logical date before has succeeded", async () => {
    const world = anEngineOf();
    const first = await ofDay(world, 100);
    const third = await ofDay(world, 300, "backfill");
    const second = await ofDay(world, 200);
    await world.idle();
    expect(started(world)).toEqual([first]);
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 3, queued: 2 });
    await end(world, first);
    expect(started(world)).toEqual([first, second]);
    await end(world, second);
    expect(started(world)).toEqual([first, second, third]);
  });

  test("it waits on when that one fails, until it is retried with success", async () => {
    const world = anEngineOf();
    const first = await ofDay(world, 100);
    const second = await ofDay(world, 200);
    await fail(world, first);
    expect(await stateOf(world, first)).toBe("failed");
    expect(started(world)).toEqual([first]);
    await world.engine.act(first, { type: "retry_requested", what: "failed", by: "ann" });
    await end(world, first);
    expect(started(world)).toEqual([first, first, second]);
  });

  test("it starts when that one is marked as a success", async () => {
    const world = anEngineOf();
    const first = await ofDay(world, 100);
    const second = await ofDay(world, 200);
    await fail(world, first);
    await world.engine.act(first, { type: "mark_requested", key: "a" as TaskKey, state: "success", by: "ann" });
    await world.idle();
    expect(await stateOf(world, first)).toBe("success");
    expect(started(world)).toEqual([first, second]);
  });

  test("it waits on when that one is cancelled; a newer run for the same date is what counts then", async () => {
    const world = anEngineOf();
    const first = await ofDay(world, 100);
    const second = await ofDay(world, 200);
    await world.engine.act(first, { type: "cancel_requested", by: "ann" });
    const cancelled = { reason: "cancelled", message: "cancelled" } as const;
    world.executor.report("a", { type: "ended", outcome: { state: "failed", failure: cancelled } }, first);
    await world.idle();
    expect(await stateOf(world, first)).toBe("cancelled");
    const again = await ofDay(world, 100, "backfill");
    expect(started(world)).toEqual([first, again]);
    await end(world, again);
    expect(started(world)).toEqual([first, again, second]);
  });

  test("counts for runs of the schedule and of backfills: those by hand neither wait nor are waited for", async () => {
    const world = anEngineOf();
    const byHand = await ofDay(world, 100, "manual");
    const first = await ofDay(world, 200);
    const another = await ofDay(world, 300, "manual");
    const second = await ofDay(world, 400);
    await world.idle();
    expect(started(world)).toEqual([byHand, first, another]);
    await end(world, first);
    expect(started(world)).toEqual([byHand, first, another, second]);
  });

  test("takes no room of max_active_runs while a run waits, and needs some when its turn comes", async () => {
    const world = anEngineOf(2);
    const first = await ofDay(world, 100);
    const second = await ofDay(world, 200);
    const others = [await ofDay(world, 300, "manual"), await ofDay(world, 301, "manual")] as const;
    expect(started(world)).toEqual([first, others[0]]);
    await end(world, first);
    expect(started(world)).toEqual([first, others[0], second]);
    await end(world, second);
    expect(started(world)).toEqual([first, others[0], second, others[1]]);
  });

  test("one that waited for room waits for an earlier one that is made meanwhile", async () => {
    const world = anEngineOf(2);
    const others = [await ofDay(world, 1, "manual"), await ofDay(world, 2, "manual")] as const;
    const second = await ofDay(world, 200);
    const first = await ofDay(world, 100, "backfill");
    for (const other of others) await end(world, other);
    expect(started(world)).toEqual([...others, first]);
    await end(world, first);
    expect(started(world)).toEqual([...others, first, second]);
  });

  test("holds after a restart, whether the one before went on or had failed", async () => {
    const store = createMemoryStore();
    const before = anEngineOf(9, { store });
    const first = await ofDay(before, 100);
    const second = await ofDay(before, 200);
    const third = await ofDay(before, 300);
    await before.engine.close();

    const between = anEngineOf(9, { store, clock: new VirtualClock(before.clock.now() + 60_000) });
    await between.engine.resume();
    await between.idle();
    expect([between.executor.adopted, between.executor.started].map((works) => works.length)).toEqual([1, 0]);
    await fail(between, first);
    await between.engine.close();

    const after = anEngineOf(9, { store, clock: new VirtualClock(before.clock.now() + 120_000) });
    await after.engine.resume();
    await after.idle();
    expect(started(after)).toEqual([]);
    await after.engine.act(first, { type: "retry_requested", what: "failed", by: "ann" });
    await end(after, first);
    await end(after, second);
    expect(started(after)).toEqual([first, second, third]);
  });

  test("one that could not be created, because its slot was taken, keeps nothing waiting", async () => {
    const world = anEngineOf(1);
    const first = await world.create({ logical_date: 100, trigger: "schedule", slot: 100 });
    const third = await ofDay(world, 300);
    await expect(world.create({ logical_date: 200, trigger: "schedule", slot: 100 })).rejects.toMatchObject({
      code: "SLOT_TAKEN",
    });
    await end(world, first);
    expect(started(world)).toEqual([first, third]);
  });
});

describe("a slot", () => {
  test("has one run: a second is refused, and leaves nothing behind", async () => {
    const world = gated(5);
    const first = await world.create({ slot: 1000 });
    await expect(world.create({ slot: 1000 })).rejects.toMatchObject({ code: "SLOT_TAKEN" });
    const other = await world.create({ slot: 2000 });
    expect(started(world)).toEqual([first, other]);
    expect((await world.store.listRuns({ limit: 10 })).rows).toHaveLength(2);
    expect(world.engine.gate.load("p")).toEqual({ unfinished: 2, queued: 0 });
  });
});

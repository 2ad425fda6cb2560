import { describe, expect, test } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
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

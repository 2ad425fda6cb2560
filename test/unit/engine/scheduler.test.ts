import { describe, expect, test } from "vitest";
import {
  EngineError,
  Scheduler,
  type SchedulerEvent,
  type SlotRun,
  type Store,
  StoreError,
} from "../../../src/engine/index.ts";
import type { Pipeline, Schedule } from "../../../src/language/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { NEW_YEAR, RunWriter } from "../../support/run-writer.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

type Shape = Partial<Omit<Pipeline, "schedule">> & { readonly schedule?: Partial<Schedule> };

function aPipeline(name: string, { schedule, ...more }: Shape = {}): Pipeline {
  const times = { cron: [], after: [], timezone: "UTC", catchup: { policy: "none" }, jitter_ms: 0, ...schedule };
  const shape = { name, version: `${name}-1`, max_active_runs: 1, overlap: "queue", ...more };
  return { ...shape, ...(schedule !== undefined && { schedule: times }) } as unknown as Pipeline;
}

const hourly = (name: string, more: Shape = {}) =>
  aPipeline(name, { ...more, schedule: { cron: ["0 * * * *"], ...more.schedule } });

/** A scheduler whose runs are noted and never end by themselves. */
async function aWorld(parts: { store?: Store; clock?: VirtualClock } = {}) {
  const { store = createMemoryStore(), clock = new VirtualClock(NEW_YEAR + 30 * MINUTE_MS) } = parts;
  const runs: ({ readonly pipeline: string } & SlotRun)[] = [];
  /** What each was made from. */
  const made: Pipeline[] = [];
  const events: SchedulerEvent[] = [];
  const troubles: string[] = [];
  const cancelled: string[] = [];
  const load = new Map<string, { unfinished: number; queued: number }>();
  const failures: unknown[] = [];
  const scheduler = await Scheduler.open({
    store,
    clock,
    load: (pipeline) => load.get(pipeline) ?? { unfinished: 0, queued: 0 },
    async createRun(pipeline, slot) {
      const { name } = pipeline;
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      if (runs.some((run) => run.pipeline === name && run.slot === slot.slot)) {
        throw new EngineError("SLOT_TAKEN", { pipeline: name, slot: "" });
      }
      runs.push({ pipeline: name, ...slot });
      made.push(pipeline);
    },
    async cancelStarted(pipeline) {
      cancelled.push(pipeline);
    },
    onTrouble: (message) => troubles.push(message),
  });
  scheduler.subscribe((event) => events.push(event));
  /** Lets everything that is under way come to rest. */
  const idle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    scheduler,
    store,
    clock,
    runs,
    made,
    events,
    troubles,
    cancelled,
    load,
    failures,
    idle,
    /** Moves the clock, a minute at a time. */
    async advance(by_ms: number) {
      for (let left = by_ms; left > 0; left -= MINUTE_MS) {
        clock.advance(Math.min(left, MINUTE_MS));
        await idle();
      }
    },
    async set(...pipelines: readonly Pipeline[]) {
      scheduler.setPipelines(pipelines);
      clock.fireDue();
      await idle();
    },
    slots: () => runs.map(({ pipeline, slot }) => `${pipeline} ${new Date(slot).toISOString().slice(11, 16)}`),
  };
}

type World = Awaited<ReturnType<typeof aWorld>>;

/** Another engine on the same store, some time after this one was killed. */
const later = (world: World, by_ms: number) =>
  aWorld({ store: world.store, clock: new VirtualClock(world.clock.now() + by_ms) });

describe("a schedule", () => {
  test("makes runs from the pipeline as it was last read, also where its version is the same", async () => {
    const world = await aWorld();
    const [first, second] = [hourly("a"), hourly("a")];
    await world.set(first);
    await world.advance(HOUR_MS);
    await world.set(second);
    await world.advance(HOUR_MS);
    expect(world.made.map((pipeline) => [first, second].indexOf(pipeline))).toEqual([0, 1]);
  });

  test("starts a run at each of its slots, with the interval that it is for", async () => {
    const world = await aWorld();
    await world.set(hourly("a"), aPipeline("never"));
    await world.advance(2 * HOUR_MS);
    expect(world.slots()).toEqual(["a 01:00", "a 02:00"]);
    expect(world.runs[1]).toEqual({
      pipeline: "a",
      slot: NEW_YEAR + 2 * HOUR_MS,
      logical_date: NEW_YEAR + 2 * HOUR_MS,
      data_interval_start: NEW_YEAR + HOUR_MS,
      data_interval_end: NEW_YEAR + 2 * HOUR_MS,
    });
    expect(world.events).toContainEqual({ type: "slot_run", pipeline: "a", slot: NEW_YEAR + HOUR_MS, delay_ms: 0 });
    expect(world.scheduler.next("a")).toBe(NEW_YEAR + 3 * HOUR_MS);
    expect(world.scheduler.next("never")).toBeUndefined();
  });

  test("of a pipeline that is no longer live is not due; when it comes back, what passed counts as missed", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    await world.advance(HOUR_MS);
    await world.set();
    await world.advance(3 * HOUR_MS);
    await world.set(hourly("a"));
    expect(world.slots()).toEqual(["a 01:00"]);
    expect(world.events.at(-1)).toMatchObject({ type: "slots_skipped", reason: "downtime", count: 3 });
    await world.advance(HOUR_MS);
    expect(world.slots()).toEqual(["a 01:00", "a 05:00"]);
  });

  test("that changes counts from then on", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    await world.set(hourly("a", { version: "a-2", schedule: { cron: ["45 * * * *"] } }));
    await world.advance(HOUR_MS);
    expect(world.slots()).toEqual(["a 00:45"]);
  });
});

describe("a restart", () => {
  test("starts no slot a second time, also when the engine died before it noted the first", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    const { putSchedule } = world.store;
    world.store.putSchedule = () => new Promise(() => {});
    await world.advance(HOUR_MS);
    expect(world.slots()).toEqual(["a 01:00"]);
    world.store.putSchedule = putSchedule.bind(world.store);

    const after = await later(world, 10_000);
    after.runs.push(...world.runs);
    await after.set(hourly("a"));
    expect(after.slots()).toEqual(["a 01:00"]);
    expect((await world.store.listSchedules())[0]?.decided_until).toBe(NEW_YEAR + HOUR_MS);
  });

  test("much later, a slot whose run was not noted is not skipped; those around it are", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    const made = new RunWriter("r1", { pipeline: "a", slot: NEW_YEAR + 2 * HOUR_MS });
    const other = new RunWriter("r2", { pipeline: "a", slot: NEW_YEAR + 2.5 * HOUR_MS });
    await world.store.commit("engine-a", [made.create(), other.create()]);
    const after = await later(world, 4 * HOUR_MS);
    await after.set(hourly("a"));
    expect(await after.store.listSkippedSlots(10)).toMatchObject([
      { reason: "downtime", first: NEW_YEAR + 3 * HOUR_MS, last: NEW_YEAR + 4 * HOUR_MS, count: 2 },
      { reason: "downtime", first: NEW_YEAR + HOUR_MS, last: NEW_YEAR + HOUR_MS, count: 1 },
    ]);
  });

  test("skips what was missed, and says so; or makes up for it, as `catchup` says", async () => {
    const world = await aWorld();
    const catchesUp = hourly("b", { schedule: { cron: ["0 * * * *"], catchup: { policy: "all" } } });
    await world.set(hourly("a"), catchesUp);
    await world.advance(HOUR_MS);
    const after = await later(world, 3 * HOUR_MS);
    await after.set(hourly("a"), catchesUp);
    expect(after.slots()).toEqual(["b 02:00", "b 03:00", "b 04:00"]);
    expect(await after.store.listSkippedSlots(10)).toMatchObject([{ pipeline: "a", reason: "downtime", count: 3 }]);
  });
});

describe("a pause", () => {
  test("skips slots until it ends, survives a restart, and is told with who and why", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    await world.scheduler.pause("a", "ann", "budget");
    await world.advance(2 * HOUR_MS);
    expect(world.scheduler.next("a")).toBeUndefined();
    const after = await later(world, HOUR_MS);
    await after.set(hourly("a"));
    expect(after.scheduler.row("a")).toMatchObject({ paused_by: "ann", paused_why: "budget" });
    await after.scheduler.resume("a", "bob");
    await after.advance(HOUR_MS);
    expect([world.slots(), after.slots()]).toEqual([[], ["a 04:00"]]);
    const skipped = await after.store.listSkippedSlots(10);
    expect(skipped.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(new Set(skipped.map(({ reason }) => reason))).toEqual(new Set(["paused"]));
  });

  test("of a pipeline that is not there is refused", async () => {
    const world = await aWorld();
    await expect(world.scheduler.pause("nope", "ann")).rejects.toMatchObject({ code: "PIPELINE_UNKNOWN" });
  });
});

describe("overlap", () => {
  test("`skip` leaves out, `cancel_running` cancels first", async () => {
    const world = await aWorld();
    world.load.set("a", { unfinished: 1, queued: 0 });
    world.load.set("b", { unfinished: 1, queued: 0 });
    await world.set(hourly("a", { overlap: "skip" }), hourly("b", { overlap: "cancel_running" }));
    await world.advance(HOUR_MS);
    expect(world.slots()).toEqual(["b 01:00"]);
    expect(world.cancelled).toEqual(["b"]);
    expect(world.events).toContainEqual(expect.objectContaining({ pipeline: "a", reason: "overlap" }));
  });

  test("what is caught up with goes on when a run ends", async () => {
    const world = await aWorld();
    const schedule = { cron: ["* * * * *"], catchup: { policy: "all" as const }, start: "2025-12-31T21:00:00" };
    world.load.set("a", { unfinished: 101, queued: 100 });
    await world.set(aPipeline("a", { schedule }));
    expect(world.runs).toHaveLength(0);
    world.load.set("a", { unfinished: 100, queued: 99 });
    world.scheduler.runEnded("a");
    await world.advance(1);
    expect(world.runs).toHaveLength(1);
  });
});

describe("what fails", () => {
  test("is tried again, and loses no slot", async () => {
    const world = await aWorld();
    await world.set(hourly("a"), hourly("b"));
    world.failures.push(new StoreError("disk_full", "no space"), new Error("secret vault away"));
    await world.advance(HOUR_MS);
    expect(world.troubles).toHaveLength(2);
    expect([...world.slots()].sort()).toEqual(["a 01:00", "b 01:00"]);
  });
});

test("a slot whose run is refused is skipped, and not tried again", async () => {
  const world = await aWorld();
  await world.set(hourly("a"));
  world.failures.push(new EngineError("PARAMS_INVALID", { pipeline: "a", problems: "day: is missing" }));
  await world.advance(2 * HOUR_MS);
  expect(world.slots()).toEqual(["a 02:00"]);
  expect(await world.store.listSkippedSlots(10)).toMatchObject([{ reason: "invalid", count: 1 }]);
  expect(world.troubles).toHaveLength(1);
});

describe("a clock", () => {
  test("that was hours ahead: what it skipped of the time to come is taken back, and comes", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    world.clock.moveTo(NEW_YEAR + 6.5 * HOUR_MS);
    await world.idle();
    world.clock.moveTo(NEW_YEAR + 2.5 * HOUR_MS);
    await world.set(hourly("a", { version: "a-2" }));
    const hours = async () =>
      (await world.store.listSkippedSlots(10)).map(({ first, last, count }) => [
        (first - NEW_YEAR) / HOUR_MS,
        (last - NEW_YEAR) / HOUR_MS,
        count,
      ]);
    expect(await hours()).toEqual([[1, 2, 2]]);
    await world.advance(HOUR_MS);
    expect(world.slots()).toEqual(["a 03:00"]);
    expect(await hours()).toEqual([[1, 2, 2]]);
  });

  test("that was hours ahead, and is again: slots that have their runs are not skipped", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    await world.advance(3 * HOUR_MS);
    const noted = [1, 3].map((hour) => new RunWriter(`r${hour}`, { pipeline: "a", slot: NEW_YEAR + hour * HOUR_MS }));
    await world.store.commit(
      "engine-a",
      noted.map((run) => run.create()),
    );
    world.clock.moveTo(NEW_YEAR + 10 * MINUTE_MS);
    await world.set(hourly("a", { version: "a-2" }));
    world.clock.moveTo(NEW_YEAR + 5.5 * HOUR_MS);
    await world.idle();
    const skipped = await world.store.listSkippedSlots(10);
    expect(skipped.map(({ first, last }) => [first, last].map((at) => (at - NEW_YEAR) / HOUR_MS)).toSorted()).toEqual([
      [2, 2],
      [4, 5],
    ]);
  });

  test("that is set back starts no slot again; one that was far ahead stalls nothing", async () => {
    const world = await aWorld();
    await world.set(hourly("a"));
    await world.advance(HOUR_MS);
    const back = await later(world, -30 * MINUTE_MS);
    await back.set(hourly("a"));
    await back.advance(HOUR_MS + 10 * MINUTE_MS);
    expect(back.slots()).toEqual(["a 02:00"]);

    const ahead = await later(world, 365 * 24 * HOUR_MS);
    await ahead.set(hourly("a"));
    const right = await later(back, 0);
    await right.set(hourly("a"));
    await right.advance(HOUR_MS);
    expect(right.slots()).toEqual(["a 03:00"]);
  });
});

describe("`after`", () => {
  const follows = aPipeline("report", { schedule: { after: ["ingest", "features"] } });

  async function succeeded(world: World, run_id: string, pipeline: string, logical_date = NEW_YEAR): Promise<void> {
    const run = new RunWriter(run_id, { pipeline, created_at: world.clock.now() });
    run.row = { ...run.row, logical_date };
    await world.store.commit("engine-a", [run.create(), run.start("load"), run.succeed("load"), run.finish("success")]);
    world.scheduler.runEnded(pipeline);
    await world.advance(MINUTE_MS);
  }

  test("runs when all have succeeded since the last time, for the newest of their dates", async () => {
    const world = await aWorld();
    await world.set(follows);
    await succeeded(world, "r1", "ingest", NEW_YEAR + 5);
    expect(world.runs).toEqual([]);
    await succeeded(world, "r2", "features", NEW_YEAR);
    expect(world.runs).toMatchObject([{ pipeline: "report", logical_date: NEW_YEAR + 5 }]);
    await succeeded(world, "r3", "ingest");
    await succeeded(world, "r4", "ingest");
    expect(world.runs).toHaveLength(1);
    await succeeded(world, "r5", "features");
    expect(world.runs).toHaveLength(2);
  });

  test("counts what succeeded while no engine looked, and nothing twice", async () => {
    const world = await aWorld();
    await world.set(follows);
    await succeeded(world, "r1", "ingest");
    const after = await later(world, HOUR_MS);
    await succeeded(after, "r2", "features");
    await after.set(follows);
    await after.advance(MINUTE_MS);
    expect(after.runs).toHaveLength(1);
    const again = await later(after, HOUR_MS);
    await again.set(follows);
    await again.advance(MINUTE_MS);
    expect(again.runs).toHaveLength(0);
  });
});

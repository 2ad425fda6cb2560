import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FinalRunState, RunId } from "../../../src/core/index.ts";
import {
  type BackfillRequest,
  type BackfillRow,
  Backfills,
  EngineError,
  type RunRow,
  type Store,
  StoreError,
} from "../../../src/engine/index.ts";
import type { Pipeline, Schedule, Task } from "../../../src/language/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { NEW_YEAR, RunWriter } from "../../support/run-writer.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const HOUR_MS = 3_600_000;
const hour = (n: number): number => NEW_YEAR + n * HOUR_MS;

function hourly(more: Partial<Pipeline> = {}, schedule: Partial<Schedule> = {}): Pipeline {
  const times = { cron: ["0 * * * *"], after: [], timezone: "UTC", jitter_ms: 0, depends_on_past: false, ...schedule };
  const rest = { max_active_runs: 1, params: {}, tasks: [] };
  return { name: "p", version: "p-1", ...rest, schedule: times, ...more } as unknown as Pipeline;
}

/** Runs that are stored, and end when a test says so. */
class Runs {
  readonly store: Store;
  readonly writers = new Map<RunId, RunWriter>();
  /** What becomes of the next creations before they are carried out. */
  readonly failures: unknown[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  async create(more: Partial<RunRow>): Promise<RunId> {
    const { idempotency_key: key } = more;
    const known = key === undefined ? undefined : await this.store.getRunByKey("p", key);
    if (known !== undefined) return known.run_id;
    const number = this.writers.size + 1;
    const writer = new RunWriter(`r${String(number).padStart(5, "0")}`, {
      pipeline: "p",
      created_at: hour(100) + number,
    });
    writer.row = { ...writer.row, ...more };
    const [result] = await this.store.commit("us", [writer.create()]);
    if (result?.ok === false) throw new EngineError("SLOT_TAKEN", { pipeline: "p", slot: "" });
    this.writers.set(writer.run_id, writer);
    return writer.run_id;
  }

  async finish(run_id: RunId, state: FinalRunState): Promise<void> {
    const writer = this.writers.get(run_id);
    if (writer !== undefined) await this.store.commit("us", [writer.finish(state)]);
  }
}

interface Parts {
  readonly store?: Store;
  readonly clock?: VirtualClock;
  readonly runs?: Runs;
  readonly pipeline?: Pipeline | undefined;
}

/** Backfills at ten o'clock, of a pipeline that is due every hour. */
async function aWorld(parts: Parts = {}) {
  const { store = createMemoryStore(), clock = new VirtualClock(hour(10)) } = parts;
  const { runs = new Runs(store) } = parts;
  const live = { pipeline: "pipeline" in parts ? parts.pipeline : hourly() };
  const troubles: string[] = [];
  const told: BackfillRow[] = [];
  const cancelled: (readonly [RunId, string])[] = [];
  let ids = 0;
  const backfills = await Backfills.open({
    store,
    clock,
    newId: () => `b${++ids}`,
    pipelineOf: (name) => (name === "p" ? live.pipeline : undefined),
    async createRun(_, run) {
      const failure = runs.failures.shift();
      if (failure !== undefined) throw failure;
      await runs.create({ trigger: "backfill", ...run });
    },
    async cancelRun(run_id, by) {
      cancelled.push([run_id, by]);
      await runs.finish(run_id, "cancelled");
    },
    onTrouble: (message) => troubles.push(message),
  });
  backfills.subscribe((row) => told.push(row));
  const idle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const all = async (): Promise<readonly RunRow[]> =>
    [...(await store.listRuns({ limit: 1000 })).rows].sort((a, b) => a.created_at - b.created_at);
  return {
    backfills,
    store,
    clock,
    runs,
    live,
    troubles,
    told,
    cancelled,
    idle,
    all,
    /** Of the hours of its slots, as they were created. */
    hours: async (backfill_id = "b1") =>
      (await all())
        .filter((row) => row.backfill_id === backfill_id)
        .map(({ logical_date }) => (logical_date - NEW_YEAR) / HOUR_MS),
    async start(more: Partial<BackfillRequest> = {}) {
      const row = await backfills.start({ ...ASKED, ...more }, "ann");
      await idle();
      return row;
    },
    row: (backfill_id = "b1") => store.getBackfill(backfill_id),
    /** Ends the run of a backfill for this hour. */
    async end(n: number, state: FinalRunState = "success", backfill_id = "b1") {
      const found = (await all()).findLast(
        (row) => row.backfill_id === backfill_id && row.logical_date === hour(n) && row.state === "running",
      );
      if (found === undefined) throw new Error(`no run of hour ${n} goes on`);
      await runs.finish(found.run_id, state);
      backfills.runEnded(backfill_id);
      await idle();
    },
  };
}

const ASKED: BackfillRequest = {
  pipeline: "p",
  from: hour(1),
  to: hour(4),
  reprocess: "none",
  reverse: false,
  params: {},
};

type World = Awaited<ReturnType<typeof aWorld>>;

/** Another process on the same store. The one before does nothing more. */
async function restart(world: World, more: Parts = {}): Promise<World> {
  const { store, runs, clock } = world;
  const next = await aWorld({ store, runs, clock, ...more });
  next.backfills.resume();
  await next.idle();
  return next;
}

describe("a backfill", () => {
  test("runs each slot of its range, the oldest first, and ends with the last of them", async () => {
    const world = await aWorld();
    expect(await world.start()).toMatchObject({ backfill_id: "b1", by: "ann", state: "running", max_active: 1 });
    expect(await world.hours()).toEqual([1]);
    for (const n of [1, 2, 3]) await world.end(n);
    expect(await world.hours()).toEqual([1, 2, 3, 4]);
    expect((await world.all())[1]).toMatchObject({
      trigger: "backfill",
      by: "ann",
      slot: hour(2),
      logical_date: hour(2),
      data_interval_start: hour(1),
      data_interval_end: hour(2),
      idempotency_key: `backfill:b1:${hour(2)}`,
    });
    expect((await world.row())?.finished_at).toBeUndefined();
    await world.end(4);
    expect(await world.row()).toMatchObject({ state: "success", decided: 4, finished_at: hour(10) });
    expect(world.told.map(({ state }) => state)).toEqual(["running", "success"]);
  });

  test("has no more unfinished runs than it may, and as many as it may", async () => {
    const world = await aWorld();
    await world.start({ max_active: 2 });
    expect(await world.hours()).toEqual([1, 2]);
    await world.end(2);
    expect(await world.hours()).toEqual([1, 2, 3]);
    await world.end(1);
    expect(await world.hours()).toEqual([1, 2, 3, 4]);
  });

  test("has not ended while one of its runs goes on", async () => {
    const world = await aWorld();
    await world.start({ to: hour(2), max_active: 2 });
    await world.end(2);
    expect(await world.row()).toMatchObject({ state: "running", decided: 2 });
    await world.end(1);
    expect(await world.row()).toMatchObject({ state: "success" });
  });

  test("runs as many at once as its pipeline, unless told otherwise", async () => {
    const world = await aWorld({ pipeline: hourly({ max_active_runs: 3 }) });
    await world.start();
    expect(await world.hours()).toEqual([1, 2, 3]);
  });

  test("in reverse runs the newest slot first", async () => {
    const world = await aWorld();
    await world.start({ reverse: true });
    await world.end(4);
    expect(await world.hours()).toEqual([4, 3]);
  });

  test("goes on after a run that failed, and has failed in the end", async () => {
    const world = await aWorld();
    await world.start({ to: hour(2) });
    await world.end(1, "failed");
    await world.end(2);
    expect(await world.row()).toMatchObject({ state: "failed", decided: 2 });
  });

  test("leaves slots out that have not come yet", async () => {
    const world = await aWorld();
    expect((await world.start({ from: hour(9), to: hour(99) })).slots).toEqual([hour(9), hour(10)]);
  });

  test("that leaves every slot out has ended at once", async () => {
    const world = await aWorld();
    await world.runs.create({ logical_date: hour(1) });
    expect(await world.start({ to: hour(1) })).toMatchObject({ state: "success", slots: [], finished_at: hour(10) });
  });

  test("takes the slot where none has it, so that the schedule makes no second run", async () => {
    const world = await aWorld();
    await world.runs.create({ logical_date: hour(1), slot: hour(1) });
    await world.runs.create({ logical_date: hour(2) });
    await world.start({ reprocess: "all", max_active: 3, to: hour(3) });
    const mine = (await world.all()).filter((row) => row.backfill_id === "b1");
    expect(mine.map(({ slot }) => slot)).toEqual([undefined, hour(2), hour(3)]);
  });

  test("leaves a slot out that gets its run from elsewhere while it goes on", async () => {
    const world = await aWorld();
    await world.start();
    await world.runs.create({ logical_date: hour(2), slot: hour(2), trigger: "schedule" });
    await world.runs.create({ logical_date: hour(3) });
    // The schedule is quicker by a hair: the question finds nothing yet.
    const { listRunsOfSlot } = world.store;
    let asked = 0;
    world.store.listRunsOfSlot = async (...args) => (++asked === 1 ? [] : listRunsOfSlot.apply(world.store, args));
    await world.end(1);
    expect(await world.hours()).toEqual([1, 4]);
    expect(asked).toBeGreaterThan(1);
  });
});

describe("reprocess", () => {
  async function withRuns() {
    const world = await aWorld();
    const done = async (n: number, ...states: readonly FinalRunState[]) => {
      for (const state of states) await world.runs.finish(await world.runs.create({ logical_date: hour(n) }), state);
    };
    await done(1, "success");
    await done(2, "failed");
    await done(3, "failed", "success");
    await done(4, "success", "cancelled");
    await world.runs.create({ logical_date: hour(5) });
    return world;
  }

  test.each([
    ["none", [6], "left_out left_out left_out left_out left_out run"],
    ["failed", [2, 4, 6], "left_out run_again left_out run_again left_out run"],
    ["all", [1, 2, 3, 4, 5, 6], "run_again run_again run_again run_again run_again run"],
  ] as const)("%s", async (reprocess, hours, fates) => {
    const world = await withRuns();
    const asked = { ...ASKED, reprocess, to: hour(6), max_active: 9 };
    const preview = await world.backfills.preview(asked);
    expect(preview.map(({ fate }) => fate).join(" ")).toBe(fates);
    expect(preview[3]).toMatchObject({ slot: hour(4), run_id: "r00006", state: "cancelled" });
    expect(await world.store.listBackfills(1)).toEqual([]);
    expect((await world.start(asked)).slots).toEqual(hours.map(hour));
    expect(await world.hours()).toEqual(hours);
  });
});

describe("a restart", () => {
  test("goes on where the backfill was, and makes no run twice that was not counted", async () => {
    const world = await aWorld();
    await world.start({ max_active: 2 });
    await world.backfills.close();
    // Killed after the second run was made and before that was noted.
    await world.store.putBackfill({ ...((await world.row()) as BackfillRow), decided: 1 });
    const next = await restart(world);
    expect(await next.hours()).toEqual([1, 2]);
    await next.end(1);
    await next.end(2);
    expect(await next.hours()).toEqual([1, 2, 3, 4]);
    await next.end(3);
    await next.end(4);
    expect(await next.row()).toMatchObject({ state: "success", decided: 4 });
  });

  test("ends a backfill whose last run ended meanwhile", async () => {
    const world = await aWorld();
    await world.start({ to: hour(1) });
    await world.backfills.close();
    for (const run_id of world.runs.writers.keys()) await world.runs.finish(run_id, "failed");
    expect(await (await restart(world)).row()).toMatchObject({ state: "failed" });
  });

  test("carries a cancellation to its end", async () => {
    const world = await aWorld();
    await world.start();
    await world.backfills.close();
    await world.store.putBackfill({ ...((await world.row()) as BackfillRow), state: "cancelled" });
    const next = await restart(world);
    expect(next.cancelled).toEqual([["r00001", "backfill"]]);
    expect(await next.row()).toMatchObject({ state: "cancelled", finished_at: hour(10) });
  });
});

describe("cancel", () => {
  test("makes no further runs and cancels those that go on", async () => {
    const world = await aWorld();
    await world.start({ max_active: 2 });
    await world.end(1);
    await world.backfills.cancel("b1", "eve");
    await world.idle();
    expect(world.cancelled).toEqual([
      ["r00003", "eve"],
      ["r00002", "eve"],
    ]);
    expect(await world.hours()).toEqual([1, 2, 3]);
    expect(await world.row()).toMatchObject({ state: "cancelled", decided: 3, finished_at: hour(10) });
    expect((await restart(world)).cancelled).toEqual([]);
  });

  test("is refused for one that has ended, and for one that is not there", async () => {
    const world = await aWorld();
    await world.start({ to: hour(1) });
    await world.end(1);
    await expect(world.backfills.cancel("b1", "eve")).rejects.toMatchObject({
      code: "BACKFILL_ENDED",
      values: { backfill: "b1", state: "success" },
    });
    await expect(world.backfills.cancel("b2", "eve")).rejects.toMatchObject({ code: "BACKFILL_NOT_FOUND" });
  });

  test("says so when it could not be stored, and is carried out once it can", async () => {
    const world = await aWorld();
    await world.start();
    const { putBackfill } = world.store;
    world.store.putBackfill = () => Promise.reject(new StoreError("disk_full", "no space"));
    await expect(world.backfills.cancel("b1", "eve")).rejects.toThrow("no space");
    world.store.putBackfill = putBackfill.bind(world.store);
    world.clock.advance(5_000);
    await world.idle();
    expect(await world.row()).toMatchObject({ state: "cancelled" });
  });
});

describe("what goes wrong", () => {
  test("of the store is told and tried again", async () => {
    const world = await aWorld();
    await world.start();
    world.runs.failures.push(new StoreError("io", "the disk"));
    await world.end(1);
    expect(await world.hours()).toEqual([1]);
    expect(world.troubles).toEqual(["backfill b1 of p is tried again"]);
    world.clock.advance(5_000);
    await world.idle();
    expect(await world.hours()).toEqual([1, 2]);
  });

  test("a pipeline that is retired ends it as failed, and says so; its runs go on", async () => {
    const world = await aWorld();
    await world.start({ max_active: 2 });
    world.live.pipeline = undefined;
    await world.end(1);
    expect(await world.row()).toMatchObject({ state: "failed", decided: 2 });
    expect(world.troubles).toEqual(["backfill b1 of p has failed after 2 of 4 slots: the pipeline is no longer live"]);
    expect(world.cancelled).toEqual([]);
  });

  test("params that the pipeline takes no more end it as failed", async () => {
    const world = await aWorld();
    await world.start();
    world.runs.failures.push(new EngineError("PARAMS_INVALID", { pipeline: "p", problems: "" }));
    await world.end(1);
    expect(await world.row()).toMatchObject({ state: "failed", decided: 1 });
  });
});

describe("a backfill is refused", () => {
  const minutely = hourly({}, { cron: ["* * * * *"] });
  test.each<[string, Partial<BackfillRequest>, Parts, Partial<Record<"code" | "message", string>>]>([
    ["of a pipeline that is not there", { pipeline: "q" }, {}, { code: "PIPELINE_UNKNOWN" }],
    ["with params that don't fit", { params: { x: 1 } }, {}, { code: "PARAMS_INVALID" }],
    [
      "without a schedule",
      {},
      { pipeline: hourly({ schedule: undefined as never }) },
      { message: "no times of its own" },
    ],
    [
      "after other pipelines",
      {},
      { pipeline: hourly({}, { cron: [], after: ["a"] }) },
      { message: "no times of its own" },
    ],
    ["that ends before it begins", { from: hour(5) }, {}, { message: "ends before it begins" }],
    ["without a slot", { from: hour(1) + 1, to: hour(2) - 1 }, {}, { message: "no slot" }],
    ["of the future", { from: hour(11), to: hour(12) }, {}, { message: "no slot" }],
    ["of too many slots", { from: hour(-200) }, { pipeline: minutely }, { message: "more than 10000 slots" }],
    ["of ages", { from: hour(-1_000_000) }, {}, { message: "a hundred years" }],
    ["with no run at a time", { max_active: 0 }, {}, { message: "1 to 100" }],
    ["with too many at a time", { max_active: 101 }, {}, { message: "1 to 100" }],
    [
      "in reverse on the past",
      { reverse: true },
      { pipeline: hourly({}, { depends_on_past: true }) },
      { message: "past" },
    ],
    [
      "in reverse, with a task on the past",
      { reverse: true },
      { pipeline: hourly({ tasks: [{ depends_on_past: true } as unknown as Task] }) },
      { message: "past" },
    ],
  ])("%s", async (_, asked, parts, { code = "BACKFILL_REFUSED", message = "" }) => {
    const world = await aWorld(parts);
    await expect(world.start(asked)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(await world.store.listBackfills(1)).toEqual([]);
  });
});

test("whatever happens in whatever order, a slot gets one run of a backfill at most, and every slot has a run in the end", async () => {
  const step = fc.constantFrom("end", "fail", "restart", "lose", "refuse", "schedule", "again");
  const request = fc.record({
    max_active: fc.integer({ min: 1, max: 4 }),
    reverse: fc.boolean(),
    reprocess: fc.constantFrom("none" as const, "failed" as const, "all" as const),
  });
  await fc.assert(
    fc.asyncProperty(request, fc.array(step, { maxLength: 25 }), async (asked, steps) => {
      let world = await aWorld();
      await world.start({ ...asked, from: hour(1), to: hour(6) });
      const going = async () =>
        (await world.all()).filter((row) => row.backfill_id === "b1" && row.state === "running");
      const endOne = async (state: FinalRunState): Promise<boolean> => {
        const [first] = await going();
        if (first === undefined) return false;
        await world.runs.finish(first.run_id, state);
        world.backfills.runEnded("b1");
        await world.idle();
        return true;
      };
      for (const each of steps) {
        if (each === "end" || each === "fail") await endOne(each === "end" ? "success" : "failed");
        if (each === "restart" || each === "lose") {
          await world.backfills.close();
          const row = (await world.row()) as BackfillRow;
          // The last run was made, and that was not noted.
          const isLost = each === "lose" && row.state === "running" && row.decided > 0;
          if (isLost) await world.store.putBackfill({ ...row, decided: row.decided - 1 });
          world = await restart(world);
        }
        if (each === "refuse") world.runs.failures.push(new StoreError("io", "the disk"));
        if (each === "schedule") {
          await world.runs.create({ logical_date: hour(3), slot: hour(3), trigger: "schedule" }).catch(() => undefined);
        }
        if (each === "again") world.backfills.runEnded("b1");
        expect((await going()).length).toBeLessThanOrEqual(asked.max_active);
      }
      for (let left = 50; (await world.row())?.state === "running" && left > 0; left--) {
        await endOne("success");
        world.clock.advance(5_000);
        await world.idle();
      }
      const hours = await world.hours();
      expect(new Set(hours).size).toBe(hours.length);
      expect((await world.row())?.state).not.toBe("running");
      const slots = new Set((await world.all()).map(({ logical_date }) => logical_date));
      expect([...slots].sort()).toEqual([1, 2, 3, 4, 5, 6].map(hour));
    }),
    { numRuns: 60 },
  );
});

import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Retention } from "../../../src/config/index.ts";
import { type Deleted, startRetention } from "../../../src/daemon/retention.ts";
import { Scheduler, type Store } from "../../../src/engine/index.ts";
import type { Pipeline } from "../../../src/language/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { runId } from "../../support/plans.ts";
import { NEW_YEAR, type RunOptions, RunWriter } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function endedRun(store: Store, id: string, created_at: number, options: RunOptions = {}): Promise<void> {
  const run = new RunWriter(id, { created_at, ...options });
  await store.commit("us", [run.create(), run.start("load"), run.succeed("load"), run.finish()]);
  await store.releaseLeases([{ run_id: run.run_id, owner: "us", epoch: 1, until: 0 }]);
}

/** A store and a data folder a hundred days after New Year, and what looks after them. */
function aWorld(settings: Partial<Retention> = {}, store = createMemoryStore()) {
  const clock = new VirtualClock(NEW_YEAR + 100 * DAY_MS);
  const data = temporaryFolder();
  const troubles: string[] = [];
  const told: Deleted[] = [];
  const live: string[] = [];
  let forgotten = 0;
  const keeper = startRetention({
    ...{ store, clock, data },
    settings: () => ({ runs_ms: 90 * DAY_MS, keep_runs: 1, logs_ms: 30 * DAY_MS, audit_ms: 365 * DAY_MS, ...settings }),
    liveVersions: () => live.slice(),
    onVersionsDeleted: () => forgotten++,
    onDeleted: (deleted) => told.push(deleted),
    onTrouble: (message) => troubles.push(message),
  });
  return {
    ...{ store, clock, data, keeper, troubles, told, live },
    forgotten: () => forgotten,
    run: (id: string, day: number, options: RunOptions = {}) => endedRun(store, id, NEW_YEAR + day * DAY_MS, options),
    /** Files of a run, that were last touched so many days after New Year. */
    files(id: string, day = 0) {
      const folder = join(data, "attempts", id);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "load.1.log"), "");
      utimesSync(folder, (NEW_YEAR + day * DAY_MS) / 1000, (NEW_YEAR + day * DAY_MS) / 1000);
    },
    runs: async () => (await store.listRuns({ limit: 100 })).rows.map(({ run_id }) => run_id).sort(),
    folders: () => readdirSync(join(data, "attempts")).sort(),
    /** Moves the clock and lets what it wakes come to its end. */
    async advance(by_ms: number) {
      clock.advance(by_ms);
      // It sets its next time when it has come to the end of this one.
      while (clock.nextAt() === undefined) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("what is old", () => {
  test("goes with its files, and of younger runs the files alone", async () => {
    const world = aWorld();
    for (const [id, day] of [
      ["old", 5],
      ["ended", 50],
      ["young", 90],
    ] as const) {
      await world.run(id, day);
      world.files(id);
    }
    await world.store.addAudit({ at: 1, by: "ann", role: "admin", action: "run.cancel", target: "r" });
    expect(await world.keeper.sweep()).toEqual({ runs: 1, logs: 1, versions: 0, records: 1 });
    expect(await world.runs()).toEqual(["ended", "young"]);
    expect(world.folders()).toEqual(["young"]);
    expect(existsSync(join(world.data, "deleted"))).toBe(false);
  });

  test("stays where it is one of the newest of its pipeline", async () => {
    const world = aWorld({ keep_runs: 2 });
    for (const day of [1, 2, 3]) await world.run(`r${day}`, day);
    await world.keeper.sweep();
    expect(await world.runs()).toEqual(["r2", "r3"]);
  });

  test("is what is beyond the number of runs too", async () => {
    const world = aWorld({ max_runs: 40 });
    for (let i = 0; i < 100; i++) await world.run(`r${String(i).padStart(3, "0")}`, 99);
    expect((await world.keeper.sweep()).runs).toBe(60);
    expect((await world.runs())[0]).toBe("r060");
  });

  test("goes soon after the start and then every hour, and is told when it was something", async () => {
    const world = aWorld();
    await world.run("r1", 1);
    await world.run("r2", 99);
    await world.advance(9_000);
    expect(await world.runs()).toHaveLength(2);
    await world.advance(1_000);
    expect(world.told).toEqual([{ runs: 1, logs: 0, versions: 0, records: 0 }]);
    await world.advance(HOUR_MS);
    expect(world.told).toHaveLength(1);
    await world.run("r3", 2);
    await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r2"]);
    await world.keeper.close();
    expect(world.clock.nextAt()).toBeUndefined();
  });

  test("waits for a day while the clock may be wrong, unless it is set back", async () => {
    const world = aWorld();
    await world.run("r1", 1);
    await world.run("r2", 99);
    await world.advance(10_000);
    await world.run("r3", 2);
    // The clock is months ahead: everything would be old.
    const { now } = world.clock;
    let ahead_ms = 200 * DAY_MS;
    world.clock.now = () => now.call(world.clock) + ahead_ms;
    await world.advance(HOUR_MS);
    expect(world.troubles).toEqual([
      "the clock says that nothing happened for 200 days: in case it is wrong, nothing is deleted for a day",
    ]);
    for (let hour = 1; hour < 24; hour++) await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r2", "r3"]);
    // It is set right again: that is sure enough.
    ahead_ms = 0;
    await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r2"]);
    expect(world.troubles).toHaveLength(1);
  });

  test("waits for a day after weeks in which nothing ran", async () => {
    const world = aWorld();
    await world.run("r1", 1);
    await world.run("r2", 60);
    await world.advance(10_000);
    expect(world.troubles).toHaveLength(1);
    for (let hour = 1; hour < 24; hour++) await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r1", "r2"]);
    await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r2"]);
  });

  test("is tried again in an hour when the store refuses", async () => {
    const store = createMemoryStore();
    const world = aWorld({}, store);
    await world.run("r1", 1);
    await world.run("r2", 99);
    const { findOldRuns } = store;
    store.findOldRuns = () => Promise.reject(new Error("no"));
    await world.advance(10_000);
    expect(world.troubles).toHaveLength(1);
    store.findOldRuns = findOldRuns;
    await world.advance(HOUR_MS);
    expect(await world.runs()).toEqual(["r2"]);
  });
});

describe("files", () => {
  test("of a run that nobody knows go when they are not of today", async () => {
    const world = aWorld();
    world.files("restored", 100);
    world.files("gone", 98);
    await world.keeper.sweep();
    expect(world.folders()).toEqual(["restored"]);
  });

  test("of a run that goes on stay, however old it is", async () => {
    const world = aWorld();
    await world.store.commit("us", [new RunWriter("r1").create()]);
    world.files("r1");
    await world.keeper.sweep();
    expect(world.folders()).toEqual(["r1"]);
  });

  test("that a daemon has put aside before it died are removed by the next", async () => {
    const world = aWorld();
    mkdirSync(join(world.data, "deleted", "r1.1"), { recursive: true });
    await world.keeper.sweep();
    expect(existsSync(join(world.data, "deleted"))).toBe(false);
  });
});

test("a version goes once it was not live for two times, and the engine is told", async () => {
  const world = aWorld();
  const put = (version: string) =>
    world.store.putPipelineVersion({ version, pipeline: "a", file: "a.yaml", source: "", stored_at: 1 });
  for (const version of ["live", "retired"]) await put(version);
  world.live.push("live", "retired");
  await world.keeper.sweep();
  world.live.splice(1);
  await world.keeper.sweep();
  expect(await world.store.getPipelineVersion("retired")).toBeDefined();
  expect(world.forgotten()).toBe(0);
  await world.keeper.sweep();
  expect(await world.store.getPipelineVersion("retired")).toBeUndefined();
  expect(await world.store.getPipelineVersion("live")).toBeDefined();
  expect(world.forgotten()).toBe(1);
});

test("a slot whose run was deleted never runs again, not even after a restart that catches up", async () => {
  const world = aWorld();
  const clock = new VirtualClock(NEW_YEAR);
  const slots: number[] = [];
  const schedule = {
    cron: ["0 0 * * *"],
    after: [],
    timezone: "UTC",
    catchup: { policy: "all", max: 1000 },
    jitter_ms: 0,
  };
  const shape = { name: "training", version: "1", max_active_runs: 1, overlap: "queue", schedule };
  const start = async () => {
    const scheduler = await Scheduler.open({
      ...{ store: world.store, clock, onTrouble: () => {} },
      load: () => ({ unfinished: 0, queued: 0 }),
      async createRun({ name }, { slot }) {
        slots.push(slot);
        await endedRun(world.store, `r${slot}`, slot, { pipeline: name, slot });
      },
      async cancelStarted() {},
    });
    scheduler.setPipelines([shape as unknown as Pipeline]);
    for (let day = 0; day < 5; day++) {
      clock.advance(DAY_MS);
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    await scheduler.close();
  };
  await start();
  const before = slots.length;
  expect(before).toBeGreaterThan(3);
  expect((await world.keeper.sweep()).runs).toBe(before - 1);
  expect(await world.store.getRun(runId(`r${slots[0]}`))).toBeUndefined();
  await start();
  expect(new Set(slots).size).toBe(slots.length);
  expect(slots.length).toBeGreaterThan(before);
});

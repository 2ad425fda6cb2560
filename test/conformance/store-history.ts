import { describe, expect, test } from "vitest";
import type { OldRuns, RunRow, RunWrite, Store } from "../../src/engine/index.ts";
import { runId } from "../support/plans.ts";
import { NEW_YEAR, type RunOptions, RunWriter } from "../support/run-writer.ts";

const US = "engine-a";
const DAY_MS = 86_400_000;

/** How every store forgets, and what it remembers of what is live. A part of its conformance. */
export function historyConformance(opened: () => Store): void {
  async function stored(...writes: RunWrite[]): Promise<void> {
    expect(await opened().commit(US, writes)).toEqual(writes.map(() => ({ ok: true })));
  }

  /** A run with a task that was created, and has ended, so many days after New Year. */
  async function ended(id: string, day: number, options: RunOptions & { readonly row?: Partial<RunRow> } = {}) {
    const writer = new RunWriter(id, { created_at: NEW_YEAR + day * DAY_MS, ...options });
    writer.row = { ...writer.row, ...options.row };
    await stored(writer.create(), writer.start("load"), writer.succeed("load"), writer.finish());
    await released(writer);
    return writer;
  }

  async function released({ run_id, lease_epoch }: RunWriter): Promise<void> {
    await opened().releaseLeases([{ run_id, owner: US, epoch: lease_epoch, until: 0 }]);
  }

  const old = (more: Partial<OldRuns> = {}) =>
    opened().findOldRuns({ before: NEW_YEAR + 100 * DAY_MS, keep: 1, limit: 100, ...more });

  describe("old runs", () => {
    test("are those that ended before, but for the newest of their pipeline", async () => {
      for (const day of [3, 1, 2, 200]) await ended(`a${day}`, day, { pipeline: "a" });
      for (const day of [1, 2]) await ended(`b${day}`, day, { pipeline: "b" });
      expect(await old()).toEqual(["a1", "a2", "a3", "b1"]);
      expect(await old({ keep: 3 })).toEqual(["a1"]);
      expect(await old({ limit: 2 })).toEqual(["a1", "a2"]);
      expect(await old({ before: NEW_YEAR + 2 * DAY_MS })).toEqual(["a1", "b1"]);
    });

    test("are those beyond a number too, however young", async () => {
      for (const day of [1, 2, 300, 301]) await ended(`r${day}`, day);
      expect(await old({ before: NEW_YEAR, max: 2 })).toEqual(["r1", "r2"]);
      expect(await old({ keep: 1, max: 1 })).toEqual(["r1", "r2", "r300"]);
    });

    test("are none that goes on, is leased, has messages to send, or has an unfinished run above or below it", async () => {
      const going = new RunWriter("going");
      await stored(going.create());
      await ended("child", 1, { row: { parent_run_id: going.run_id } });
      await ended("parent", 1);
      const child = new RunWriter("going_child");
      child.row = { ...child.row, parent_run_id: runId("parent") };
      await stored(child.create());
      await ended("unsent", 1, { row: { unsent: 1 } });
      const leased = new RunWriter("leased");
      await stored(leased.create(), leased.finish());
      await opened().putBackfill({
        ...{ backfill_id: "b1", pipeline: "training", state: "running", by: "ann", created_at: 1, from: 1, to: 2 },
        ...{ reprocess: "none", max_active: 1, params: {}, slots: [], decided: 0 },
      });
      await ended("filled", 1, { backfill_id: "b1" });
      await ended("free", 1);
      await ended("newest", 99);
      expect(await old()).toEqual(["free"]);
      const all = ["going", "child", "parent", "going_child", "unsent", "leased", "filled", "free"].map(runId);
      expect(await opened().deleteRuns(all)).toEqual(["free"]);
    });
  });

  describe("a run that is deleted", () => {
    test("is gone at once, and all that is stored of it in the end", async () => {
      await ended("r1", 1, { slot: NEW_YEAR, idempotency_key: "k" });
      await ended("r2", 2);
      expect(await opened().deleteRuns([runId("r1"), runId("r3")])).toEqual(["r1"]);
      expect(await opened().getRun(runId("r1"))).toBeUndefined();
      expect(await opened().getRunByKey("training", "k")).toBeUndefined();
      expect(await opened().leaseRun(US, 1, 2, runId("r1"))).toBeUndefined();
      expect((await opened().listRuns({ limit: 10 })).rows.map(({ run_id }) => run_id)).toEqual(["r2"]);
      for (let removed = 1; removed > 0; ) {
        removed = await opened().removeRemains(2);
        expect(removed).toBeLessThanOrEqual(2);
        // What is left meanwhile is a beginning, never a journal with a gap.
        const events = await opened().readEvents(runId("r1"));
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      }
      expect(await opened().readEvents(runId("r1"))).toEqual([]);
      expect(await opened().listTaskRuns(runId("r1"))).toEqual([]);
      expect(await opened().listAttempts(runId("r1"))).toEqual([]);
      expect(await opened().readEvents(runId("r2"))).toHaveLength(7);
      expect(await opened().listAttempts(runId("r2"))).toHaveLength(1);
    });

    test("may come again under its id", async () => {
      await ended("r1", 1);
      await opened().deleteRuns([runId("r1")]);
      while ((await opened().removeRemains(100)) > 0);
      await ended("r1", 2);
      expect(await opened().readEvents(runId("r1"))).toHaveLength(7);
    });
  });

  test("versions go that no run began with, that are not live, not kept, and stored before", async () => {
    const put = (version: string, stored_at: number) =>
      opened().putPipelineVersion({ version, pipeline: "a", file: "a.yaml", source: "tasks: {}", stored_at });
    for (const version of ["unused", "kept"]) await put(version, 1);
    await put("used", 2);
    await put("young", 50);
    await ended("r1", 1, { pipeline: "a", row: { version: "used" } });
    await opened().putLive([{ file: "a.yaml", pipeline: "a", version: "live", source: "x" }], [], 3);
    expect(await opened().deleteVersions(10, ["kept"], 10)).toBe(1);
    expect(await opened().getPipelineVersion("unused")).toBeUndefined();
    expect(await opened().deleteVersions(100, [], 1)).toBe(1);
    expect(await opened().deleteVersions(100, [], 10)).toBe(1);
    expect(await opened().deleteVersions(100, [], 10)).toBe(0);
    for (const version of ["used", "live"]) expect(await opened().getPipelineVersion(version)).toBeDefined();
  });

  test("records go that are from before", async () => {
    const skip = (decided_at: number) =>
      ({ pipeline: "a", reason: "downtime", first: 1, last: 1, count: 1, decided_at }) as const;
    await opened().putSchedule({ pipeline: "a", known_since: 1, decided_until: 9 }, [skip(1), skip(2), skip(9)]);
    expect(await opened().deleteRecords("skipped_slots", 5, 1)).toBe(1);
    expect(await opened().deleteRecords("skipped_slots", 5, 10)).toBe(1);
    expect(await opened().listSkippedSlots(10)).toEqual([skip(9)]);
    expect((await opened().listSchedules())[0]?.decided_until).toBe(9);
    for (const at of [1, 9]) await opened().addAudit({ at, by: "ann", role: "admin", action: "a", target: "t" });
    expect(await opened().deleteRecords("audit", 5, 10)).toBe(1);
    expect((await opened().listAudit(10)).map(({ at }) => at)).toEqual([9]);
    const backfill = (backfill_id: string, finished_at?: number) =>
      opened().putBackfill({
        ...{ backfill_id, pipeline: "a", by: "ann", created_at: 1, from: 1, to: 2, reprocess: "none", max_active: 1 },
        ...{ params: {}, slots: [], decided: 0, state: finished_at === undefined ? "running" : "success" },
        ...(finished_at !== undefined && { finished_at }),
      });
    await backfill("b1", 1);
    await backfill("b2", 9);
    await backfill("b3");
    expect(await opened().deleteRecords("backfills", 5, 10)).toBe(1);
    expect((await opened().listBackfills(10)).map(({ backfill_id }) => backfill_id).sort()).toEqual(["b2", "b3"]);
  });

  test("what is live is kept by file, with its source", async () => {
    const live = (file: string, version: string) => ({ file, pipeline: "p", version, source: `of ${version}` });
    expect(await opened().listLive()).toEqual([]);
    await opened().putLive([live("b.yaml", "v1"), live("a.yaml", "v2")], [], 1);
    await opened().putLive([live("b.yaml", "v3")], ["a.yaml", "c.yaml"], 2);
    expect(await opened().listLive()).toStrictEqual([live("b.yaml", "v3")]);
    await opened().putLive([live("b.yaml", "v1")], [], 3);
    expect(await opened().listLive()).toStrictEqual([live("b.yaml", "v1")]);
    expect((await opened().getPipelineVersion("v1"))?.stored_at).toBe(1);
  });

  test("asked to shrink, it does so in pieces until there is nothing more", async () => {
    let pieces = 1;
    while (await opened().shrink()) pieces++;
    expect(pieces).toBeLessThan(10);
  });
}

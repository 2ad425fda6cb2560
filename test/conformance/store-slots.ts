import { describe, expect, test } from "vitest";
import type { AuditRow, BackfillRow, RunRow, RunWrite, Store } from "../../src/engine/index.ts";
import { runId } from "../support/plans.ts";
import { NEW_YEAR, RunWriter } from "../support/run-writer.ts";

const US = "engine-a";

/** What every store keeps of slots and schedules. A part of its conformance. */
export function slotsConformance(opened: () => Store): void {
  async function stored(...writes: RunWrite[]): Promise<void> {
    expect(await opened().commit(US, writes)).toEqual(writes.map(() => ({ ok: true })));
  }

  describe("slots", () => {
    test("a slot of a pipeline has one run", async () => {
      const first = new RunWriter("r1", { slot: NEW_YEAR });
      const second = new RunWriter("r2", { slot: NEW_YEAR });
      const other = new RunWriter("r3", { slot: NEW_YEAR + 1 });
      await stored(first.create());
      expect(await opened().commit(US, [second.create(), other.create()])).toEqual([
        { ok: false, conflict: "slot" },
        { ok: true },
      ]);
      expect((await opened().getRun(runId("r1")))?.slot).toBe(NEW_YEAR);
      expect(await opened().getRun(runId("r2"))).toBeUndefined();
      await stored(first.start("load"), first.succeed("load"), first.finish("success"));
      expect((await opened().getRun(runId("r1")))?.slot).toBe(NEW_YEAR);
    });

    test("an idempotency key of a pipeline has one run, which is found by it", async () => {
      const [first, second] = ["r1", "r2"].map((id) => new RunWriter(id, { idempotency_key: "k1" }));
      const other = new RunWriter("r3", { idempotency_key: "k2" });
      await stored(first?.create() as RunWrite);
      expect(await opened().commit(US, [second?.create() as RunWrite, other.create()])).toEqual([
        { ok: false, conflict: "key" },
        { ok: true },
      ]);
      const { pipeline } = other.row;
      expect((await opened().getRunByKey(pipeline, "k1"))?.run_id).toBe("r1");
      expect(await opened().getRunByKey(pipeline, "k3")).toBeUndefined();
      expect(await opened().getRunByKey("another", "k1")).toBeUndefined();
    });

    test("what is decided of them is kept by pipeline, with what was skipped", async () => {
      const row = (pipeline: string, decided_until: number) => ({ pipeline, known_since: 1, decided_until });
      const skipped = (pipeline: string, first: number) =>
        ({ pipeline, reason: "downtime", first, last: first + 9, count: 3, decided_at: NEW_YEAR + first }) as const;
      expect(await opened().listSchedules()).toEqual([]);
      await opened().putSchedule(row("b", 10));
      await opened().putSchedule({ ...row("a", 10), paused_at: 5, paused_by: "ann", paused_why: "budget" });
      await opened().putSchedule(row("b", 20), [skipped("b", 1), skipped("b", 2)]);
      expect(await opened().listSchedules()).toStrictEqual([
        { ...row("a", 10), paused_at: 5, paused_by: "ann", paused_why: "budget" },
        row("b", 20),
      ]);
      await opened().putSchedule(row("a", 30), [skipped("a", 3)]);
      expect((await opened().listSchedules())[0]).toStrictEqual(row("a", 30));
      expect(await opened().listSkippedSlots(2)).toStrictEqual([skipped("a", 3), skipped("b", 2)]);
      expect(await opened().listSkippedSlots(10, "b")).toStrictEqual([skipped("b", 2), skipped("b", 1)]);
      // What was not skipped after all is replaced, and nothing else.
      const shorter = { ...skipped("b", 2), last: 5, count: 1 };
      await opened().putSchedule(row("b", 5), [shorter], [skipped("b", 2), skipped("b", 3)]);
      expect(await opened().listSkippedSlots(10)).toStrictEqual([skipped("a", 3), shorter, skipped("b", 1)]);
    });

    test("a backfill is kept as it was asked for, and how far it is", async () => {
      const row = (backfill_id: string, pipeline: string, created_at: number): BackfillRow => ({
        ...{ backfill_id, pipeline, created_at, state: "running", by: "ann", from: 1, to: 3, reprocess: "failed" },
        ...{ max_active: 2, params: { limit: 5 }, slots: [1, 2, 3], decided: 0 },
      });
      await opened().putBackfill(row("b1", "load", 10));
      await opened().putBackfill(row("b2", "other", 20));
      await opened().putBackfill({ ...row("b1", "load", 10), state: "success", decided: 3, finished_at: 99 });
      const ended = { ...row("b1", "load", 10), state: "success", decided: 3, finished_at: 99 };
      expect(await opened().getBackfill("b1")).toStrictEqual(ended);
      expect(await opened().getBackfill("b3")).toBeUndefined();
      expect(await opened().listBackfills(10)).toStrictEqual([row("b2", "other", 20), ended]);
      expect(await opened().listBackfills(10, "load")).toStrictEqual([ended]);
      expect(await opened().listBackfills(1)).toHaveLength(1);
      await stored(new RunWriter("r1", { backfill_id: "b1" }).create(), new RunWriter("r2").create());
      const { rows } = await opened().listRuns({ backfill_id: "b1", limit: 10 });
      expect(rows.map(({ run_id, backfill_id }) => [run_id, backfill_id])).toEqual([["r1", "b1"]]);
    });

    test("the run before a logical date is the newest of the latest one, of the schedule or a backfill", async () => {
      const run = (id: string, logical_date: number, more: Partial<RunRow> = {}): RunWrite => {
        const writer = new RunWriter(id);
        writer.row = { ...writer.row, logical_date, trigger: "schedule", ...more };
        return writer.create();
      };
      await stored(
        run("r1", 10),
        run("r2", 20),
        run("r3", 20, { trigger: "backfill", created_at: NEW_YEAR + 5 }),
        run("r4", 30, { trigger: "manual" }),
        run("r5", 25, { pipeline: "other" }),
        run("r6", 40),
      );
      const found = async (logical_date: number) => (await opened().getRunBefore("training", logical_date))?.run_id;
      expect(await found(10)).toBeUndefined();
      expect(await found(20)).toBe("r1");
      expect(await found(40)).toBe("r3");
      expect(await found(41)).toBe("r6");
    });

    test("those of a pipeline that have a run are found, from one to another", async () => {
      const slots = [30, 10, 20, 40].map((slot) => new RunWriter(`r${slot}`, { pipeline: "a", slot }).create());
      const other = new RunWriter("r1", { pipeline: "b", slot: 20 });
      const manual = new RunWriter("r2", { pipeline: "a" });
      await stored(...slots, other.create(), manual.create());
      expect(await opened().listTakenSlots("a", 10, 30)).toEqual([10, 20, 30]);
      expect(await opened().listTakenSlots("a", 11, 29)).toEqual([20]);
      expect(await opened().listTakenSlots("c", 0, 100)).toEqual([]);
    });

    test("what people changed is kept, newest first", async () => {
      const row = (at: number, by: string): AuditRow => ({ at, by, role: "admin", action: "run.cancel", target: "r1" });
      await opened().addAudit(row(1, "ann"));
      await opened().addAudit({ ...row(2, "bob"), detail: { why: "budget" } });
      await opened().addAudit(row(2, "eve"));
      expect((await opened().listAudit(10)).map(({ by }) => by)).toEqual(["eve", "bob", "ann"]);
      expect((await opened().listAudit(2))[1]).toStrictEqual({ ...row(2, "bob"), detail: { why: "budget" } });
    });
  });

  describe("findRuns", () => {
    test("tells none, one and several apart", async () => {
      await stored(...["01AB", "01AC", "01AD", "02"].map((id) => new RunWriter(id).create()));
      const found = async (prefix: string) => (await opened().findRuns(prefix)).map((row) => row.run_id);
      expect(await found("03")).toEqual([]);
      expect(await found("02")).toEqual(["02"]);
      expect(await found("01AC")).toEqual(["01AC"]);
      expect(await found("01")).toEqual(["01AB", "01AC"]);
      expect(await found("%")).toEqual([]);
      expect(await found("")).toHaveLength(2);
    });
  });
}

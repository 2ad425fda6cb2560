import { describe, expect, test } from "vitest";
import type { RunWrite, Store } from "../../src/engine/index.ts";
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
    });
  });
}

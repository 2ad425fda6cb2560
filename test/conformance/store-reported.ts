import { describe, expect, test } from "vitest";
import type { RunLease, RunWrite, Store } from "../../src/engine/index.ts";
import { runId } from "../support/plans.ts";
import { NEW_YEAR, RunWriter } from "../support/run-writer.ts";

const US = "engine-a";
const THEM = "engine-b";
const soon = NEW_YEAR + 60_000;

const lease = (run_id: string, owner: string, epoch: number, until: number): RunLease => ({
  run_id: runId(run_id),
  owner,
  epoch,
  until,
});

/** What every store keeps of what a run has to tell: messages, metrics and warnings; and what is told of runs. A part of its conformance. */
export function reportedConformance(opened: () => Store): void {
  describe("what is told", () => {
    async function stored(...writes: RunWrite[]): Promise<void> {
      expect(await opened().commit(US, writes)).toEqual(writes.map(() => ({ ok: true })));
    }

    test("a run with unsent messages is taken up until they are sent, ended or not", async () => {
      const store = opened();
      const [going, ended, silent] = ["going", "ended", "silent"].map((id) => new RunWriter(id));
      if (!going || !ended || !silent) throw new Error("no runs");
      const unsent = (write: RunWrite, count?: number): RunWrite => {
        const { unsent: _, ...run } = write.run;
        return { ...write, run: { ...run, ...(count !== undefined && { unsent: count }) } };
      };
      await stored(...[going, ended, silent].map((run) => run.create()));
      await stored(unsent(going.start("a"), 1), unsent(ended.finish(), 2), silent.finish());
      expect(await store.getRun(ended.run_id)).toStrictEqual({ ...ended.row, unsent: 2 });
      await store.releaseLeases(["going", "ended", "silent"].map((id) => lease(id, US, 1, 0)));
      const taken = await store.leaseRuns(THEM, NEW_YEAR, soon);
      expect([...taken].sort((a, b) => (a.run_id < b.run_id ? -1 : 1))).toEqual([
        lease("ended", THEM, 2, soon),
        lease("going", THEM, 2, soon),
      ]);
      const sent = { ...unsent(ended.finish()), lease_epoch: 2 };
      expect(await store.commit(THEM, [sent])).toEqual([{ ok: true }]);
      expect(await store.getRun(ended.run_id)).toStrictEqual(ended.row);
      await store.releaseLeases([lease("ended", THEM, 2, soon)]);
      expect(await store.leaseRuns(US, NEW_YEAR, soon)).toEqual([]);
    });

    test("keep their metrics and warnings as they were written", async () => {
      const store = opened();
      const run = new RunWriter("r1");
      const metrics = [
        { name: "rows", type: "gauge", help: 'Rows "read"', value: 0.1, labels: { table: "ünï", empty: "" } },
        { name: "loads_total", type: "counter", value: 1e300, labels: {} },
      ] as const;
      const warnings = ["metric share is left out: \u2028 it is no number"];
      await stored(run.create(), run.start("a"), run.start("b"));
      const write = run.succeed("a");
      await stored({ ...write, attempts: write.attempts.map((row) => ({ ...row, metrics, warnings })) });
      await stored(run.succeed("b"));
      const [a, b] = await store.listAttempts(run.run_id);
      expect(a).toStrictEqual({ ...write.attempts[0], metrics, warnings });
      expect(Object.keys(b ?? {})).not.toContain("metrics");
      expect(Object.keys(b ?? {})).not.toContain("warnings");
    });

    test("a run's note is written, changed and taken away, and what the run does leaves it alone", async () => {
      const run = new RunWriter("r1");
      await stored(run.create());
      const note = { text: "the 'source' was late\n\u{1f41f}", by: "ann", at: 5 };
      expect(await opened().setRunNote(run.run_id, { ...note, text: "late" })).toBe(true);
      expect(await opened().setRunNote(run.run_id, note)).toBe(true);
      await stored(run.start("load"), run.finish("failed", "no"));
      expect(await opened().getRun(run.run_id)).toMatchObject({ state: "failed", note });
      expect((await opened().listRuns({ limit: 1 })).rows).toMatchObject([{ note }]);
      expect(await opened().setRunNote(run.run_id, undefined)).toBe(true);
      expect(await opened().getRun(run.run_id)).toStrictEqual(run.row);
      expect(await opened().setRunNote(runId("r2"), note)).toBe(false);
      expect(await opened().getRun(runId("r2"))).toBeUndefined();
    });

    test("newestRuns has the newest of each pipeline that is asked for, in that order", async () => {
      const made = ["a", "b", "a", "c", "a"].map(
        (pipeline, i) => new RunWriter(`n-${i}`, { pipeline, created_at: 10 + (i % 3) }),
      );
      await stored(...made.map((run) => run.create()));
      await stored((made[1] as RunWriter).finish("failed", "no"));
      const found = await opened().newestRuns(["b", "nobody", "a"], 2);
      expect(found.map(({ run_id }) => run_id)).toEqual(["n-1", "n-2", "n-4"]);
      const { run_id, pipeline, trigger, logical_date, created_at } = (made[1] as RunWriter).row;
      const { started_at, finished_at } = (made[1] as RunWriter).row;
      const brief = { run_id, pipeline, trigger, logical_date, created_at, started_at, finished_at };
      expect(found[0]).toStrictEqual({ ...brief, state: "failed" });
      expect(found[1]).not.toHaveProperty("finished_at");
      expect(await opened().newestRuns([], 2)).toEqual([]);
    });

    test("countRuns counts a pipeline's runs by stretch and state, from a moment on", async () => {
      const created = [5, 10, 14, 15, 31].map(
        (created_at, i) => new RunWriter(`c-${i}`, { pipeline: "a", created_at }),
      );
      const other = new RunWriter("c-other", { pipeline: "b", created_at: 12 });
      await stored(...[...created, other].map((run) => run.create()));
      const [, , done] = created;
      await stored((done as RunWriter).finish("failed", "no"));
      expect(await opened().countRuns("a", 6, 10)).toEqual([
        { at: 10, state: "failed", count: 1 },
        { at: 10, state: "running", count: 2 },
        { at: 30, state: "running", count: 1 },
      ]);
      expect(await opened().countRuns("nobody", 0, 10)).toEqual([]);
    });
  });
}

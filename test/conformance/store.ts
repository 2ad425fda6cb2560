import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PipelineVersionRow, RunLease, RunWrite, Store } from "../../src/engine/index.ts";
import { runId, taskKey } from "../support/plans.ts";
import { NEW_YEAR, RunWriter } from "../support/run-writer.ts";
import { historyConformance } from "./store-history.ts";
import { reportedConformance } from "./store-reported.ts";
import { slotsConformance } from "./store-slots.ts";

/** A store to be tested, empty at first. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes it, if that has not happened, and removes what it left. */
  dispose(): Promise<void>;
}

const US = "engine-a";
const THEM = "engine-b";
const MINUTE_MS = 60_000;

/** What every adapter of the Store port does. `open` gives a new one to each test. */
export function storeConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} store`, () => {
    let opened: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(() => opened.dispose());

    /** Stores writes that must not conflict. */
    async function stored(...writes: RunWrite[]): Promise<void> {
      expect(await store.commit(US, writes)).toEqual(writes.map(() => ({ ok: true })));
    }

    /** Everything that is known of a run. */
    async function everything(run_id = runId("r1")) {
      return {
        run: await store.getRun(run_id),
        events: await store.readEvents(run_id),
        task_runs: await store.listTaskRuns(run_id),
        attempts: await store.listAttempts(run_id),
      };
    }

    describe("commit", () => {
      test("a new run is read back as it was written", async () => {
        const run = new RunWriter("r1", { params: { epochs: 10, rates: [0.1, 1e-7], nested: { none: null } } });
        const write = run.create();
        await stored(write);
        expect(await everything()).toStrictEqual({ run: write.run, events: write.events, task_runs: [], attempts: [] });
      });

      test("later writes add events and replace rows whole", async () => {
        const run = new RunWriter("r1");
        const writes = [
          run.create(),
          run.start("load"),
          run.succeed("load", { rows: 3 }),
          run.finish("success", "done"),
        ];
        for (const write of writes) await stored(write);
        expect(await everything()).toStrictEqual({
          run: run.row,
          events: writes.flatMap((write) => write.events),
          task_runs: writes[2]?.task_runs,
          attempts: writes[2]?.attempts,
        });
      });

      test("every kind of value survives: absent, empty, null, deep, every character", async () => {
        const run = new RunWriter("r1");
        await stored(run.create());
        const text = "line\n\ttab \"quoted\" \\ 'single' \u0000 \u2028 ünïcödé 漢字 🚀 ${{ x }} ; DROP TABLE runs; --";
        const write = run.start("load");
        const rows: RunWrite = {
          ...write,
          task_runs: [
            { run_id: run.run_id, key: taskKey("a"), task: "a", state: "none", attempt: 0 },
            {
              run_id: run.run_id,
              key: taskKey("a[0]"),
              task: "a",
              index: 0,
              state: "failed",
              attempt: 3,
              queued_at: NEW_YEAR,
              started_at: NEW_YEAR + 1,
              finished_at: NEW_YEAR + 2,
              wake_at: NEW_YEAR + 3,
              outputs: { "": "", [text]: text, list: [null, true, -0.5, [], {}], big: Number.MAX_SAFE_INTEGER },
              failure: { reason: "signal", message: text, log_tail: [text, ""] },
              why: text,
              item: null,
            },
            {
              run_id: run.run_id,
              key: taskKey("a[1]"),
              task: "a",
              index: 1,
              state: "success",
              attempt: 1,
              outputs: {},
              why: "",
              item: [],
            },
          ],
          attempts: [
            { run_id: run.run_id, key: taskKey("a[0]"), attempt: 1, state: "waiting", epoch: 1, started_at: NEW_YEAR },
            {
              run_id: run.run_id,
              key: taskKey("a[0]"),
              attempt: 2,
              state: "lost",
              epoch: 7,
              started_at: NEW_YEAR,
              finished_at: NEW_YEAR + 5,
              exit_code: 0,
              failure: { message: text },
            },
          ],
        };
        await stored(rows);
        expect(await store.listTaskRuns(run.run_id)).toStrictEqual(rows.task_runs);
        expect(await store.listAttempts(run.run_id)).toStrictEqual(rows.attempts);
      });

      test("a run id is given once: the second creation conflicts and changes nothing", async () => {
        const first = new RunWriter("r1").create();
        await stored(first);
        const second = new RunWriter("r1", { pipeline: "other" }).create();
        expect(await store.commit(THEM, [second])).toEqual([{ ok: false, conflict: "seq" }]);
        expect((await everything()).run).toEqual(first.run);
      });

      test("a write that does not know the last event conflicts and changes nothing", async () => {
        const run = new RunWriter("r1");
        await stored(run.create());
        const stale = run.start("a");
        run.row = { ...run.row, seq: stale.expected_seq };
        const winner = run.start("b");
        await stored(winner);
        const before = await everything();
        expect(await store.commit(US, [stale])).toEqual([{ ok: false, conflict: "seq" }]);
        expect(await everything()).toEqual(before);
      });

      test("repeating a write whose acknowledgement was lost conflicts by its sequence number", async () => {
        const run = new RunWriter("r1");
        const create = run.create();
        const start = run.start("a");
        await stored(create, start);
        expect(await store.commit(US, [create])).toEqual([{ ok: false, conflict: "seq" }]);
        expect(await store.commit(US, [start])).toEqual([{ ok: false, conflict: "seq" }]);
        expect((await everything()).events).toHaveLength(4);
      });

      test("nobody but the holder of the lease writes: another owner, an older or newer epoch, nobody at all", async () => {
        const run = new RunWriter("r1");
        await stored(run.create());
        const write = run.start("a");
        const before = await everything();
        const conflict = [{ ok: false, conflict: "lease" }];
        expect(await store.commit(THEM, [write])).toEqual(conflict);
        expect(await store.commit(US, [{ ...write, lease_epoch: 0 }])).toEqual(conflict);
        expect(await store.commit(US, [{ ...write, lease_epoch: 2 }])).toEqual(conflict);
        await store.releaseLeases([{ run_id: run.run_id, owner: US, epoch: 1, until: 0 }]);
        expect(await store.commit(US, [write])).toEqual(conflict);
        expect(await everything()).toEqual(before);
      });

      test("a write to a run that does not exist has no lease", async () => {
        const run = new RunWriter("r1");
        run.create();
        expect(await store.commit(US, [run.start("a")])).toEqual([{ ok: false, conflict: "lease" }]);
        expect((await everything()).run).toBeUndefined();
      });

      test("the writes of a batch conflict one by one", async () => {
        const [kept, stale, other] = [new RunWriter("kept"), new RunWriter("stale"), new RunWriter("other")];
        await stored(kept.create(), stale.create(), other.create());
        const lost = { ...stale.start("a"), lease_epoch: 9 };
        const results = await store.commit(US, [kept.start("a"), lost, other.start("a")]);
        expect(results).toEqual([{ ok: true }, { ok: false, conflict: "lease" }, { ok: true }]);
        expect((await everything(kept.run_id)).run?.seq).toBe(4);
        expect((await everything(stale.run_id)).run?.seq).toBe(2);
        expect((await everything(other.run_id)).run?.seq).toBe(4);
      });

      test("the writes of a batch to one run are stored in order", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.start("a"), run.succeed("a"), run.finish());
        expect((await everything()).events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
        expect((await everything()).run?.state).toBe("success");
      });

      test("a batch of nothing is fine", async () => {
        expect(await store.commit(US, [])).toEqual([]);
      });

      test("callers who don't wait for each other all get their answer", async () => {
        const runs = Array.from({ length: 20 }, (_, nth) => new RunWriter(`r${nth}`));
        await Promise.all(runs.map((run) => stored(run.create())));
        const results = await Promise.all(
          runs.map((run, nth) => store.commit(nth % 2 === 0 ? US : THEM, [run.start("a")])),
        );
        expect(results.map(([result]) => result?.ok)).toEqual(runs.map((_, nth) => nth % 2 === 0));
      });

      test.each<[string, (write: RunWrite) => RunWrite]>([
        ["a gap in its events", (write) => ({ ...write, events: write.events.slice(1) })],
        ["events out of order", (write) => ({ ...write, events: write.events.toReversed() })],
        ["a row that is not where its journal is", (write) => ({ ...write, run: { ...write.run, seq: 9 } })],
        ["rows of another run", (write) => ({ ...write, run: { ...write.run, run_id: runId("r2") } })],
        [
          "no event for a new run",
          (write) => ({ ...write, expected_seq: 0, events: [], run: { ...write.run, seq: 0 } }),
        ],
        ["a new run under another lease", (write) => ({ ...write, lease_epoch: 2 })],
      ])("a write with %s is a bug: the whole call is refused", async (_, broken) => {
        const good = new RunWriter("good").create();
        const bad = broken(new RunWriter("r1").create());
        const refused = store.commit(US, [good, bad]);
        await expect(refused).rejects.toThrow(/^broken invariant in a write to run r1: /);
        expect((await everything(good.run_id)).run).toBeUndefined();
      });
    });

    describe("readEvents", () => {
      test("gives the journal after a number", async () => {
        const run = new RunWriter("r1");
        const writes = [run.create(), run.start("a")];
        await stored(...writes);
        const events = writes.flatMap((write) => write.events);
        expect(await store.readEvents(run.run_id, 0)).toEqual(events);
        expect(await store.readEvents(run.run_id, 3)).toEqual(events.slice(3));
        expect(await store.readEvents(run.run_id, 4)).toEqual([]);
      });

      test("is empty for an unknown run", async () => {
        expect(await store.readEvents(runId("nobody"))).toEqual([]);
      });
    });

    describe("leases", () => {
      const lease = (run_id: string, owner: string, epoch: number, until: number): RunLease => ({
        run_id: runId(run_id),
        owner,
        epoch,
        until,
      });
      const soon = NEW_YEAR + MINUTE_MS;

      test("a new run is held by its owner, for as long as the write says", async () => {
        const [short, long] = [new RunWriter("short"), new RunWriter("long")];
        await stored({ ...short.create(), lease_until: soon }, long.create());
        expect(await store.leaseRuns(THEM, soon - 1, soon)).toEqual([]);
        expect(await store.leaseRuns(THEM, soon, soon + 1)).toEqual([lease("short", THEM, 2, soon + 1)]);
        expect(await store.leaseRuns(THEM, soon + 1_000 * MINUTE_MS, soon + 1, [long.run_id])).toEqual([]);
      });

      test("released runs that are not finished are taken, by run id; finished ones are left", async () => {
        const runs = ["c", "a", "b"].map((id) => new RunWriter(id));
        await stored(...runs.map((run) => run.create()));
        await stored(...runs.filter((run) => run.run_id === "b").map((run) => run.finish()));
        await store.releaseLeases(runs.map((run) => lease(run.run_id, US, 1, 0)));
        const taken = await store.leaseRuns(THEM, NEW_YEAR, soon);
        expect(taken).toEqual([lease("a", THEM, 2, soon), lease("c", THEM, 2, soon)]);
        expect(await store.leaseRuns(US, NEW_YEAR, soon)).toEqual([]);
      });

      test("only the runs that are asked for are taken", async () => {
        const runs = ["a", "b", "c"].map((id) => new RunWriter(id));
        await stored(...runs.map((run) => run.create()));
        await store.releaseLeases(runs.map((run) => lease(run.run_id, US, 1, 0)));
        const wanted = ["c", "a", "nobody", "c"].map(runId);
        expect(await store.leaseRuns(THEM, NEW_YEAR, soon, wanted)).toEqual([
          lease("a", THEM, 2, soon),
          lease("c", THEM, 2, soon),
        ]);
        expect(await store.leaseRuns(THEM, NEW_YEAR, soon, [])).toEqual([]);
      });

      test("a finished run can be leased by name, unless somebody holds it", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.finish());
        expect(await store.leaseRun(THEM, NEW_YEAR, soon, run.run_id)).toBeUndefined();
        await store.releaseLeases([lease("r1", US, 1, 0)]);
        expect(await store.leaseRun(THEM, NEW_YEAR, soon, run.run_id)).toEqual(lease("r1", THEM, 2, soon));
        expect(await store.leaseRun(US, NEW_YEAR, soon, runId("nobody"))).toBeUndefined();
      });

      test("who took a lease over writes, and its former holder does not", async () => {
        const run = new RunWriter("r1");
        await stored({ ...run.create(), lease_until: soon });
        await store.leaseRuns(THEM, soon, soon + MINUTE_MS);
        const late = run.start("a");
        expect(await store.commit(US, [late])).toEqual([{ ok: false, conflict: "lease" }]);
        expect(await store.commit(THEM, [{ ...late, lease_epoch: 2 }])).toEqual([{ ok: true }]);
      });

      test("an ended lease that nobody took still holds for its owner", async () => {
        const run = new RunWriter("r1");
        await stored({ ...run.create(), lease_until: NEW_YEAR - MINUTE_MS });
        await stored(run.start("a"));
        expect(await store.renewLeases([lease("r1", US, 1, 0)], soon)).toEqual([lease("r1", US, 1, soon)]);
        expect(await store.leaseRuns(THEM, NEW_YEAR, soon)).toEqual([]);
      });

      test("renewing gives back the leases that are still held", async () => {
        await stored(...["a", "b", "c"].map((id) => ({ ...new RunWriter(id).create(), lease_until: soon })));
        await store.leaseRuns(THEM, soon, soon, [runId("b")]);
        await store.releaseLeases([lease("c", US, 1, soon)]);
        const held = ["a", "b", "c", "nobody"].map((id) => lease(id, US, 1, soon));
        expect(await store.renewLeases(held, soon + 1)).toEqual([lease("a", US, 1, soon + 1)]);
      });

      test("releasing a lease that another took changes nothing", async () => {
        await stored({ ...new RunWriter("r1").create(), lease_until: soon });
        const [theirs] = await store.leaseRuns(THEM, soon, soon + MINUTE_MS);
        await store.releaseLeases([lease("r1", US, 1, soon), lease("nobody", US, 1, soon)]);
        expect(await store.renewLeases(theirs ? [theirs] : [], soon)).toEqual([lease("r1", THEM, 2, soon)]);
      });
    });

    describe("attempts", () => {
      test("a claim raises the epoch, and a late writer's change touches no row", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.start("a"));
        expect(await store.claimAttempt({ run_id: run.run_id, key: taskKey("a"), attempt: 1 })).toBe(2);
        const before = await everything();
        expect(before.attempts[0]?.epoch).toBe(2);
        const late = run.succeed("a");
        expect(await store.commit(US, [late])).toEqual([{ ok: false, conflict: "attempt" }]);
        expect(await everything()).toEqual(before);
        run.row = { ...run.row, seq: late.expected_seq };
        await stored(run.succeed("a", {}, 2));
        expect((await everything()).attempts).toMatchObject([{ state: "success", epoch: 2 }]);
      });

      test("one late attempt among others holds the whole write back", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.start("a"), run.start("b"));
        await store.claimAttempt({ run_id: run.run_id, key: taskKey("b"), attempt: 1 });
        const before = await everything();
        const write = run.succeed("a");
        const both: RunWrite = { ...write, attempts: [...write.attempts, ...run.succeed("b").attempts] };
        expect(await store.commit(US, [both])).toEqual([{ ok: false, conflict: "attempt" }]);
        expect(await everything()).toEqual(before);
      });

      test("an attempt that has ended or never was can't be claimed", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.start("a"), run.succeed("a"));
        expect(await store.claimAttempt({ run_id: run.run_id, key: taskKey("a"), attempt: 1 })).toBeUndefined();
        expect(await store.claimAttempt({ run_id: run.run_id, key: taskKey("a"), attempt: 2 })).toBeUndefined();
        expect(await store.claimAttempt({ run_id: runId("nobody"), key: taskKey("a"), attempt: 1 })).toBeUndefined();
      });

      test("are listed by key, then number; of one task run or all", async () => {
        const run = new RunWriter("r1");
        await stored(run.create(), run.start("b"), run.start("a", 1), run.start("a", 10), run.start("a", 2));
        const named = (rows: readonly { key: string; attempt: number }[]) =>
          rows.map((row) => `${row.key}#${row.attempt}`);
        expect(named(await store.listAttempts(run.run_id))).toEqual(["a#1", "a#2", "a#10", "b#1"]);
        expect(named(await store.listAttempts(run.run_id, taskKey("b")))).toEqual(["b#1"]);
        expect(await store.listAttempts(runId("nobody"))).toEqual([]);
      });

      test("task runs are listed by task, then index, the mapped task before its items", async () => {
        const run = new RunWriter("r1");
        const keys = ["score[10]", "score[2]", "load", "score", "score-all"];
        await stored(run.create(), ...keys.map((key) => run.start(key)));
        const listed = (await store.listTaskRuns(run.run_id)).map((row) => row.key);
        expect(listed).toEqual(["load", "score", "score[2]", "score[10]", "score-all"]);
      });
    });

    slotsConformance(() => store);
    historyConformance(() => store);
    reportedConformance(() => store);

    describe("pipeline versions", () => {
      test("are kept as they were first stored", async () => {
        const row: PipelineVersionRow = {
          version: "ab12",
          pipeline: "training",
          file: "pipelines/training.yaml",
          source: "tasks: {}\n# ünï\n",
          stored_at: NEW_YEAR,
        };
        await store.putPipelineVersion(row);
        await store.putPipelineVersion({ ...row, file: "elsewhere.yaml", stored_at: NEW_YEAR + 1 });
        expect(await store.getPipelineVersion("ab12")).toStrictEqual(row);
        expect(await store.getPipelineVersion("unknown")).toBeUndefined();
      });
    });

    describe("listRuns", () => {
      /** Ten runs, two a minute, alternating between two pipelines; every third has failed. */
      async function tenRuns(): Promise<void> {
        for (let nth = 0; nth < 10; nth++) {
          const created_at = NEW_YEAR + Math.floor(nth / 2) * MINUTE_MS;
          const run = new RunWriter(`run-${nth}`, { created_at, pipeline: nth % 2 === 0 ? "even" : "odd" });
          await stored(run.create());
          if (nth % 3 === 0) await stored(run.finish("failed", "because"));
        }
      }

      async function ids(filter: Parameters<Store["listRuns"]>[0]): Promise<string[]> {
        return (await store.listRuns(filter)).rows.map((row) => row.run_id.slice("run-".length));
      }

      test("is empty, without a next page, when there are no runs", async () => {
        expect(await store.listRuns({ limit: 10 })).toEqual({ rows: [] });
      });

      test("gives the newest first, and among equals the higher id", async () => {
        await tenRuns();
        expect((await ids({ limit: 100 })).join("")).toBe("9876543210");
      });

      test("filters by pipeline and by states, together too", async () => {
        await tenRuns();
        expect((await ids({ limit: 100, pipelines: ["odd"] })).join("")).toBe("97531");
        expect((await ids({ limit: 100, states: ["failed"] })).join("")).toBe("9630");
        expect((await ids({ limit: 100, states: ["failed", "running", "failed"] })).join("")).toBe("9876543210");
        expect((await ids({ limit: 100, states: ["running"], pipelines: ["even"] })).join("")).toBe("842");
        expect(await ids({ limit: 100, states: [] })).toEqual([]);
        expect(await ids({ limit: 100, pipelines: ["nobody"] })).toEqual([]);
        expect((await ids({ limit: 4, pipelines: ["odd", "even", "odd"] })).join("")).toBe("9876");
      });

      test("filters by the time of creation", async () => {
        await tenRuns();
        const [oldest] = (await store.listRuns({ limit: 100, pipelines: ["even"] })).rows.slice(-2);
        const at = oldest?.created_at ?? 0;
        const since = await ids({ limit: 100, since: at });
        const until = await ids({ limit: 100, until: at });
        expect([...since, ...until].join("")).toBe("9876543210");
        expect(since.at(-1)).toBe("2");
        const { rows, next } = await store.listRuns({ limit: 2, until: at + 1 });
        expect(rows).toHaveLength(2);
        expect((await store.listRuns({ limit: 9, until: at + 1, after: next ?? "" })).rows).toHaveLength(2);
      });

      test("pages through everything once, also when runs are added meanwhile", async () => {
        await tenRuns();
        const seen: string[] = [];
        let after: string | undefined;
        for (let page = 0; page < 4; page++) {
          const { rows, next } = await store.listRuns({ limit: 3, ...(after !== undefined && { after }) });
          seen.push(...rows.map((row) => row.run_id.slice("run-".length)));
          after = next;
          await stored(new RunWriter(`run-new-${page}`, { created_at: NEW_YEAR + 100 * MINUTE_MS }).create());
        }
        expect(seen.join("")).toBe("9876543210");
        expect(after).toBeUndefined();
      });

      test("a page that is exactly full has no next one", async () => {
        await tenRuns();
        const { rows, next } = await store.listRuns({ limit: 10 });
        expect(rows).toHaveLength(10);
        expect(next).toBeUndefined();
      });

      test.each([0, -1, 1_001, 1.5, Number.NaN])("a limit of %d is refused", async (limit) => {
        await expect(store.listRuns({ limit })).rejects.toThrow(RangeError);
      });

      test.each(["", "nonsense", "12", ":", "12:", "-1:x"])("the cursor %j is refused", async (after) => {
        await expect(store.listRuns({ limit: 10, after })).rejects.toMatchObject({
          name: "StoreError",
          code: "bad_cursor",
        });
      });
    });

    describe("close", () => {
      test("stores what is under way", async () => {
        const committing = store.commit(US, [new RunWriter("r1").create()]);
        await store.close();
        expect(await committing).toEqual([{ ok: true }]);
      });

      test("may be called again, and what is called afterwards is refused", async () => {
        await store.close();
        await store.close();
        const closed = { name: "StoreError", code: "closed" };
        await expect(store.commit(US, [])).rejects.toMatchObject(closed);
        await expect(store.getRun(runId("r1"))).rejects.toMatchObject(closed);
        await expect(store.leaseRuns(US, 0, 1)).rejects.toMatchObject(closed);
      });
    });
  });
}

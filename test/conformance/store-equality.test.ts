import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RUN_STATES, type RunEvent, type RunId, type TaskKey } from "../../src/core/index.ts";
import {
  ATTEMPT_STATES,
  type AttemptRow,
  type RunLease,
  type RunRow,
  type RunWrite,
  type Store,
  type TaskRunRow,
} from "../../src/engine/index.ts";
import { createMemoryStore, openSqliteStore } from "../../src/store/index.ts";
import { runId, taskKey } from "../support/plans.ts";
import { NEW_YEAR, RunWriter } from "../support/run-writer.ts";

/*
 * Random sequences of operations give the same answers on both adapters. Small worlds (two owners,
 * three runs, three task runs, ten moments) make operations meet; numbers are mostly right and
 * sometimes off by one, so that both acceptance and every conflict are common.
 */

const OWNERS = ["engine-a", "engine-b"] as const;
const RUNS = ["r1", "r2", "q1"].map(runId);
const KEYS = ["a", "a[0]", "b"].map(taskKey);

const owner = fc.constantFrom(...OWNERS);
const run_id = fc.constantFrom(...RUNS);
const key = fc.constantFrom(...KEYS);
const moment = fc.nat({ max: 10 });
/** How far a number is off what is right. */
const off = fc.constantFrom(0, 0, 0, 0, 0, 0, -1, 1);
/** Whether the owner is another than the one who holds the run. */
const stranger = fc.constantFrom(false, false, false, false, true);
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
const outputs = fc.dictionary(fc.string(), json, { noNullPrototype: true, maxKeys: 2 });
const text = fc.string({ unit: "grapheme", maxLength: 5 });

const write = fc.record({
  run_id,
  seq_off: off,
  epoch_off: off,
  events: fc.nat({ max: 3 }),
  state: fc.constantFrom(...RUN_STATES),
  why: fc.option(text, { nil: undefined }),
  lease_until: fc.option(moment, { nil: undefined }),
  task_runs: fc.uniqueArray(fc.record({ key, outputs: fc.option(outputs, { nil: undefined }), item: json }), {
    selector: (row) => row.key,
    maxLength: 2,
  }),
  attempts: fc.uniqueArray(
    fc.record({
      key,
      attempt: fc.integer({ min: 1, max: 2 }),
      epoch_off: fc.constantFrom(0, 0, 0, -1, 1),
      state: fc.constantFrom("running", "running", "running", "waiting", ...ATTEMPT_STATES),
    }),
    { selector: (row) => `${row.key}${row.attempt}`, maxLength: 2 },
  ),
});
type WritePlan = typeof write extends fc.Arbitrary<infer T> ? T : never;

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("commit"),
      stranger,
      writes: fc.array(write, { minLength: 1, maxLength: 2 }),
    }),
  },
  fc.record({
    type: fc.constant("leaseRuns"),
    owner,
    now: moment,
    until: moment,
    run_ids: fc.option(fc.array(run_id, { maxLength: 3 }), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("leaseRun"), owner, now: moment, until: moment, run_id }),
  fc.record({ type: fc.constant("renew"), run_id, stranger, epoch_off: off, until: moment }),
  fc.record({ type: fc.constant("release"), run_id, stranger, epoch_off: off }),
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("claim"), run_id, key, attempt: fc.integer({ min: 1, max: 2 }) }),
  },
  fc.record({ type: fc.constant("version"), version: fc.constantFrom("v1", "v2"), source: text }),
  fc.record({
    type: fc.constant("list"),
    pipeline: fc.option(fc.constantFrom("even", "odd"), { nil: undefined }),
    states: fc.option(fc.subarray([...RUN_STATES]), { nil: undefined }),
    limit: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ type: fc.constant("find"), prefix: fc.constantFrom("", "r", "r1", "q", "x") }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What is right: read from the memory store, and what it answered. */
class Truth {
  readonly #store: Store;
  readonly #leases = new Map<RunId, Pick<RunLease, "owner" | "epoch">>();

  constructor(store: Store) {
    this.#store = store;
  }

  epoch(run_id: RunId): number {
    return this.#leases.get(run_id)?.epoch ?? 1;
  }

  /** Who holds the run, or held it last; or a stranger. */
  owner(run_id: RunId, stranger: boolean): string {
    const holder = this.#leases.get(run_id)?.owner ?? OWNERS[0];
    return OWNERS.find((owner) => (owner === holder) !== stranger) ?? holder;
  }

  learn(leases: readonly Pick<RunLease, "run_id" | "owner" | "epoch">[]): void {
    for (const { run_id, owner, epoch } of leases) this.#leases.set(run_id, { owner, epoch });
  }

  async write(plan: WritePlan): Promise<RunWrite> {
    const known = await this.#store.getRun(plan.run_id);
    const expected_seq = Math.max(0, (known?.seq ?? 0) + plan.seq_off);
    const events = Array.from({ length: expected_seq === 0 ? plan.events + 1 : plan.events }, (_, nth): RunEvent => {
      return { type: "run_timed_out", seq: expected_seq + 1 + nth, at: nth };
    });
    const fresh = known ?? newRunRow(plan.run_id);
    const { why: _, ...created } = fresh;
    const why = plan.why === undefined ? {} : { why: plan.why };
    const attempts = await this.#store.listAttempts(plan.run_id);
    return {
      run_id: plan.run_id,
      expected_seq,
      lease_epoch: expected_seq === 0 ? 1 : this.epoch(plan.run_id) + plan.epoch_off,
      ...(plan.lease_until !== undefined && { lease_until: plan.lease_until }),
      events,
      run: { ...created, ...why, state: plan.state, seq: expected_seq + events.length },
      task_runs: plan.task_runs.map((row) => taskRunRow(plan.run_id, row.key, row.outputs, row.item)),
      attempts: plan.attempts.map((row): AttemptRow => {
        const stored = attempts.find((other) => other.key === row.key && other.attempt === row.attempt);
        return {
          run_id: plan.run_id,
          key: row.key,
          attempt: row.attempt,
          state: row.state,
          epoch: (stored?.epoch ?? 1) + row.epoch_off,
          started_at: 1,
        };
      }),
    };
  }
}

/** What never changes of a run follows from its id alone. Two of them are created at the same moment. */
function newRunRow(run_id: RunId): RunRow {
  const nth = RUNS.indexOf(run_id);
  return new RunWriter(run_id, { pipeline: nth % 2 === 0 ? "even" : "odd", created_at: NEW_YEAR + Math.floor(nth / 2) })
    .row;
}

function taskRunRow(run_id: RunId, key: TaskKey, outputs: TaskRunRow["outputs"], item: TaskRunRow["item"]): TaskRunRow {
  const index = key.includes("[") ? { index: 0 } : {};
  return {
    run_id,
    key,
    task: key.slice(0, 1),
    ...index,
    state: "running",
    attempt: 1,
    ...(outputs && { outputs }),
    ...(item !== undefined && { item }),
  };
}

/** Makes an operation concrete, so that both stores are asked the very same. */
async function prepare(operation: Operation, truth: Truth): Promise<(store: Store) => Promise<unknown>> {
  switch (operation.type) {
    case "commit": {
      const writes: RunWrite[] = [];
      for (const plan of operation.writes) writes.push(await truth.write(plan));
      const owner = truth.owner(operation.writes[0]?.run_id ?? runId("r1"), operation.stranger);
      return async (store) => {
        const results = await store.commit(owner, writes);
        const created = writes.filter((write, nth) => write.expected_seq === 0 && results[nth]?.ok);
        truth.learn(created.map(({ run_id }) => ({ run_id, owner, epoch: 1 })));
        return results;
      };
    }
    case "leaseRuns":
      return (store) => store.leaseRuns(operation.owner, operation.now, operation.until, operation.run_ids);
    case "leaseRun":
      return (store) => store.leaseRun(operation.owner, operation.now, operation.until, operation.run_id);
    case "renew":
    case "release": {
      const lease = {
        run_id: operation.run_id,
        owner: truth.owner(operation.run_id, operation.stranger),
        epoch: truth.epoch(operation.run_id) + operation.epoch_off,
        until: 5,
      };
      return operation.type === "renew"
        ? (store) => store.renewLeases([lease], operation.until)
        : (store) => store.releaseLeases([lease]);
    }
    case "claim":
      return (store) => store.claimAttempt(operation);
    case "version":
      return (store) =>
        store.putPipelineVersion({
          version: operation.version,
          pipeline: "p",
          file: "f",
          source: operation.source,
          stored_at: 1,
        });
    case "list":
      return (store) => allPages(store, operation);
    case "find":
      return (store) => store.findRuns(operation.prefix);
  }
}

async function allPages(store: Store, operation: Extract<Operation, { type: "list" }>): Promise<unknown> {
  const { pipeline, states, limit } = operation;
  const pages: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await store.listRuns({
      limit,
      ...(pipeline && { pipelines: [pipeline] }),
      ...(states && { states }),
      ...(after && { after }),
    });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

async function everything(store: Store): Promise<unknown> {
  const runs = RUNS.map(async (run_id) => [
    await store.getRun(run_id),
    await store.readEvents(run_id),
    await store.listTaskRuns(run_id),
    await store.listAttempts(run_id),
    await Promise.all(KEYS.map((key) => store.listAttempts(run_id, key))),
  ]);
  return [await Promise.all(runs), await store.getPipelineVersion("v1"), await store.getPipelineVersion("v2")];
}

test("random operations give the same answers in memory and in SQLite", async () => {
  const seen = { accepted: 0, lease: 0, seq: 0, attempt: 0, leases: 0, claims: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40, size: "max" }), async (operations) => {
      const folder = mkdtempSync(join(tmpdir(), "engine-store-"));
      const memory = createMemoryStore();
      const sqlite = await openSqliteStore(folder, { mode: "write", clock: () => NEW_YEAR, describe: "vitest" });
      try {
        const truth = new Truth(memory);
        for (const operation of operations) {
          const ask = await prepare(operation, truth);
          const answer = await ask(memory);
          expect(await ask(sqlite)).toStrictEqual(answer);
          count(operation, answer);
          if (operation.type === "leaseRuns") truth.learn(answer as RunLease[]);
          if (operation.type === "leaseRun") truth.learn(answer === undefined ? [] : [answer as RunLease]);
        }
        expect(await everything(sqlite)).toStrictEqual(await everything(memory));
      } finally {
        await sqlite.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 120 },
  );
  // The small world did its work: nothing of this was rare.
  for (const [what, times] of Object.entries(seen)) expect([what, times > 5]).toEqual([what, true]);

  function count(operation: Operation, answer: unknown): void {
    if (operation.type === "commit") {
      for (const result of answer as { ok: boolean; conflict?: "lease" | "seq" | "attempt" }[])
        seen[result.conflict ?? "accepted"]++;
    }
    if (operation.type === "leaseRuns") seen.leases += (answer as RunLease[]).length;
    if (operation.type === "claim" && answer !== undefined) seen.claims++;
  }
});

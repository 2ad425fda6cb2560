import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AttemptOutcome,
  createRun,
  decide,
  evolve,
  type Input,
  liveAttempts,
  newRun,
  queuedKeys,
  type Run,
  type RunEvent,
  type RunId,
  type RunPlan,
  replay,
  type TaskId,
  type TaskKey,
  TRIGGER_RULES,
  waitingAttempts,
} from "../../../src/core/index.ts";
import type { RunLease, Store } from "../../../src/engine/index.ts";
import { writeOf } from "../../../src/engine/journal.ts";
import { attemptRows, type LiveAttempt, runRow, taskRunRow } from "../../../src/engine/rows.ts";
import { aPlan, CREATED, runId, type TaskParts } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

/*
 * The tables that queries read are written piece by piece, the rows of each decision with its events.
 * Whatever a run went through, they equal what the whole journal folds to.
 */

type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(random() * choices.length)];
  if (chosen === undefined) throw new Error("nothing to choose from");
  return chosen;
}

const chance = (random: Random, of: number) => random() < of;

/** A small pipeline with a little of everything that a run can go through. */
function randomPlan(random: Random): RunPlan {
  const ids = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, nth) => `t${nth}`);
  const tasks = ids.map((id, nth): [string, TaskParts] => {
    const needs = ids.slice(0, nth).filter(() => chance(random, 0.4));
    const mapped = chance(random, 0.25);
    return [
      id,
      {
        needs,
        trigger_rule: pick(random, TRIGGER_RULES),
        conditional: chance(random, 0.2),
        branch: !mapped && chance(random, 0.2),
        allow_failure: chance(random, 0.2),
        on_lost: chance(random, 0.8) ? "rerun" : "fail",
        retries: { count: Math.floor(random() * 3), delay_ms: 100 },
        ...(mapped && { for_each: {} }),
        ...(chance(random, 0.2) && { timeout_ms: 500 }),
      },
    ];
  });
  return aPlan(Object.fromEntries(tasks), {
    ...(chance(random, 0.3) && { timeout_ms: 1_000 }),
    evaluator: {
      condition: () => (chance(random, 0.9) ? { ok: true, value: chance(random, 0.7) } : { ok: false, message: "no" }),
      items: () => ({ ok: true, value: Array.from({ length: Math.floor(random() * 4) }, (_, nth) => ({ nth })) }),
    },
  });
}

function randomOutcome(random: Random, plan: RunPlan, key: TaskKey): AttemptOutcome {
  const of = random();
  if (of < 0.65) {
    const dependants = plan.tasks.filter(({ needs }) => needs.includes(key as string as TaskId)).map(({ id }) => id);
    const branch = plan.tasks.find(({ id }) => (id as string) === key)?.branch === true;
    return {
      state: "success",
      outputs: { n: random() },
      ...(branch && { chosen: dependants.filter(() => chance(random, 0.5)) }),
    };
  }
  if (of < 0.85) return { state: "failed", failure: { reason: "exit_code", message: "it ended with 1", exit_code: 1 } };
  if (of < 0.95) return { state: "lost", message: "gone" };
  return { state: "skipped", message: "nothing to do" };
}

/** What may happen next to the run. */
function randomInput(random: Random, plan: RunPlan, run: Run): Input {
  const live = liveAttempts(run);
  const open = [...live, ...waitingAttempts(run)];
  const of = random();
  if (run.finished_at !== undefined && live.length === 0) {
    if (of < 0.5)
      return {
        type: "retry_requested",
        by: "ada",
        what: chance(random, 0.5) ? "failed" : { from: [pick(random, plan.tasks).id] },
      };
    return {
      type: "mark_requested",
      key: pick(random, [...run.task_runs.keys()]),
      state: pick(random, ["success", "failed", "skipped"]),
      by: "ada",
    };
  }
  if (of < 0.02) return { type: "cancel_requested", by: "ada", ...(chance(random, 0.5) && { why: "enough" }) };
  if (of < 0.06)
    return { type: "mark_requested", key: pick(random, [...run.task_runs.keys()]), state: "failed", by: "ada" };
  if (of < 0.4 && open.length > 0) {
    const { key, attempt } = pick(random, open);
    if (chance(random, 0.15)) return { type: "attempt_waits", key, attempt };
    return { type: "attempt_reported", key, attempt, outcome: randomOutcome(random, plan, key) };
  }
  if (of < 0.8) return { type: "slots_granted", keys: queuedKeys(run).filter(() => chance(random, 0.7)) };
  return { type: "tick" };
}

/** Drives a run at random and stores it as the loop does, one to four inputs a commit. Checks now and then. */
async function driveAndCheck(store: Store, id: RunId, seed: number, steps: number, seen: Set<string>): Promise<void> {
  const random = randomOf(seed);
  const plan = randomPlan(random);
  const run = newRun(plan, id);
  const lease: RunLease = { run_id: id, owner: "us", epoch: 1, until: 0 };
  const live = new Map<TaskKey, LiveAttempt>();
  let now = 1_000;
  let pending: RunEvent[] = [];
  const take = (events: readonly RunEvent[]) => {
    for (const event of events) {
      evolve(run, event);
      pending.push(event);
      seen.add(event.type);
    }
  };

  take(createRun({ ...CREATED, params: { seed } }, now));
  take(decide(run, { type: "tick" }, now));
  for (let step = 0; step < steps; step++) {
    now += Math.floor(random() * 100);
    take(decide(run, randomInput(random, plan, run), now));
    if (chance(random, 0.5) || step === steps - 1) {
      const write = writeOf({ run, pending, lease, live } as unknown as Parameters<typeof writeOf>[0]);
      expect(await store.commit("us", [write])).toEqual([{ ok: true }]);
      pending = [];
      if (chance(random, 0.1) || step === steps - 1) await expectTablesAreTheFold(store, plan, run);
    }
  }
}

async function expectTablesAreTheFold(store: Store, plan: RunPlan, { id }: Run): Promise<void> {
  const events = await store.readEvents(id);
  const folded = replay(plan, id, events);
  expect(await store.getRun(id)).toEqual(runRow(folded));
  const task_runs = [...folded.task_runs.values()].map((task) => taskRunRow(id, task));
  expect(byName(await store.listTaskRuns(id))).toEqual(byName(task_runs));
  expect(byName(await store.listAttempts(id))).toEqual(byName(attemptRows(id, events, new Map())));
}

function byName<T extends { readonly key: string; readonly attempt: number }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [`${row.key}#${row.attempt}`, row]));
}

test("after every commit the tables equal the fold of the journal", async () => {
  const store = await openStore(temporaryFolder());
  const seen = new Set<string>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      await driveAndCheck(store, runId(`run-${runs++}`), seed, 60, seen);
    }),
    { numRuns: 100 },
  );
  // The runs went through everything that can happen to one.
  expect(seen).toEqual(
    new Set<RunEvent["type"]>([
      "run_created",
      "run_started",
      "task_expanded",
      "task_queued",
      "attempt_started",
      "attempt_waiting",
      "attempt_stopping",
      "attempt_ended",
      "retry_scheduled",
      "task_finished",
      "cancel_accepted",
      "run_timed_out",
      "tasks_cleared",
      "run_finished",
    ]),
  );
});

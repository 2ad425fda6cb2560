import { type Run, type RunId, replay, type TaskKey, touched } from "../core/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import { EngineError } from "./errors.ts";
import type { Clock, RunLease, RunWrite, RunWriteResult, Store } from "./ports.ts";
import type { LoadProgram, Program } from "./program.ts";
import { attemptRows, type LiveAttempt, runRow, taskRunRow } from "./rows.ts";
import { StoreError } from "./store-error.ts";

/** Waits between tries of a call that the store refused: the first, doubling, at most. */
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

/** What is to be stored of a driven run: its pending events and the rows that follow from them. */
export function writeOf({ run, pending, lease, live }: DrivenRun): RunWrite {
  const task_runs = [];
  for (const key of touched(run, pending)) {
    const task = run.task_runs.get(key);
    if (task !== undefined) task_runs.push(taskRunRow(run.id, task));
  }
  return {
    run_id: run.id,
    lease_epoch: lease.epoch,
    lease_until: lease.until,
    expected_seq: run.seq - pending.length,
    events: [...pending],
    run: runRow(run),
    task_runs,
    attempts: attemptRows(run.id, pending, live),
  };
}

/**
 * Stores a batch, as `insist` does. What can't be stored ever, for a bug of ours or a value that nobody refused in time, keeps
 * no other run from being stored: its result is the error.
 */
export async function commitAll(
  insistence: Insistence,
  commit: (writes: readonly RunWrite[]) => Promise<readonly RunWriteResult[]>,
  writes: readonly RunWrite[],
): Promise<readonly (RunWriteResult | { readonly ok: false; readonly conflict: Error })[]> {
  if (writes.length === 0) return [];
  const isLasting = (error: unknown): error is Error => error instanceof Error && !(error instanceof StoreError);
  const store = (some: readonly RunWrite[]) =>
    insist(insistence, "a commit", () =>
      commit(some).catch((error: unknown) => {
        if (isLasting(error)) return error;
        throw error;
      }),
    );
  const together = await store(writes);
  if (!(together instanceof Error)) return together;
  const results = [];
  for (const write of writes) {
    const alone = writes.length === 1 ? together : await store([write]);
    if (alone instanceof Error) {
      insistence.onTrouble(`run ${write.run_id} can't be stored, and is no longer driven`, alone);
      results.push({ ok: false, conflict: alone } as const);
    } else results.push(...alone);
  }
  return results;
}

/**
 * Asks the store until it answers: a store in trouble must not lose what was decided, so nothing else
 * is decided meanwhile. Rejects with the store's error once `closing` is aborted.
 */
export async function insist<T>(
  { clock, onTrouble, closing }: Insistence,
  what: string,
  ask: () => Promise<T>,
): Promise<T> {
  for (let wait_ms = RETRY_FIRST_MS; ; wait_ms = Math.min(wait_ms * 2, RETRY_MAX_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (closing.aborted) throw error;
      onTrouble(`the store refused ${what}; trying again in ${wait_ms} ms`, error);
      await new Promise<void>((resolve) => {
        const cancel = clock.wakeIn(wait_ms, () => {
          closing.removeEventListener("abort", stop);
          resolve();
        });
        const stop = (): void => {
          cancel();
          resolve();
        };
        closing.addEventListener("abort", stop, { once: true });
      });
    }
  }
}

export interface Insistence {
  readonly clock: Clock;
  readonly onTrouble: (message: string, cause: unknown) => void;
  readonly closing: AbortSignal;
}

/**
 * Reads a run back from its journal. Rejects with `VERSION_UNREADABLE` when the version that it began
 * with can't be used any more.
 */
export async function readRun(
  { store, loadProgram }: { readonly store: Store; readonly loadProgram: LoadProgram },
  lease: RunLease,
): Promise<{ readonly program: Program; readonly run: Run }> {
  const events = await store.readEvents(lease.run_id);
  const first = events[0];
  if (first?.type !== "run_created") throw new Error(`the journal of run ${lease.run_id} has no beginning`);
  const version = await store.getPipelineVersion(first.version);
  let program: Program;
  try {
    if (version === undefined) throw new Error(`version ${first.version} is not stored`);
    program = await loadProgram(version);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const values = { run: lease.run_id, pipeline: first.pipeline, why };
    throw new EngineError("VERSION_UNREADABLE", values, { cause: error });
  }
  return { program, run: replay(program.plan, lease.run_id, events) };
}

/** The attempts of a run that its rows say are running or waiting. */
export async function readLiveAttempts(store: Store, run_id: RunId): Promise<ReadonlyMap<TaskKey, LiveAttempt>> {
  const live = new Map<TaskKey, LiveAttempt>();
  for (const { key, attempt, state, epoch, started_at } of await store.listAttempts(run_id)) {
    if (state === "running" || state === "waiting") live.set(key, { attempt, epoch, started_at });
  }
  return live;
}

/**
 * Claims the live attempts of a run, so that whoever had them before writes no more. All at once: thousands may wait, and
 * the store makes one transaction of what it is asked in one turn.
 */
export async function takeOverAttempts(store: Store, run_id: RunId): Promise<ReadonlyMap<TaskKey, LiveAttempt>> {
  const claims = Array.from(await readLiveAttempts(store, run_id), async ([key, { attempt, started_at }]) => {
    const epoch = await store.claimAttempt({ run_id, key, attempt });
    return [key, epoch === undefined ? undefined : { attempt, epoch, started_at }] as const;
  });
  const taken = new Map<TaskKey, LiveAttempt>();
  for (const [key, live] of await Promise.all(claims)) if (live !== undefined) taken.set(key, live);
  return taken;
}

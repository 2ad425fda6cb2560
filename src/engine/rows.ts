import type { Run, RunEvent, RunId, TaskKey, TaskRun } from "../core/index.ts";
import type { JsonObject } from "../lib/index.ts";
import type { AttemptRow, AttemptState, RunRow, TaskRunRow } from "./ports.ts";

/** The `runs` row of a run as it is now. */
export function runRow(run: Run): RunRow {
  const { created } = run;
  return {
    run_id: run.id,
    pipeline: created.pipeline,
    version: created.version,
    state: run.state,
    trigger: created.trigger,
    by: created.by,
    logical_date: created.logical_date,
    data_interval_start: created.data_interval_start,
    data_interval_end: created.data_interval_end,
    params: created.params,
    created_at: run.created_at,
    ...(run.started_at !== undefined && { started_at: run.started_at }),
    ...(run.finished_at !== undefined && { finished_at: run.finished_at }),
    ...(run.why !== undefined && { why: run.why }),
    seq: run.seq,
    ...(run.notifications.size > 0 && { unsent: run.notifications.size }),
    ...(created.parent !== undefined && {
      parent_run_id: created.parent.run_id,
      parent_key: created.parent.key,
      parent_attempt: created.parent.attempt,
    }),
    ...(created.slot !== undefined && { slot: created.slot }),
    ...(created.idempotency_key !== undefined && { idempotency_key: created.idempotency_key }),
    ...(created.backfill_id !== undefined && { backfill_id: created.backfill_id }),
    ...(created.revision !== undefined && { revision: created.revision }),
  };
}

/** The `task_runs` row of a task run as it is now. */
export function taskRunRow(run_id: RunId, task: TaskRun): TaskRunRow {
  return {
    run_id,
    key: task.key,
    task: task.task,
    state: task.state,
    attempt: task.attempt,
    ...(task.index !== undefined && { index: task.index }),
    ...(task.queued_at !== undefined && { queued_at: task.queued_at }),
    ...(task.started_at !== undefined && { started_at: task.started_at }),
    ...(task.finished_at !== undefined && { finished_at: task.finished_at }),
    ...(task.wake_at !== undefined && { wake_at: task.wake_at }),
    ...(task.outputs !== undefined && { outputs: task.outputs }),
    ...(task.failure !== undefined && { failure: { ...task.failure } as unknown as JsonObject }),
    ...(task.why !== undefined && { why: task.why }),
    ...(task.item !== undefined && { item: task.item }),
  };
}

/** What the loop remembers of an attempt that is live, to write its row again. */
export interface LiveAttempt {
  readonly attempt: number;
  readonly epoch: number;
  readonly started_at: number;
}

/**
 * The `attempts` rows that a batch of events changes. `live` holds the attempts that were live
 * before the batch and is brought up to date; ended attempts leave it.
 */
export function attemptRows(
  run_id: RunId,
  events: readonly RunEvent[],
  live: Map<TaskKey, LiveAttempt>,
): readonly AttemptRow[] {
  const rows = new Map<string, AttemptRow>();
  for (const event of events) {
    const row = attemptRow(run_id, event, live);
    if (row !== undefined) rows.set(`${row.key}#${row.attempt}`, row);
  }
  return [...rows.values()];
}

/** The epoch of an attempt that nobody has taken over yet. */
const FIRST_EPOCH = 1;

function attemptRow(run_id: RunId, event: RunEvent, live: Map<TaskKey, LiveAttempt>): AttemptRow | undefined {
  switch (event.type) {
    case "attempt_started": {
      const attempt = { attempt: event.attempt, epoch: FIRST_EPOCH, started_at: event.at };
      live.set(event.key, attempt);
      return { run_id, key: event.key, ...attempt, state: "running" };
    }
    case "attempt_waiting": {
      const known = live.get(event.key);
      return known && { run_id, key: event.key, ...known, state: "waiting" };
    }
    case "attempt_ended": {
      const known = live.get(event.key);
      if (known?.attempt !== event.attempt) return undefined;
      live.delete(event.key);
      const { outcome } = event;
      const failure = outcome.state === "failed" ? outcome.failure : undefined;
      return {
        run_id,
        key: event.key,
        ...known,
        state: endState(outcome),
        finished_at: event.at,
        ...(failure?.exit_code !== undefined && { exit_code: failure.exit_code }),
        ...(failure !== undefined && { failure: { ...failure } as unknown as JsonObject }),
        ...(outcome.state === "success" && outcome.metrics !== undefined && { metrics: outcome.metrics }),
        ...(outcome.state === "success" && outcome.warnings !== undefined && { warnings: outcome.warnings }),
      };
    }
    default:
      return undefined;
  }
}

function endState(outcome: Extract<RunEvent, { type: "attempt_ended" }>["outcome"]): AttemptState {
  return outcome.state === "failed" && outcome.failure.reason === "cancelled" ? "cancelled" : outcome.state;
}

import type { Intent, Run, StopReason } from "./model.ts";
import type { TaskKey } from "./names.ts";
import { type RunRecord, recordOf } from "./run-record.ts";
import { isFinal } from "./task-run.ts";

/** An attempt that holds a slot, and the process behind it that must be started, adopted or stopped. */
export interface LiveAttempt {
  readonly key: TaskKey;
  readonly attempt: number;
  /** It was told to stop, and why. */
  readonly stopping?: StopReason;
}

/** Attempts that are live, in the pipeline's order. Costs as much as there are of them. */
export function liveAttempts(run: Run): LiveAttempt[] {
  const record = recordOf(run);
  return inOrder(record, record.live).map((key) => {
    const { attempt, stopping } = record.taskRun(key);
    return { key, attempt, ...(stopping !== undefined && { stopping }) };
  });
}

/** Attempts that are open and hold no slot, in the pipeline's order. Costs as much as there are task runs. */
export function waitingAttempts(run: Run): LiveAttempt[] {
  const waiting = [...run.task_runs.values()].filter((task) => task.state === "waiting");
  return waiting.map(({ key, attempt }) => ({ key, attempt }));
}

/** Task runs that wait for a slot, in the pipeline's order. */
export function queuedKeys(run: Run): TaskKey[] {
  const record = recordOf(run);
  return inOrder(record, record.queued);
}

/**
 * What should now be true of the world: every live attempt runs, or is being stopped, every message is sent, and
 * somebody ticks at the earliest timer. Idempotent, and complete after a replay. Costs as much as there are
 * live attempts and unsent messages.
 */
export function intents(run: Run): Intent[] {
  const record = recordOf(run);
  const found: Intent[] = liveAttempts(run).map(({ key, attempt, stopping }) => {
    // Attempts outlive their run only if it was ended because of an internal error.
    const why = stopping ?? (isFinal(record.state) ? "cancelled" : undefined);
    if (why === undefined) return { type: "start_attempt", key, attempt };
    const { grace_ms } = record.planned(record.taskRun(key).task).plan;
    return { type: "stop_attempt", key, attempt, why, grace_ms };
  });
  for (const [notification, request] of record.notifications) found.push({ type: "notify", notification, request });
  const next = record.timers.peek();
  if (next !== undefined && record.state === "running") found.push({ type: "wake_at", at: next.value.at });
  return found;
}

function inOrder(record: RunRecord, keys: Iterable<TaskKey>): TaskKey[] {
  const tasks = Array.from(keys, (key) => record.taskRun(key));
  const order = (task: (typeof tasks)[number]) => record.planned(task.task).order;
  return tasks.sort((a, b) => order(a) - order(b) || (a.index ?? 0) - (b.index ?? 0)).map((task) => task.key);
}

import { endAttempt } from "./attempts.ts";
import type { Input, StopReason, TaskRun } from "./model.ts";
import type { TaskId, TaskKey } from "./names.ts";
import type { PlannedTask } from "./plan-index.ts";
import type { RunRecord } from "./run-record.ts";
import { admitted, finished, start, wholeFinished } from "./settle.ts";
import { hasOpenAttempt, isFinal, isLive } from "./task-run.ts";
import type { Turn } from "./turn.ts";

/** Cancels a run that is not finished. Live attempts are told to stop; the run ends when the last of them has. */
export function acceptCancel(turn: Turn, by: string, why: string | undefined): void {
  const { record } = turn;
  const open = record.state === "queued" || record.state === "running";
  if (!open || record.cancelled_by !== undefined || record.timed_out) return;
  turn.emit({ type: "cancel_accepted", by, ...(why !== undefined && { why }) });
  closeOpen(turn, "cancelled");
}

/** Closes every task run that is open: at once where nothing is live, else when its report comes. */
export function closeOpen(turn: Turn, why: StopReason): void {
  const { record } = turn;
  for (const planned of [...record.open].sort((a, b) => a.order - b.order)) {
    const items = record.items(planned.plan.id);
    for (const task of items.length > 0 ? items : [record.whole(planned)]) {
      if (!isFinal(task.state)) close(turn, task, why);
    }
  }
}

function close(turn: Turn, task: TaskRun, why: StopReason): void {
  const { key, attempt } = task;
  const because = why === "timeout" ? "the run took longer than its timeout" : "the run was cancelled";
  if (isLive(task)) {
    if (task.stopping === undefined) turn.emit({ type: "attempt_stopping", key, attempt, why });
  } else if (hasOpenAttempt(task)) {
    endAttempt(turn, task, { state: "failed", failure: { reason: why, message: because } });
  } else {
    turn.emit(finished(key, "cancelled", { why: because }));
  }
}

/** Opens tasks of a finished run again, and the run with them. Nothing while an attempt is still live. */
export function retryRun(
  turn: Turn,
  by: string,
  what: Extract<Input, { readonly type: "retry_requested" }>["what"],
): void {
  const { record } = turn;
  if (!isFinal(record.state) || record.live.size > 0) return;
  const { tasks, items } = what === "failed" ? clearedByFailure(record) : clearedFrom(record, what.from);
  if (tasks.length + items.length === 0) return;
  turn.emit({ type: "tasks_cleared", tasks, ...(items.length > 0 && { items }), by });
  start(turn);
  for (const key of items) {
    const item = record.taskRun(key);
    turn.emit(admitted(record, record.planned(item.task), item));
  }
}

interface Cleared {
  readonly tasks: readonly TaskId[];
  readonly items: readonly TaskKey[];
}

function clearedFrom(record: RunRecord, from: readonly TaskId[]): Cleared {
  const roots = record.tasks.filter((task) => task.selected && from.includes(task.plan.id));
  return { tasks: idsOf(new Set([...roots, ...downstreamOf(roots)])), items: [] };
}

/**
 * What went wrong and all downstream of it. A mapped task with nothing cleared above it would get the
 * same items again, so that only its items which went wrong are cleared.
 */
function clearedByFailure(record: RunRecord): Cleared {
  const roots = record.tasks.filter((task) => task.selected && wentWrong(record.whole(task)));
  const cleared = new Set(downstreamOf(roots));
  const items: TaskKey[] = [];
  for (const root of roots) {
    if (cleared.has(root)) continue;
    const wrong = record.items(root.plan.id).filter(wentWrong);
    if (wrong.length === 0) cleared.add(root);
    for (const item of wrong) items.push(item.key);
  }
  return { tasks: idsOf(cleared), items };
}

function wentWrong(task: TaskRun): boolean {
  return task.state !== "success" && task.state !== "skipped";
}

function downstreamOf(roots: readonly PlannedTask[]): ReadonlySet<PlannedTask> {
  const reached = new Set(roots.flatMap((root) => root.dependants));
  for (const task of reached) for (const dependant of task.dependants) reached.add(dependant);
  return reached;
}

function idsOf(tasks: ReadonlySet<PlannedTask>): readonly TaskId[] {
  return [...tasks].sort((a, b) => a.order - b.order).map((task) => task.plan.id);
}

/** A person decides a task run's state. */
export function mark(turn: Turn, key: TaskKey, state: "success" | "failed" | "skipped", by: string): void {
  const { record } = turn;
  const task = record.task_runs.get(key);
  if (task === undefined || task.state === state) return;
  const planned = record.planned(task.task);
  const expansion = record.expansion(task.task);
  if (task.index === undefined) {
    markOne(turn, task, state, by);
    for (const item of record.items(task.task)) if (!isFinal(item.state)) markOne(turn, item, state, by);
  } else if (expansion !== undefined && task.index < expansion.count) {
    markOne(turn, task, state, by);
    const whole = record.whole(planned);
    // One that is open follows when its last item is decided. One that is decided has no open items.
    if (!isFinal(whole.state)) return;
    const outcome = wholeFinished(record, planned);
    if (outcome.state !== whole.state) turn.emit({ ...outcome, by });
  }
}

function markOne(turn: Turn, task: TaskRun, state: "success" | "failed" | "skipped", by: string): void {
  const { key, attempt } = task;
  if (isLive(task)) {
    if (task.stopping === undefined) turn.emit({ type: "attempt_stopping", key, attempt, why: "cancelled" });
  } else if (hasOpenAttempt(task)) {
    const failure = { reason: "cancelled", message: `marked ${state} by ${by}` } as const;
    turn.emit({ type: "attempt_ended", key, attempt, outcome: { state: "failed", failure } });
  }
  turn.emit(finished(key, state, { by, why: `marked ${state} by ${by}` }));
}

import { FINAL_TASK_STATES, type FinalTaskState, type TaskRun, type TaskState } from "./model.ts";
import type { EpochMs, TaskId, TaskKey } from "./names.ts";

const FINAL: ReadonlySet<TaskState> = new Set(FINAL_TASK_STATES);

/** Whether a task run in this state is decided. */
export function isFinal(state: TaskState): state is FinalTaskState {
  return FINAL.has(state);
}

/** The key of an item of a mapped task. */
export function itemKey(task: TaskId, index: number): TaskKey {
  return `${task}[${index}]` as TaskKey;
}

/** Whether an attempt of it is live: it holds a slot, and its report is still to come. A mapped task as a whole has none. */
export function isLive(task: TaskRun): boolean {
  return task.stopping !== undefined || (task.state === "running" && task.attempt > 0);
}

/** Whether an attempt of it may still be reported: it is live, or it has given its slot back. */
export function hasOpenAttempt(task: TaskRun): boolean {
  return isLive(task) || task.state === "waiting";
}

/** When a tick has something to do for it; undefined when none ever has. */
export function timerOf(task: TaskRun): EpochMs | undefined {
  switch (task.state) {
    case "up_for_retry":
      return earlier(task.wake_at, task.deadline_at);
    case "queued":
    case "waiting":
      return task.deadline_at;
    case "running":
      return task.stopping === undefined ? task.deadline_at : undefined;
    default:
      return undefined;
  }
}

function earlier(a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

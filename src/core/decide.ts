import { acceptCancel, closeOpen, mark, retryRun } from "./actions.ts";
import { afterFailure, endAttempt, OUT_OF_TIME } from "./attempts.ts";
import { invariant } from "./invariant.ts";
import type { Input, Run, RunCreated, RunEvent, TaskRun } from "./model.ts";
import type { EpochMs, TaskKey } from "./names.ts";
import { RUN_TIMER, recordOf } from "./run-record.ts";
import { finished, queued, settle, start } from "./settle.ts";
import { hasOpenAttempt, isLive } from "./task-run.ts";
import { Turn } from "./turn.ts";

/** The first event of a run. */
export function createRun(created: Omit<RunCreated, "type">, now: EpochMs): RunEvent[] {
  return [{ ...created, type: "run_created", seq: 1, at: now }];
}

/**
 * What an input leads to, followed through until nothing more can be decided; empty when it is stale.
 * Leaves the run as it is: feed the events to `evolve`. Costs only the edges that it touches.
 */
export function decide(run: Run, input: Input, now: EpochMs): RunEvent[] {
  const record = recordOf(run);
  return record.tryOut(() => {
    const turn = new Turn(record, now);
    const handler = HANDLERS[input.type] as (turn: Turn, input: Input) => void;
    handler(turn, input);
    settle(turn);
    return turn.events;
  });
}

type Handlers = {
  readonly [T in Input["type"]]: (turn: Turn, input: Extract<Input, { readonly type: T }>) => void;
};

const HANDLERS: Handlers = {
  tick(turn) {
    if (turn.record.state === "queued") start(turn);
    fireTimers(turn);
  },

  slots_granted(turn, { keys }) {
    // Task runs are left queued in a run that was ended because of an internal error.
    if (turn.record.state !== "running") return;
    for (const key of keys) {
      const task = turn.record.task_runs.get(key);
      if (task?.state !== "queued") continue;
      // The tick of its deadline may come after the slot.
      if (task.deadline_at !== undefined && task.deadline_at <= turn.now) fire(turn, task);
      else startAttempt(turn, task);
    }
  },

  slots_refused(turn, { key, message }) {
    const task = turn.record.task_runs.get(key);
    if (task?.state !== "queued") return;
    turn.emit(finished(key, "failed", { failure: { reason: "pool_unavailable", message } }));
  },

  attempt_reported(turn, { key, attempt, outcome }) {
    const task = turn.record.task_runs.get(key);
    if (task?.attempt === attempt && hasOpenAttempt(task)) endAttempt(turn, task, outcome);
  },

  attempt_waits(turn, { key, attempt }) {
    const task = turn.record.task_runs.get(key);
    // One that was told to stop ends soon, and its report says so.
    if (task?.attempt !== attempt || !isLive(task) || task.stopping !== undefined) return;
    turn.emit({ type: "attempt_waiting", key, attempt });
  },

  answer_given(turn, { key, by, outcome }) {
    const task = turn.record.task_runs.get(key);
    if (task?.state === "waiting") endAttempt(turn, task, outcome, by);
  },

  notification_reported(turn, { notification, problem }) {
    if (!turn.record.notifications.has(notification)) return;
    turn.emit({ type: "notification_ended", notification, ...(problem !== undefined && { problem }) });
  },

  cancel_requested: (turn, input) => acceptCancel(turn, input.by, input.why),
  retry_requested: (turn, input) => retryRun(turn, input.by, input.what),
  mark_requested: (turn, input) => mark(turn, input.key, input.state, input.by),
};

function startAttempt(turn: Turn, task: TaskRun): void {
  const { timeout_ms, waits } = turn.record.planned(task.task).plan;
  const since = waits ? (task.started_at ?? turn.now) : turn.now;
  const deadline_at = timeout_ms === undefined ? undefined : since + timeout_ms;
  turn.emit({
    type: "attempt_started",
    key: task.key,
    attempt: task.attempt + 1,
    ...(deadline_at !== undefined && { deadline_at }),
  });
}

/** Does what is due, in the order in which it fell due. */
function fireTimers(turn: Turn): void {
  const { timers } = turn.record;
  let fired: TaskKey | undefined;
  for (let due = timers.peek(); due !== undefined && due.value.at <= turn.now; due = timers.peek()) {
    const { key } = due;
    invariant(key !== fired, () => `the timer of ${key} was not moved by what it did`);
    if (key === RUN_TIMER) {
      turn.emit({ type: "run_timed_out" });
      closeOpen(turn, "timeout");
    } else {
      fire(turn, turn.record.taskRun(key));
    }
    fired = key;
  }
}

function fire(turn: Turn, task: TaskRun): void {
  const { key, attempt, deadline_at } = task;
  if (deadline_at === undefined || deadline_at > turn.now) turn.emit(queued(task));
  else if (isLive(task)) turn.emit({ type: "attempt_stopping", key, attempt, why: "timeout" });
  else if (hasOpenAttempt(task)) endAttempt(turn, task, { state: "failed", failure: OUT_OF_TIME });
  else turn.emit(afterFailure(turn, turn.record.planned(task.task), task, OUT_OF_TIME));
}

import { invariant } from "./invariant.ts";
import type { Run, RunEvent, RunPlan, TaskRun } from "./model.ts";
import type { RunId, TaskId, TaskKey } from "./names.ts";
import { RunRecord, recordOf } from "./run-record.ts";
import { isFinal, itemKey } from "./task-run.ts";

/** A run before its first event. */
export function newRun(plan: RunPlan, id: RunId): Run {
  return new RunRecord(plan, id);
}

/** A run as its journal left it. Asks no evaluator: what expressions gave is recorded. */
export function replay(plan: RunPlan, id: RunId, events: Iterable<RunEvent>): Run {
  const run = newRun(plan, id);
  for (const event of events) evolve(run, event);
  return run;
}

/**
 * The run after the event: the only way that state changes. Changes the run in place and returns it,
 * since a run has one owner. Total over the events of a journal that `decide` wrote; an event out of
 * sequence or about an unknown task run is a broken invariant.
 */
export function evolve(run: Run, event: RunEvent): Run {
  const record = recordOf(run);
  apply(record, event);
  return record;
}

/** `evolve` on a record. */
export function apply(record: RunRecord, event: RunEvent): void {
  invariant(event.seq === record.seq + 1, () => `run ${record.id}: event ${event.seq} came after ${record.seq}`);
  const handler = HANDLERS[event.type] as (record: RunRecord, event: RunEvent) => void;
  handler(record, event);
  record.head.seq = event.seq;
  record.head.last_at = Math.max(record.head.last_at, event.at);
}

type Handlers = {
  readonly [T in RunEvent["type"]]: (record: RunRecord, event: Extract<RunEvent, { readonly type: T }>) => void;
};

const HANDLERS: Handlers = {
  run_created(record, event) {
    const { seq: _, at, ...created } = event;
    record.begin(created, at);
  },

  run_started(record, event) {
    record.head.state = "running";
    record.head.started_at ??= event.at;
    record.setRunTimer(event.deadline_at);
  },

  task_expanded(record, event) {
    const whole = record.taskRun(keyOf(event.task));
    record.put({ ...kept(whole), state: "running", started_at: event.at, items: event.items.length });
    for (const [index, item] of event.items.entries()) {
      const key = itemKey(event.task, index);
      const before = record.task_runs.get(key);
      record.put({ ...blank(key, event.task, before?.attempt ?? 0), index, item });
    }
    record.setExpansion(event.task, event.items.length);
  },

  task_queued(record, event) {
    const task = record.taskRun(event.key);
    record.put({ ...keptWithDeadline(record, task), state: "queued", queued_at: event.at });
  },

  attempt_started(record, event) {
    const task = record.taskRun(event.key);
    record.put({
      ...kept(task),
      state: "running",
      attempt: event.attempt,
      started_at: task.started_at ?? event.at,
      ...(event.deadline_at !== undefined && { deadline_at: event.deadline_at }),
    });
  },

  attempt_waiting(record, event) {
    const task = record.taskRun(event.key);
    const { deadline_at } = task;
    record.put({ ...kept(task), state: "waiting", ...(deadline_at !== undefined && { deadline_at }) });
  },

  attempt_stopping(record, event) {
    record.put({ ...record.taskRun(event.key), stopping: event.why });
  },

  attempt_ended(record, event) {
    const task = record.taskRun(event.key);
    const lost_count = event.outcome.state === "lost" ? task.lost_count + 1 : 0;
    if (isFinal(task.state)) {
      const { stopping: _, ...rest } = task;
      record.put({ ...rest, lost_count });
    } else {
      record.put({ ...keptWithDeadline(record, task), state: "scheduled", lost_count });
    }
  },

  retry_scheduled(record, event) {
    const task = record.taskRun(event.key);
    const retries_used = task.retries_used + (event.why === "failed" ? 1 : 0);
    record.put({ ...keptWithDeadline(record, task), state: "up_for_retry", retries_used, wake_at: event.ready_at });
  },

  task_finished(record, event) {
    const task = record.taskRun(event.key);
    record.put({
      ...kept(task),
      state: event.state,
      finished_at: event.at,
      ...(task.stopping !== undefined && { stopping: task.stopping }),
      ...(event.outputs !== undefined && { outputs: event.outputs }),
      ...(event.failure !== undefined && { failure: event.failure }),
      ...(event.why !== undefined && { why: event.why }),
      ...(event.chosen !== undefined && { chosen: event.chosen }),
    });
  },

  notification_requested(record, { seq, at: _, ...request }) {
    record.setNotification(seq, request);
  },

  notification_ended(record, event) {
    record.setNotification(event.notification, undefined);
  },

  cancel_accepted(record, event) {
    record.head.cancelled_by = event.by;
    record.head.why = event.why ?? `cancelled by ${event.by}`;
    record.setRunTimer(undefined);
  },

  run_timed_out(record) {
    record.head.timed_out = true;
    record.setRunTimer(undefined);
  },

  tasks_cleared(record, event) {
    for (const task of event.tasks) {
      const whole = record.taskRun(keyOf(task));
      record.setExpansion(task, undefined);
      record.put(blank(whole.key, task, whole.attempt));
      for (const { key, index, attempt } of [...record.everyItem(task)]) {
        record.put({
          ...blank(key, task, attempt),
          ...(index !== undefined && { index }),
          state: "skipped",
          why: LEFT_OVER,
        });
      }
    }
    for (const key of event.items ?? []) {
      const { task, index, item, attempt } = record.taskRun(key);
      const whole = record.taskRun(keyOf(task));
      if (isFinal(whole.state)) record.put({ ...kept(whole), state: "running" });
      record.put({
        ...blank(key, task, attempt),
        ...(index !== undefined && { index }),
        ...(item !== undefined && { item }),
      });
    }
    const { head } = record;
    head.state = "queued";
    head.finished_at = undefined;
    head.cancelled_by = undefined;
    head.timed_out = false;
    head.why = undefined;
    head.retries++;
  },

  run_finished(record, event) {
    record.head.state = event.state;
    record.head.finished_at = event.at;
    record.head.why = event.why;
    record.setRunTimer(undefined);
  },
};

/** Why an item of an earlier expansion is skipped until its task is expanded again. */
const LEFT_OVER = "its task was cleared and has not made this item again";

function keyOf(task: TaskId): TaskKey {
  return task as string as TaskKey;
}

/** A task run that nothing has happened to, but for the numbers of its attempts, which go on. */
function blank(key: TaskKey, task: TaskId, attempt: number): TaskRun {
  return { key, task, state: "none", attempt, retries_used: 0, lost_count: 0 };
}

/** What a task run keeps from one state to the next until it is cleared. */
function kept(task: TaskRun): Omit<TaskRun, "state"> {
  const { key, index, item, items, attempt, retries_used, lost_count, queued_at, started_at } = task;
  return {
    key,
    task: task.task,
    ...(index !== undefined && { index }),
    ...(item !== undefined && { item }),
    ...(items !== undefined && { items }),
    attempt,
    retries_used,
    lost_count,
    ...(queued_at !== undefined && { queued_at }),
    ...(started_at !== undefined && { started_at }),
  };
}

/** The same, of a task that waits with its deadline, which is that of all its attempts. */
function keptWithDeadline(record: RunRecord, task: TaskRun): Omit<TaskRun, "state"> {
  const { deadline_at } = task;
  const spans = deadline_at !== undefined && record.planned(task.task).plan.waits;
  return { ...kept(task), ...(spans && { deadline_at }) };
}

import {
  newRunView,
  type PipelineSource,
  type RunView,
  syncRun,
  type TaskSource,
} from "../../../../src/cli/live/view.ts";
import type { RunEvent, TaskState } from "../../../../src/core/index.ts";

/** When the runs of these tests begin. */
export const T0 = Date.UTC(2026, 0, 31, 2, 0, 0);

/** A pipeline of tasks with their needs; `retries` for all of them. */
export function pipelineOf(tasks: Readonly<Record<string, readonly string[]>>, retries = 0): PipelineSource {
  return {
    name: "training",
    tasks: Object.entries(tasks).map(([id, needs]) => ({ id, needs, retries: { count: retries } })),
  };
}

/** A task run; started one second after the run began when it has an attempt. */
export function taskRun(key: string, state: TaskState, more: Partial<TaskSource> = {}): TaskSource {
  const mapped = /^(.*)\[(\d+)\]$/.exec(key);
  const attempt = more.attempt ?? (state === "none" || state === "skipped" || state === "upstream_failed" ? 0 : 1);
  return {
    key,
    task: mapped?.[1] ?? key,
    ...(mapped === null ? {} : { index: Number(mapped[2]) }),
    state,
    attempt,
    ...(attempt > 0 ? { started_at: T0 + 1_000 } : {}),
    ...more,
  };
}

/** A running run of these tasks, in these states. */
export function runningView(pipeline: PipelineSource, task_runs: readonly TaskSource[]): RunView {
  const view = newRunView("20260131-020000-x7k2mq", pipeline);
  syncRun(view, { state: "running", started_at: T0 }, task_runs);
  return view;
}

/** An event with the number and the time that the tests don't look at. */
export function eventOf<T extends RunEvent["type"]>(
  body: { type: T } & Record<string, unknown>,
): Extract<RunEvent, { type: T }> {
  return { seq: 1, at: T0, ...body } as unknown as Extract<RunEvent, { type: T }>;
}

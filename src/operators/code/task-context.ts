/*
 * What a function that a `node` task calls gets and gives. The package ships this file as its types: it must
 * import nothing.
 */

/** A value that JSON has. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The run that a task belongs to. */
export interface TaskRunInfo {
  readonly id: string;
  /** The time that the run is for: its slot in the schedule. */
  readonly logical_date: Date;
  /** Where the stretch of time begins whose data the run is about. */
  readonly data_interval_start: Date;
  /** Where it ends; this moment itself is not part of it. */
  readonly data_interval_end: Date;
  readonly trigger: "manual" | "schedule" | "backfill" | "pipeline" | "api";
}

/** What a task's function is told of its attempt. */
export interface TaskContext<Params = { readonly [name: string]: Json }> {
  /** The run's params. */
  readonly params: Params;
  readonly run: TaskRunInfo;
  /** The logical date's day, such as `2026-01-31`. */
  readonly ds: string;
  readonly pipeline: string;
  readonly task: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Of a task with `for_each`: its item, and the item's place from 0. */
  readonly item?: Json;
  readonly item_index?: number;
  /**
   * Aborts when the task is told to stop, by a time-out or a cancel. The function then has `grace` to end; one
   * that never looked at the signal is ended at once.
   */
  readonly signal: AbortSignal;
  /** Writes a line to the task's log, as `console.log` does. */
  log(...values: readonly unknown[]): void;
}

/** What a function hands on: its task's outputs by name, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a `return` gives just that.
export type TaskOutputs = { readonly [name: string]: Json } | undefined | void;

/** A function that a `node` task calls. `args` is what stands under `with`. */
export type TaskFunction<Args = { readonly [name: string]: Json }, Params = { readonly [name: string]: Json }> = (
  context: TaskContext<Params>,
  args: Args,
) => TaskOutputs | Promise<TaskOutputs>;

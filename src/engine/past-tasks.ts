import type { EpochMs, Run, RunId, TaskId, TaskKey, TaskState } from "../core/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { RunRow, TaskRunRow } from "./ports.ts";
import type { Program } from "./program.ts";

/** What is asked of the world around. */
export interface PastTasksOptions {
  /** As the store has it: see `Store.getRunBefore`. */
  readonly runBefore: (pipeline: string, logical_date: EpochMs) => Promise<RunRow | undefined>;
  readonly taskRuns: (run_id: RunId) => Promise<readonly TaskRunRow[]>;
  readonly driven: (run_id: RunId) => DrivenRun | undefined;
  /** Other tasks of a run are held than were. */
  readonly onTasks: (driven: DrivenRun) => void;
}

/** The run before another one. */
interface Past extends Pick<RunRow, "run_id" | "logical_date" | "created_at"> {
  /** Its tasks that nobody waits for any more. */
  readonly done: ReadonlySet<TaskId>;
}

interface Waiting {
  readonly driven: DrivenRun;
  readonly tasks: ReadonlySet<TaskId>;
  /** Undefined: there is none, or none that is known of yet. */
  past: Past | undefined;
  known: boolean;
}

/**
 * Which queued tasks have to wait for the past. A task with `depends_on_past` begins no attempt until the same task has
 * succeeded, or was skipped, in the newest run of the logical date before. A run that has no such task keeps nothing back.
 * Runs by hand don't wait, and nobody waits for them.
 */
export class PastTasks {
  readonly #options: PastTasksOptions;
  /** By pipeline. */
  readonly #waiting = new Map<string, Map<RunId, Waiting>>();

  constructor(options: PastTasksOptions) {
    this.#options = options;
  }

  /** Whether anything in a run may have to wait. */
  concerns(driven: DrivenRun): boolean {
    return dependentTasks(driven) !== undefined;
  }

  /** Takes note of a run. Until it resolves everything in it that depends on the past is held. */
  async enter(driven: DrivenRun): Promise<void> {
    const { run } = driven;
    const tasks = dependentTasks(driven);
    if (tasks === undefined) return;
    const { pipeline } = run.created;
    const waiting: Waiting = { driven, tasks, past: undefined, known: false };
    const others = this.#waiting.get(pipeline) ?? new Map<RunId, Waiting>();
    this.#waiting.set(pipeline, others.set(run.id, waiting));
    const found = await this.#pastOf(run, tasks);
    // Something newer may have been told meanwhile.
    if (found !== undefined && (waiting.past === undefined || isNewer(found, waiting.past))) waiting.past = found;
    waiting.known = true;
    if (this.#waiting.get(pipeline)?.get(run.id) === waiting) this.#options.onTasks(driven);
  }

  /** Whether a task run is queued, and may not begin. */
  holds(driven: DrivenRun, key: TaskKey): boolean {
    const { run } = driven;
    const tasks = dependentTasks(driven);
    const task = tasks && run.task_runs.get(key);
    if (task === undefined || !tasks?.has(task.task) || task.state !== "queued") return false;
    const waiting = this.#waiting.get(run.created.pipeline)?.get(run.id);
    if (waiting?.known !== true) return true;
    return waiting.past !== undefined && !waiting.past.done.has(task.task);
  }

  /** Takes note of what was decided of a run and is stored. */
  settle({ run }: DrivenRun): void {
    if (!isOfSlot(run)) return;
    for (const waiting of this.#waiting.get(run.created.pipeline)?.values() ?? []) {
      const { driven, tasks, past } = waiting;
      if (run.created.logical_date >= driven.run.created.logical_date) continue;
      const now = pastFrom(run, tasks);
      if (past !== undefined && isNewer(past, now)) continue;
      waiting.past = now;
      if (past === undefined || !isSame(past.done, now.done)) this.#options.onTasks(driven);
    }
  }

  leave({ run: { id, created } }: DrivenRun): void {
    const waiting = this.#waiting.get(created.pipeline);
    waiting?.delete(id);
    if (waiting?.size === 0) this.#waiting.delete(created.pipeline);
  }

  async #pastOf({ created }: Run, tasks: ReadonlySet<TaskId>): Promise<Past | undefined> {
    const { runBefore, taskRuns, driven } = this.#options;
    for (;;) {
      const row = await runBefore(created.pipeline, created.logical_date);
      if (row === undefined) return undefined;
      const rows = await taskRuns(row.run_id);
      const { run_id, logical_date, created_at } = row;
      const before = driven(run_id);
      // What is decided and not stored yet is settled once it is.
      if (before !== undefined && before.pending.length === 0) return pastFrom(before.run, tasks);
      const states = new Map<string, TaskState>(rows.map(({ key, state }) => [key, state]));
      const past = { run_id, logical_date, created_at, done: doneOf(tasks, (task) => states.get(task)) };
      // It may have ended while the answer was on its way.
      if (before !== undefined || (row.state !== "queued" && row.state !== "running")) return past;
      if ((await runBefore(created.pipeline, created.logical_date))?.seq === row.seq) return past;
    }
  }
}

/** Tasks by the program that has them; undefined where none depends on the past. */
const DEPENDENT = new WeakMap<Program, { readonly tasks: ReadonlySet<TaskId> | undefined }>();

function dependentTasks({ run, program }: DrivenRun): ReadonlySet<TaskId> | undefined {
  if (!isOfSlot(run)) return undefined;
  let known = DEPENDENT.get(program);
  if (known === undefined) {
    const tasks = program.pipeline.tasks.filter(({ depends_on_past }) => depends_on_past).map(({ id }) => id as TaskId);
    known = { tasks: tasks.length === 0 ? undefined : new Set(tasks) };
    DEPENDENT.set(program, known);
  }
  return known.tasks;
}

function pastFrom({ id, created, created_at, task_runs }: Run, tasks: ReadonlySet<TaskId>): Past {
  const stateOf = (task: TaskId): TaskState | undefined => task_runs.get(task as string as TaskKey)?.state;
  return { run_id: id, logical_date: created.logical_date, created_at, done: doneOf(tasks, stateOf) };
}

function doneOf(tasks: ReadonlySet<TaskId>, stateOf: (task: TaskId) => TaskState | undefined): ReadonlySet<TaskId> {
  return new Set([...tasks].filter((task) => isPastDone(stateOf(task))));
}

function isSame(a: ReadonlySet<TaskId>, b: ReadonlySet<TaskId>): boolean {
  return a.size === b.size && [...a].every((task) => b.has(task));
}

/** Whether a task that depends on the past may begin, by what became of it in the run before. Undefined: that run has no such task. */
export function isPastDone(state: TaskState | undefined): boolean {
  return state === undefined || state === "success" || state === "skipped";
}

/** Runs by hand are for no slot, and others don't wait for them. */
export function isOfSlot({ created: { trigger } }: Run): boolean {
  return trigger === "schedule" || trigger === "backfill";
}

/** Of two runs that came before, the one that counts. */
export function isNewer(
  a: Pick<RunRow, "run_id" | "logical_date" | "created_at">,
  b: Pick<RunRow, "run_id" | "logical_date" | "created_at">,
): boolean {
  if (a.logical_date !== b.logical_date) return a.logical_date > b.logical_date;
  return a.created_at === b.created_at ? a.run_id > b.run_id : a.created_at > b.created_at;
}

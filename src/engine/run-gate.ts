import type { EpochMs, Run, RunId, RunState, TaskKey } from "../core/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import { EngineError } from "./errors.ts";
import { isNewer, isOfSlot, PastTasks, type PastTasksOptions } from "./past-tasks.ts";
import type { RunRow } from "./ports.ts";

/** What the gate asks of the world around it. */
export interface RunGateOptions extends PastTasksOptions {
  /** Everything is let through. */
  readonly open: boolean;
}

/** The run that has to succeed before another may start. */
interface Past extends Pick<RunRow, "run_id" | "logical_date" | "created_at"> {
  readonly succeeded: boolean;
}

interface Held {
  readonly driven: DrivenRun;
  /** Undefined: there is none that it waits for. */
  past: Past | undefined;
}

/**
 * Which runs may start. Of each pipeline at most `max_active_runs` have started and not ended; the others wait, and
 * come by logical date, then by creation. With `depends_on_past` a run of the schedule or of a backfill also waits until
 * the newest run of the logical date before has succeeded. A run that has started, or that a task has started, is let
 * through: what bounds that one is its task. Tasks may depend on the past by themselves: see `PastTasks`.
 */
export class RunGate {
  readonly #options: RunGateOptions;
  /** By pipeline. Both in the order of their ids, which is that of creation. */
  readonly #started = new Map<string, Map<RunId, DrivenRun>>();
  readonly #held = new Map<string, Map<RunId, Held>>();
  readonly #past_tasks: PastTasks;

  constructor(options: RunGateOptions) {
    this.#options = options;
    this.#past_tasks = new PastTasks(options);
  }

  /** Takes a run up as it is: one that has not started waits unless it may. Rejects when the store can't be asked any more. */
  async enter(driven: DrivenRun): Promise<void> {
    const { run } = driven;
    // One that has ended may be taken up again.
    if (!this.#options.open && this.#past_tasks.concerns(driven)) await this.#past_tasks.enter(driven);
    if (run.created.parent !== undefined || isFinal(run.state)) return;
    const isThrough = this.#options.open || run.started_at !== undefined;
    const past = !isThrough && dependsOnPast(driven) ? await this.#pastOf(run) : undefined;
    const started = of(this.#started, run.created.pipeline);
    const held = { driven, past };
    if (isThrough || (isPastDone(held) && started.size < roomFor(driven))) started.set(run.id, driven);
    else of(this.#held, run.created.pipeline).set(run.id, held);
  }

  /** Whether the run has to wait. */
  holds({ run }: DrivenRun): boolean {
    return this.#held.get(run.created.pipeline)?.has(run.id) === true;
  }

  /** Whether a queued task run has to wait for the run before. */
  holdsTask(driven: DrivenRun, key: TaskKey): boolean {
    return !this.#options.open && this.#past_tasks.holds(driven, key);
  }

  /** Takes note of what was decided of a run and is stored. The result is the runs that may start now. */
  settle(driven: DrivenRun): readonly DrivenRun[] {
    const { run } = driven;
    const isOpened = this.#openPast(run);
    this.#past_tasks.settle(driven);
    if (isFinal(run.state)) return this.#remove(run) || isOpened ? this.#admit(run.created.pipeline) : [];
    // One that had ended and was taken up again.
    if (run.started_at !== undefined && run.created.parent === undefined) {
      of(this.#started, run.created.pipeline).set(run.id, driven);
    }
    return [];
  }

  /** Lets a run go. The result is the runs that may start now. */
  leave(driven: DrivenRun): readonly DrivenRun[] {
    const { run } = driven;
    this.#past_tasks.leave(driven);
    return this.#remove(run) ? this.#admit(run.created.pipeline) : [];
  }

  load(pipeline: string): { readonly unfinished: number; readonly queued: number } {
    const queued = this.#held.get(pipeline)?.size ?? 0;
    return { unfinished: queued + (this.#started.get(pipeline)?.size ?? 0), queued };
  }

  /** When the run of the pipeline that has gone on for longest was started; undefined when none goes on. */
  startedSince(pipeline: string): EpochMs | undefined {
    let since: EpochMs | undefined;
    for (const { run } of this.#started.get(pipeline)?.values() ?? []) {
      if (run.started_at !== undefined) since = Math.min(since ?? run.started_at, run.started_at);
    }
    return since;
  }

  /** Of one pipeline, or of all. */
  started(pipeline?: string): readonly RunId[] {
    const all = pipeline === undefined ? [...this.#started.values()] : [this.#started.get(pipeline) ?? new Map()];
    return all.flatMap((runs) => [...runs.keys()]);
  }

  /** The result is whether there is room now that it took. */
  #remove({ id, created: { pipeline } }: Run): boolean {
    of(this.#held, pipeline).delete(id);
    return of(this.#started, pipeline).delete(id);
  }

  #admit(pipeline: string): readonly DrivenRun[] {
    const started = of(this.#started, pipeline);
    const held = of(this.#held, pipeline);
    const free: DrivenRun[] = [];
    for (const next of [...held.values()].filter(isPastDone).sort(byLogicalDate)) {
      const { driven } = next;
      if (started.size >= roomFor(driven)) break;
      held.delete(driven.run.id);
      started.set(driven.run.id, driven);
      free.push(driven);
    }
    return free;
  }

  async #pastOf({ created: { pipeline, logical_date } }: Run): Promise<Past | undefined> {
    const ask = () => this.#options.runBefore(pipeline, logical_date);
    let row = await ask();
    // It may have ended while the answer was on its way.
    if (row !== undefined && !isFinal(row.state) && this.#options.driven(row.run_id) === undefined) row = await ask();
    if (row === undefined) return undefined;
    const { run_id, created_at } = row;
    const driven = this.#options.driven(run_id);
    // What is decided and not stored yet is settled once it is.
    const { state } = driven === undefined || driven.pending.length > 0 ? row : driven.run;
    return { run_id, logical_date: row.logical_date, created_at, succeeded: state === "success" };
  }

  /** Runs that wait for this one, or have to wait for it now that it is there, are told how it stands. Whether one of them may start. */
  #openPast(run: Run): boolean {
    if (!isOfSlot(run)) return false;
    const now: Past = {
      run_id: run.id,
      logical_date: run.created.logical_date,
      created_at: run.created_at,
      succeeded: run.state === "success",
    };
    let isOpened = false;
    for (const held of this.#held.get(run.created.pipeline)?.values() ?? []) {
      const isBefore = now.logical_date < held.driven.run.created.logical_date && dependsOnPast(held.driven);
      if (!isBefore || (held.past !== undefined && isNewer(held.past, now))) continue;
      held.past = now;
      isOpened ||= now.succeeded;
    }
    return isOpened;
  }
}

function of<T>(map: Map<string, Map<RunId, T>>, pipeline: string): Map<RunId, T> {
  const known = map.get(pipeline);
  if (known !== undefined) return known;
  const made = new Map<RunId, T>();
  map.set(pipeline, made);
  return made;
}

function isFinal(state: RunState): boolean {
  return state !== "queued" && state !== "running";
}

function dependsOnPast({ run, program: { pipeline } }: DrivenRun): boolean {
  return pipeline.schedule?.depends_on_past === true && isOfSlot(run);
}

function isPastDone({ past }: Held): boolean {
  return past === undefined || past.succeeded;
}

function roomFor({ program }: DrivenRun): number {
  return program.pipeline.max_active_runs;
}

function byLogicalDate({ driven: a }: Held, { driven: b }: Held): number {
  return a.run.created.logical_date - b.run.created.logical_date || (a.run.id < b.run.id ? -1 : 1);
}

/** Why a run can't be created whose slot, or whose idempotency key, has one. */
export function takenBefore({ created }: Run, what: "slot" | "key"): EngineError {
  const { pipeline, slot = 0, idempotency_key: key = "" } = created;
  if (what === "key") return new EngineError("KEY_TAKEN", { pipeline, key });
  return new EngineError("SLOT_TAKEN", { pipeline, slot: new Date(slot).toISOString() });
}

/** Runs in the order in which they are taken up: those that have started keep their room. */
export function startedFirst(runs: readonly DrivenRun[]): readonly DrivenRun[] {
  const hasStarted = ({ run }: DrivenRun): boolean => run.started_at !== undefined;
  return [...runs.filter(hasStarted), ...runs.filter((driven) => !hasStarted(driven))];
}

import type { Run, RunId, RunState } from "../core/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import { EngineError } from "./errors.ts";

/**
 * Which runs may start. Of each pipeline at most `max_active_runs` have started and not ended; the others wait, and
 * come by logical date, then by creation. A run that has started, or that a task has started, is let through: what
 * bounds that one is its task.
 */
export class RunGate {
  readonly #open: boolean;
  /** By pipeline. Both in the order of their ids, which is that of creation. */
  readonly #started = new Map<string, Map<RunId, DrivenRun>>();
  readonly #held = new Map<string, Map<RunId, DrivenRun>>();

  /** `open`: everything is let through. */
  constructor({ open }: { readonly open: boolean }) {
    this.#open = open;
  }

  /** Takes a run up as it is: one that has not started waits unless there is room. */
  enter(driven: DrivenRun): void {
    const { run } = driven;
    if (run.created.parent !== undefined || isFinal(run.state)) return;
    const started = this.#of(this.#started, run.created.pipeline);
    const waits = !this.#open && run.started_at === undefined && started.size >= roomFor(driven);
    (waits ? this.#of(this.#held, run.created.pipeline) : started).set(run.id, driven);
  }

  /** Whether the run has to wait. */
  holds({ run }: DrivenRun): boolean {
    return this.#held.get(run.created.pipeline)?.has(run.id) === true;
  }

  /** Takes note of what was decided of a run. The result is the runs that may start now. */
  settle(driven: DrivenRun): readonly DrivenRun[] {
    const { run } = driven;
    if (isFinal(run.state)) return this.leave(driven);
    // One that had ended and was taken up again.
    if (run.started_at !== undefined && run.created.parent === undefined) {
      this.#of(this.#started, run.created.pipeline).set(run.id, driven);
    }
    return [];
  }

  /** Lets a run go. The result is the runs that may start now. */
  leave({ run }: DrivenRun): readonly DrivenRun[] {
    const { pipeline } = run.created;
    const started = this.#of(this.#started, pipeline);
    const held = this.#of(this.#held, pipeline);
    held.delete(run.id);
    if (!started.delete(run.id)) return [];
    const free: DrivenRun[] = [];
    for (const next of [...held.values()].sort(byLogicalDate)) {
      if (started.size >= roomFor(next)) break;
      held.delete(next.run.id);
      started.set(next.run.id, next);
      free.push(next);
    }
    return free;
  }

  load(pipeline: string): { readonly unfinished: number; readonly queued: number } {
    const queued = this.#held.get(pipeline)?.size ?? 0;
    return { unfinished: queued + (this.#started.get(pipeline)?.size ?? 0), queued };
  }

  /** Of one pipeline, or of all. */
  started(pipeline?: string): readonly RunId[] {
    const all = pipeline === undefined ? [...this.#started.values()] : [this.#started.get(pipeline) ?? new Map()];
    return all.flatMap((runs) => [...runs.keys()]);
  }

  #of(map: Map<string, Map<RunId, DrivenRun>>, pipeline: string): Map<RunId, DrivenRun> {
    const known = map.get(pipeline);
    if (known !== undefined) return known;
    const made = new Map<RunId, DrivenRun>();
    map.set(pipeline, made);
    return made;
  }
}

function isFinal(state: RunState): boolean {
  return state !== "queued" && state !== "running";
}

function roomFor({ program }: DrivenRun): number {
  return program.pipeline.max_active_runs;
}

function byLogicalDate(a: DrivenRun, b: DrivenRun): number {
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

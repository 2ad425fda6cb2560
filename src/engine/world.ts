import type { Run, RunCreated, RunEvent } from "../core/index.ts";
import type { Clock, Executor, Ids, Notifier, Store } from "./ports.ts";
import type { LoadProgram, Program } from "./program.ts";

export interface World {
  readonly store: Store;
  readonly executor: Executor;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly loadProgram: LoadProgram;
}

export interface EngineOptions {
  /** Names this engine in leases; another at each start. */
  readonly owner: string;
  /** Attempts that may hold a slot at once, over all runs. */
  readonly concurrency: number;
  /** Slots of each named pool. */
  readonly pools: Readonly<Record<string, number>>;
  /** Whether a pipeline's `max_active_runs` holds runs back. Absent: they start at once. */
  readonly gated?: boolean;
  /** Told of what went wrong outside of any run and is being tried again: a store that refuses, a listener that throws. */
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/** What a new run is made from. Params have been checked. */
export interface NewRun {
  readonly program: Program;
  readonly created: Omit<RunCreated, "type" | "pipeline" | "version">;
}

/** A committed event, with its run as it is after the batch that the event belongs to. */
export interface CommittedEvent {
  readonly event: RunEvent;
  readonly run: Run;
  readonly program: Program;
}

import type { CatalogState } from "../catalog/index.ts";
import type { Run, RunEvent } from "../core/index.ts";
import type { SchedulerEvent } from "../engine/index.ts";
import type { Pipeline } from "../language/index.ts";
import type { Snapshot } from "./sink.ts";

/** What was before this process. Times in milliseconds since the epoch. */
export interface History {
  readonly pipeline: string;
  readonly last_run?: { readonly success: boolean; readonly seconds: number; readonly at: number };
  readonly last_success_at?: number;
  /** Runs that have failed since the last success. */
  readonly failures: number;
}

/** A look at the repository. */
export interface SyncDone {
  /** The repository, without credentials. */
  readonly source: string;
  readonly result: "changed" | "unchanged" | "refused" | "failed";
  readonly seconds: number;
  /** The commit that is live. */
  readonly revision?: string;
  /** Another commit is live than the newest of the branch. */
  readonly out_of_sync: boolean;
  readonly at: number;
}

/** What the processes of an attempt took. */
export interface UsageDone {
  readonly pipeline: string;
  /** The task, with the item of a `for_each` in brackets. */
  readonly key: string;
  readonly cpu_seconds?: number;
  readonly memory_peak_bytes?: number;
}

/** Who is told what happens, to make metrics of it under names of its own. */
export interface Observer {
  history(history: History): void;
  /** `run`: as it is after the batch that the event belongs to. */
  committed(event: RunEvent, run: Run, pipeline: Pipeline): void;
  slots(event: SchedulerEvent): void;
  catalog(state: CatalogState, now: number): void;
  /** The folder of pipelines was looked at. */
  looked(seconds: number): void;
  synced(sync: SyncDone): void;
  httpRequest(request: { method: string; route: string; code: number; seconds: number }): void;
  storeOperation(operation: string, seconds: number, failed: boolean): void;
  /** An attempt's processes have ended. What is not known is not there. */
  used(usage: UsageDone): void;
  /** How things stand, before they are read. */
  snapshot(snapshot: Snapshot): void;
}

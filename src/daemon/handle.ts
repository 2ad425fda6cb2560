import type { Config } from "../config/index.ts";
import type { EpochMs, Run, RunEvent, RunId, RunTrigger, SlotUse, TaskId, TaskKey } from "../core/index.ts";
import type { OpenTasks, RunAction, RunResult, Store } from "../engine/index.ts";
import type { Pipeline } from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";
import type { Answer } from "../operators/index.ts";

/** What a new run is made from. */
export interface RunRequest {
  readonly pipeline: Pipeline;
  /** Checked against the pipeline's `params`; defaults are filled in. */
  readonly params: JsonObject;
  readonly trigger: RunTrigger;
  readonly by: string;
  /** Default: now. */
  readonly logical_date?: EpochMs;
  /** Default: the logical date. */
  readonly data_interval_start?: EpochMs;
  readonly data_interval_end?: EpochMs;
  /** The slot of its schedule that the run is for. */
  readonly slot?: EpochMs;
  /** Asked for again with the same key, the answer is the same run. */
  readonly idempotency_key?: string;
  readonly backfill_id?: string;
  /** The commit that the pipeline was read from. Default: the one that the engine knows of. */
  readonly revision?: string;
  /** Run only these tasks; the others are skipped. */
  readonly only?: readonly TaskId[];
}

/** One committed event, with the run as it is after the whole batch that the event belongs to. */
export interface Committed {
  readonly event: RunEvent;
  /** For reading, and only until the listener returns. */
  readonly run: Run;
  readonly pipeline: Pipeline;
}

/** An engine that holds a data folder and drives its runs. */
export interface EngineHandle {
  readonly store: Store;
  /**
   * Creates a run and starts to drive it; or finds the one that has its idempotency key. Resolves once it is committed. Rejects with an `EngineError` when params don't
   * fit, or the slot has a run.
   */
  createRun(request: RunRequest): Promise<RunId>;
  /** Takes up a run that an earlier process left unfinished: finished tasks stay finished, live attempts are adopted. Idempotent. */
  resumeRun(run_id: RunId): Promise<void>;
  /** Takes up every run that an earlier process left unfinished. What can't be taken up is told to `onTrouble`. */
  resumeAll(): Promise<void>;
  /** Runs of a pipeline that are not finished, and those of them that have not started. */
  load(pipeline: string): { readonly unfinished: number; readonly queued: number };
  /** When the run of a pipeline that has gone on for longest was started; undefined when none goes on. */
  startedSince(pipeline: string): EpochMs | undefined;
  /** How many task runs have not ended, by state, and by operator of those that go on. */
  openTasks(): OpenTasks;
  /** The runs of a pipeline, or of all, that have started and not ended, oldest first. */
  startedRuns(pipeline?: string): readonly RunId[];
  /** How the concurrency and the pools are used now. */
  slotUse(): readonly SlotUse[];
  /**
   * Other values from now on: vars, secrets, connections, pools and concurrency. What runs goes on with what it has; what of
   * the configuration can't be changed stays as it was. Resolves once the secrets in use were read.
   */
  reconfigure(config: Config): Promise<void>;
  /** The value of a secret. Rejects when it can't be had; the message says why. */
  secret(name: string): Promise<string>;
  /** Versions of pipelines were deleted from the store. */
  forgetVersions(): void;
  /** Carries a person's action out. Resolves once it is committed (also when it changed nothing). */
  act(run_id: RunId, action: RunAction): Promise<void>;
  /** Gives a person's answer to a task that waits for one. Resolves once it is committed. */
  answer(run_id: RunId, key: TaskKey, answer: Omit<Answer, "at">): Promise<void>;
  /** Every event after it is committed, of all runs that are driven, in order per run. Returns how to stop listening. */
  subscribe(listener: (committed: Committed) => void): () => void;
  /** Resolves when the run has reached its end (at once if it has). */
  finished(run_id: RunId): Promise<RunResult>;
  /** SIGKILLs every attempt that is stopping, without waiting for its grace. */
  killStopping(): void;
  /** Stops driving, leaves processes running, closes the store. */
  close(): Promise<void>;
}

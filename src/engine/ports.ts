import type {
  AttemptOutcome,
  EpochMs,
  Evaluated,
  FinalRunState,
  MetricSample,
  NotificationRequested,
  RunEvent,
  RunId,
  RunState,
  RunTrigger,
  StopReason,
  TaskKey,
  TaskState,
} from "../core/index.ts";
import type { Message } from "../language/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { SkipReason } from "../schedule/index.ts";
import type { StoreHistory } from "./history.ts";

/*
 * What the loop needs of the world. Adapters live in `store/`, `executors/` and `daemon/`;
 * the loop knows these shapes alone.
 */

// ---------------------------------------------------------------------------------------------
// Clock and ids

/** The only reader of time. Tests use a virtual one. */
export interface Clock {
  now(): EpochMs;
  /** Calls `wake` once, at or after `at`; at once (but never synchronously) if that is past. Returns how to call it off. */
  wakeAt(at: EpochMs, wake: () => void): () => void;
  /** Calls `wake` once, when so much time has passed, also when the clock is set back meanwhile. Returns how to call it off. */
  wakeIn(delay_ms: number, wake: () => void): () => void;
}

export interface Ids {
  /** A new run id; sorts by time of creation. */
  runId(now: EpochMs): RunId;
}

// ---------------------------------------------------------------------------------------------
// Executor

/** Names one attempt everywhere. */
export interface AttemptKey {
  readonly run_id: RunId;
  readonly key: TaskKey;
  readonly attempt: number;
}

/** Everything an attempt needs, with all expressions already evaluated. Never journalled: it may hold secrets. */
export interface AttemptWork extends AttemptKey {
  /** Fencing token: who holds a lower one may no longer write. */
  readonly epoch: number;
  readonly pipeline: string;
  readonly operator: string;
  /** The operator's own settings, checked and normalised. */
  readonly config: JsonObject;
  /** The environment the pipeline and the task ask for (`env`, `PARAM_*`, `ENGINE_*`), beside what the engine inherits. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** JSON Schema (draft-07) of each declared output, by name. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
  /** The expression of each declared output that is worked out from the operator's result. */
  readonly output_values: Readonly<Record<string, string>>;
  /** The task's time-out. The engine keeps it, unless the operator decides what it means. */
  readonly timeout_ms?: number;
  /** The connection that the config names, evaluated: `{type, …}`. Never written anywhere: it may hold secrets. */
  readonly connection?: JsonObject;
  /** Of what tells somebody: what it says when its config has no text. */
  readonly message?: Message;
  /** Values to mask wherever text is written. */
  readonly secrets: readonly string[];
  readonly grace_ms: number;
  /** The logical date of the run. */
  readonly logical_date: EpochMs;
  /** When the first attempt of the task run started, since it was last cleared. */
  readonly started_at: EpochMs;
  /** Evaluates an expression that was handed over as written (`expression_keys`), in the scope of this attempt plus `extra`. */
  readonly evaluate: (expression: string, extra?: JsonObject) => Evaluated<JsonValue>;
}

export type AttemptReport =
  | (AttemptKey & { readonly epoch: number; readonly type: "ended"; readonly outcome: AttemptOutcome })
  /** It gives its slot back and goes on without one; `ended` comes later. */
  | (AttemptKey & { readonly epoch: number; readonly type: "waits" });

/**
 * Carries attempts out. Every method is idempotent by attempt and returns at once; what happens
 * comes as reports, exactly one `ended` per attempt that was started or adopted.
 */
export interface Executor {
  /** Starts the attempt, unless it is already known. */
  start(work: AttemptWork): void;
  /** Finds an attempt that an earlier process started and carries on with it; reports it `lost` if it is gone and left no result. */
  adopt(work: AttemptWork): void;
  /** Asks it to end, and ends it after `grace_ms`. Its report still comes. Unknown attempts are ignored. */
  stop(attempt: AttemptKey, why: StopReason, grace_ms: number): void;
  /** Ends a stopping attempt now, without waiting for its grace. */
  kill(attempt: AttemptKey): void;
  /** Who gets the reports. Set once, before the first `start`. */
  onReport(listener: (report: AttemptReport) => void): void;
  /** Lets go of everything without stopping it: attempts that can outlive this process go on. */
  detach(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------
// Runs of other pipelines

export interface ChildRequest {
  /** The pipeline's name. */
  readonly pipeline: string;
  readonly params: JsonObject;
  readonly logical_date: EpochMs;
}

/** What came of a run that an attempt has started. */
export interface ChildResult extends RunResult {
  /** What the pipeline hands on; empty unless it has succeeded. */
  readonly outputs: JsonObject;
}

/** Runs of other pipelines, for what starts them or waits for them. Rejects with an `EngineError` or a `StoreError`. */
export interface RunService {
  /** Starts a run for this attempt; or finds the one that it has started already. Resolves once that is committed. */
  start(attempt: AttemptKey, request: ChildRequest): Promise<RunId>;
  /** Resolves when the run has ended. */
  finished(run_id: RunId): Promise<ChildResult>;
  /** Cancels the run; its end comes later. */
  cancel(run_id: RunId, by: string): Promise<void>;
  /** The runs of a pipeline for one logical date, newest first. */
  ofSlot(pipeline: string, logical_date: EpochMs): Promise<readonly RunRow[]>;
}

// ---------------------------------------------------------------------------------------------
// Notifier

/** A message to send, with all expressions evaluated. Never journalled: it may hold secrets. */
export interface NotificationWork {
  readonly run_id: RunId;
  /** Its number in the run. */
  readonly notification: number;
  readonly request: NotificationRequested;
  /** The operator that sends it, and its settings. */
  readonly work: AttemptWork;
}

/** Says that a message was sent; or that it was given up, and why. */
export interface NotificationReport {
  readonly run_id: RunId;
  readonly notification: number;
  readonly problem?: string;
}

/** Sends messages, at least once each: one that was being sent when an engine died is sent again. */
export interface Notifier {
  /** Sends a message, unless that is under way. Its report comes, always. */
  send(work: NotificationWork): void;
  /** Who gets the reports. Set once, before the first `send`. */
  onReport(listener: (report: NotificationReport) => void): void;
  /** Lets go of what is being sent. */
  close(): void;
}

// ---------------------------------------------------------------------------------------------
// Store

/** What a person wrote about a run, for people. */
export interface RunNote {
  readonly text: string;
  readonly by: string;
  readonly at: EpochMs;
}

/**
 * The `runs` table, as queries see it. After creation only `state`, `started_at`, `finished_at`, `why`, `seq` and `unsent`
 * change, and `note`, which `setRunNote` alone writes.
 */
export interface RunRow {
  readonly run_id: RunId;
  readonly pipeline: string;
  readonly version: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly by: string;
  readonly logical_date: EpochMs;
  readonly data_interval_start: EpochMs;
  readonly data_interval_end: EpochMs;
  readonly params: JsonObject;
  readonly created_at: EpochMs;
  readonly started_at?: EpochMs;
  readonly finished_at?: EpochMs;
  /** Why it ended so, in one sentence. */
  readonly why?: string;
  /** Sequence number of the last event of its journal. */
  readonly seq: number;
  /** How many messages are still to be sent; absent: none. A finished run that has some is driven on. */
  readonly unsent?: number;
  /** The attempt that started it; absent: none did. */
  readonly parent_run_id?: RunId;
  readonly parent_key?: TaskKey;
  readonly parent_attempt?: number;
  /** The slot of the pipeline's schedule that it is for; absent: for none. */
  readonly slot?: EpochMs;
  /** Given by who asked for it; unique in its pipeline. */
  readonly idempotency_key?: string;
  /** The backfill that it belongs to; absent: none. */
  readonly backfill_id?: string;
  /** The commit that its pipeline was read from, if the engine follows a repository. */
  readonly revision?: string;
  /** No part of what the run does: its journal knows nothing of it. */
  readonly note?: RunNote;
}

/** What lists of very many runs show of each. */
export type RunBrief = Pick<
  RunRow,
  "run_id" | "pipeline" | "state" | "trigger" | "logical_date" | "created_at" | "started_at" | "finished_at"
>;

export const BACKFILL_STATES = ["running", "success", "failed", "cancelled"] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

/** The `backfills` table: runs for slots of the past, asked for by a person. After creation only `state`, `decided` and `finished_at` change. */
export interface BackfillRow {
  readonly backfill_id: string;
  readonly pipeline: string;
  readonly state: BackfillState;
  readonly by: string;
  readonly created_at: EpochMs;
  readonly finished_at?: EpochMs;
  /** What it was asked for: the range of slots (inclusive), what becomes of slots that have a run, and how many run at once. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly reprocess: "none" | "failed" | "all";
  readonly max_active: number;
  readonly params: JsonObject;
  /** The slots that it makes runs for, in that order. */
  readonly slots: readonly EpochMs[];
  /** How many of them have their run already. */
  readonly decided: number;
}

/** The `audit` table: what a person changed. */
export interface AuditRow {
  readonly at: EpochMs;
  /** Who: a user, a token's name. */
  readonly by: string;
  /** The role under which it was done. */
  readonly role: string;
  /** Such as "run.cancel". */
  readonly action: string;
  /** What it was done to: a pipeline, a run. */
  readonly target: string;
  readonly detail?: JsonObject;
}

/** The `schedules` table: how far the slots of a pipeline are decided, and whether a person has paused it. */
export interface ScheduleRow {
  readonly pipeline: string;
  /** When an engine first had the pipeline. */
  readonly known_since: EpochMs;
  /** Slots up to this moment are decided. */
  readonly decided_until: EpochMs;
  /** Absent: it is not paused. */
  readonly paused_at?: EpochMs;
  readonly paused_by?: string;
  readonly paused_why?: string;
}

/** The `skipped_slots` table: slots that follow each other and made no run, and why. */
export interface SkippedSlotsRow {
  readonly pipeline: string;
  readonly reason: SkipReason;
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly count: number;
  readonly decided_at: EpochMs;
}

/** The `task_runs` table. `key` is the primary key within a run. */
export interface TaskRunRow {
  readonly run_id: RunId;
  readonly key: TaskKey;
  readonly task: string;
  readonly index?: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly queued_at?: EpochMs;
  readonly started_at?: EpochMs;
  readonly finished_at?: EpochMs;
  /** When the next attempt is due. */
  readonly wake_at?: EpochMs;
  readonly outputs?: JsonObject;
  readonly failure?: JsonObject;
  readonly why?: string;
  readonly item?: JsonValue;
}

export const ATTEMPT_STATES = ["running", "waiting", "success", "failed", "skipped", "cancelled", "lost"] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** The `attempts` table: one row an attempt, kept for ever (retention aside). */
export interface AttemptRow {
  readonly run_id: RunId;
  readonly key: TaskKey;
  readonly attempt: number;
  readonly state: AttemptState;
  /** Who writes this row must name the epoch it holds; a claim raises it. */
  readonly epoch: number;
  readonly started_at: EpochMs;
  readonly finished_at?: EpochMs;
  readonly exit_code?: number;
  readonly failure?: JsonObject;
  /** Of a success: its custom metrics, and what was not as it should be. */
  readonly metrics?: readonly MetricSample[];
  readonly warnings?: readonly string[];
}

/** Runs of one state that were created in one stretch of time. */
export interface RunCount {
  /** Where the stretch begins: a multiple of its length. */
  readonly at: EpochMs;
  readonly state: RunState;
  readonly count: number;
}

/** One pipeline's content, kept as long as a run of it is. */
export interface PipelineVersionRow {
  /** SHA-256 of the pipeline's name and source, hex. */
  readonly version: string;
  /** That of every run that began with it. */
  readonly pipeline: string;
  /** Where it was read from, relative to the repository's root when it is inside. */
  readonly file: string;
  readonly source: string;
  readonly stored_at: EpochMs;
}

/**
 * Everything one decision changes in one run: the events and the rows that follow from them.
 * What is handed over must not be changed afterwards: the memory adapter keeps it.
 */
export interface RunWrite {
  readonly run_id: RunId;
  /** The lease under which it was decided; 1 for a new run. */
  readonly lease_epoch: number;
  /** Of a new run: how long its lease lasts. Absent: until it is renewed or given back. */
  readonly lease_until?: EpochMs;
  /** Sequence number of the last event that the decision knew; 0 for a new run. */
  readonly expected_seq: number;
  readonly events: readonly RunEvent[];
  readonly run: RunRow;
  /** Only the rows that changed; each replaces its predecessor whole. */
  readonly task_runs: readonly TaskRunRow[];
  /** Only the rows that changed. An existing row changes only if its epoch equals the one given here. */
  readonly attempts: readonly AttemptRow[];
}

export type RunWriteResult =
  | { readonly ok: true }
  /** Nothing of this write was stored: another owner has the lease, has appended, or has claimed the attempt. */
  | { readonly ok: false; readonly conflict: WriteConflict };

/** "slot": the slot of a new run has one already. "key": a run of the pipeline has its idempotency key already. */
export type WriteConflict = "lease" | "seq" | "slot" | "key" | "attempt";

/**
 * The right to decide for a run, until `until`. A higher epoch means that somebody else took over.
 * A lease that has ended stays with its owner until somebody takes it: its epoch decides, not the time.
 */
export interface RunLease {
  readonly run_id: RunId;
  readonly owner: string;
  readonly epoch: number;
  readonly until: EpochMs;
}

/** A page of rows, newest first. `next` is given back to get the page after it. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next?: string;
}

export interface RunFilter {
  /** Of one of these; absent: of any. */
  readonly pipelines?: readonly string[];
  readonly backfill_id?: string;
  /** Created at this moment or later. */
  readonly since?: EpochMs;
  /** Created before this moment. */
  readonly until?: EpochMs;
  readonly states?: readonly RunState[];
  /** At most this many rows; 1 to 1,000 (a `RangeError` otherwise). */
  readonly limit: number;
  /** `next` of the page before. Anything else is refused with a `StoreError`, "bad_cursor". */
  readonly after?: string;
}

/**
 * Remembers. Every method may reject with a `StoreError`; a method that resolved has stored what it
 * says, power loss included (memory adapter aside). After a rejection nothing of that call is
 * stored, with one exception: if the acknowledgement itself was lost, everything is. The expected
 * sequence number tells the two apart when the call is repeated.
 */
export interface Store extends StoreHistory {
  /**
   * Stores a batch in one transaction, in order. Writes conflict one by one: the others are stored.
   * A new run (expected_seq 0) is leased to `lease_epoch` 1 of the owner given in `owner`; if a run
   * of this id is already there, the conflict is "seq". Conflicts are looked for in the order lease,
   * seq, slot, key, attempt. A write that contradicts itself (events that don't follow on `expected_seq`, rows
   * of another run) is a bug of the caller: the call rejects with a plain `Error`.
   */
  commit(owner: string, writes: readonly RunWrite[]): Promise<readonly RunWriteResult[]>;
  /** The journal of a run after `after_seq`, in order; empty for an unknown run. */
  readEvents(run_id: RunId, after_seq?: number): Promise<readonly RunEvent[]>;

  /** Takes the lease of runs that are not finished, or have messages to send, and that nobody holds (or whose `until` is not after `now`, whoever holds it). All of them when no ids are given. By run id. */
  leaseRuns(owner: string, now: EpochMs, until: EpochMs, run_ids?: readonly RunId[]): Promise<readonly RunLease[]>;
  /** Takes the lease of one run whatever its state, to retry or mark it. Undefined when somebody else holds it or there is no such run. */
  leaseRun(owner: string, now: EpochMs, until: EpochMs, run_id: RunId): Promise<RunLease | undefined>;
  /** Prolongs the leases that are still held; returns those. */
  renewLeases(leases: readonly RunLease[], until: EpochMs): Promise<readonly RunLease[]>;
  /** Gives leases back. Leases that are no longer held are ignored. */
  releaseLeases(leases: readonly RunLease[]): Promise<void>;
  /** Takes over a live attempt: raises its epoch and returns it; undefined when it is not live (running or waiting) any more. */
  claimAttempt(attempt: AttemptKey): Promise<number | undefined>;

  /** Idempotent by `version`. */
  putPipelineVersion(row: PipelineVersionRow): Promise<void>;
  getPipelineVersion(version: string): Promise<PipelineVersionRow | undefined>;

  /** All of them, by pipeline. */
  listSchedules(): Promise<readonly ScheduleRow[]>;
  /** Replaces the row of its pipeline whole, adds what was skipped, and removes what was not after all, in one transaction. */
  putSchedule(
    row: ScheduleRow,
    skipped?: readonly SkippedSlotsRow[],
    taken_back?: readonly SkippedSlotsRow[],
  ): Promise<void>;
  /** What was skipped last, newest first; of one pipeline or of all. `limit`: 1 to 1,000. */
  listSkippedSlots(limit: number, pipeline?: string): Promise<readonly SkippedSlotsRow[]>;

  /** Replaces the row whole. */
  putBackfill(row: BackfillRow): Promise<void>;
  getBackfill(backfill_id: string): Promise<BackfillRow | undefined>;
  /** Newest first; of one pipeline or of all. `limit`: 1 to 1,000. */
  listBackfills(limit: number, pipeline?: string): Promise<readonly BackfillRow[]>;

  addAudit(row: AuditRow): Promise<void>;
  /** Newest first. `limit`: 1 to 1,000. */
  listAudit(limit: number): Promise<readonly AuditRow[]>;

  listRuns(filter: RunFilter): Promise<Page<RunRow>>;
  /** The newest runs of each of these pipelines, at most so many of each: in the order of the pipelines, newest first. */
  newestRuns(pipelines: readonly string[], count: number): Promise<readonly RunBrief[]>;
  /** Runs of a pipeline for one logical date, newest first, at most 20. */
  listRunsOfSlot(pipeline: string, logical_date: EpochMs): Promise<readonly RunRow[]>;
  /** The slots of a pipeline from `first` to `last` that have a run, ascending. */
  listTakenSlots(pipeline: string, first: EpochMs, last: EpochMs): Promise<readonly EpochMs[]>;
  /** How many runs of a pipeline were created from a moment on, by state and by stretches of so many milliseconds, oldest first. */
  countRuns(pipeline: string, since: EpochMs, stretch_ms: number): Promise<readonly RunCount[]>;
  /** Of the runs that the schedule or a backfill of a pipeline has made: the newest one of the latest logical date before this one. */
  getRunBefore(pipeline: string, logical_date: EpochMs): Promise<RunRow | undefined>;
  /** Runs that attempts of this run have started, oldest first. */
  listChildRuns(run_id: RunId): Promise<readonly RunRow[]>;
  getRun(run_id: RunId): Promise<RunRow | undefined>;
  getRunByKey(pipeline: string, idempotency_key: string): Promise<RunRow | undefined>;
  /** Writes a run's note, whoever drives the run; undefined takes it away. Whether there is such a run. */
  setRunNote(run_id: RunId, note: RunNote | undefined): Promise<boolean>;
  /** Runs whose id starts with `prefix`, at most two: enough to tell none, one or several. */
  findRuns(prefix: string): Promise<readonly RunRow[]>;
  /** By task, then index; a mapped task as a whole stands before its items. */
  listTaskRuns(run_id: RunId): Promise<readonly TaskRunRow[]>;
  /** Of one task run, or of the whole run; by key, then attempt. */
  listAttempts(run_id: RunId, key?: TaskKey): Promise<readonly AttemptRow[]>;

  /** Stores what is under way, then lets go of the data. Idempotent. What is called afterwards rejects with a `StoreError`, "closed". */
  close(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------
// Pipelines

/** How a run ended, for whoever waits for it. */
export interface RunResult {
  readonly run_id: RunId;
  readonly state: FinalRunState;
  readonly why?: string;
}

import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { EpochMs, RunId, TaskId, TaskKey } from "./names.ts";
import type { AttemptEnd, AttemptOutcome, Failure } from "./outcome.ts";

/*
 * The words of the run machine. Data that is journalled, stored or sent is snake_case, as in the
 * language; functions and locals are camelCase. Times are milliseconds since the epoch and come in
 * as arguments: nothing in this room reads a clock.
 */

/**
 * Airflow's trigger rules, same semantics, skip propagation included.
 * Where a rule could go two ways by timing, failure outranks skip.
 */
export const TRIGGER_RULES = [
  "all_success",
  "all_failed",
  "all_done",
  "all_skipped",
  "one_success",
  "one_failed",
  "one_done",
  "none_failed",
  "none_failed_min_one_success",
  "none_skipped",
  "all_done_min_one_success",
  "always",
] as const;
export type TriggerRule = (typeof TRIGGER_RULES)[number];

/** The states of a task run. One token everywhere: code, store, API, metrics, docs. */
export const TASK_STATES = [
  /** Not yet decided: upstreams are still open. The trigger rule moves it on. */
  "none",
  /** In the middle of a decision: an attempt has ended and what follows is not recorded yet. The same batch moves it on. */
  "scheduled",
  /** Ready; waits for a slot. A granted slot moves it on. Survives a restart as it is. */
  "queued",
  /**
   * An attempt is live. Its report, a time-out or a cancel moves it on; after a restart it is adopted or lost.
   * A mapped task as a whole is running while any of its items is open; it has no attempt of its own.
   */
  "running",
  /** A sensor, or an approval: its attempt is open and holds no slot. Its report, a time-out or a cancel moves it on. */
  "waiting",
  /** The last attempt failed and another will follow at `ready_at`. A timer moves it on. */
  "up_for_retry",
  "success",
  "failed",
  /** Not run: a branch chose otherwise, `if` was false, the rule skipped it, or its operator said so. */
  "skipped",
  /** Not run: its trigger rule can no longer hold because of a failure upstream. */
  "upstream_failed",
  "cancelled",
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** The states that a task run rests in once it is decided. Only clearing (a retry by hand) leaves them. */
export const FINAL_TASK_STATES = ["success", "failed", "skipped", "upstream_failed", "cancelled"] as const;
export type FinalTaskState = (typeof FINAL_TASK_STATES)[number];

export const RUN_STATES = ["queued", "running", "success", "failed", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];
export const FINAL_RUN_STATES = ["success", "failed", "cancelled"] as const;
export type FinalRunState = (typeof FINAL_RUN_STATES)[number];

/** What made a run. */
export const RUN_TRIGGERS = ["manual", "schedule", "backfill", "pipeline", "api"] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

// ---------------------------------------------------------------------------------------------
// The plan: what a run was told to do. Frozen for the run; derived from the pipeline's version.

/** How a failed attempt is followed by another. The delay before retry n (from 1) is delay × factor^(n-1), capped, then jittered. */
export interface RetryPolicy {
  /** Retries after the first attempt; 0 means none. */
  readonly count: number;
  readonly delay_ms: number;
  readonly backoff: "constant" | "exponential";
  /** Used when backoff is exponential. At least 1. */
  readonly factor: number;
  readonly max_delay_ms?: number;
  /** 0..1: the delay is spread over ±(jitter × delay), by a hash of run, task and attempt. */
  readonly jitter: number;
  /** True when the pipeline has `retries.if`: the evaluator is asked before each retry. */
  readonly conditional: boolean;
}

/** What somebody may want to be told of. */
export const NOTIFICATION_CAUSES = ["on_success", "on_failure", "on_retry"] as const;
export type NotificationCause = (typeof NOTIFICATION_CAUSES)[number];

/** How many channels are told, by what has happened; absent: none. */
export type ChannelCounts = Readonly<Partial<Record<NotificationCause, number>>>;

export interface TaskPlan {
  readonly id: TaskId;
  readonly needs: readonly TaskId[];
  readonly trigger_rule: TriggerRule;
  /** True when the task has an `if`: the evaluator is asked once the trigger rule holds. */
  readonly conditional: boolean;
  /** Present when the task has a `for_each`: one task run per item. */
  readonly for_each?: { readonly max_parallel?: number };
  /** True when a success report names the direct dependants to run; the others are skipped. */
  readonly branch: boolean;
  readonly retries: RetryPolicy;
  /** Of one attempt; of a task that `waits`, from the start of its first attempt, retries included. */
  readonly timeout_ms?: number;
  /** From SIGTERM to SIGKILL. */
  readonly grace_ms: number;
  /** It may give its slot back and wait: its time-out counts from the start of the first attempt, retries included. */
  readonly waits: boolean;
  /** A time-out skips instead of failing. */
  readonly soft_fail: boolean;
  readonly on_lost: "rerun" | "fail";
  readonly allow_failure: boolean;
  readonly pool?: string;
  readonly pool_slots: number;
  /** Higher first. */
  readonly priority: number;
  /** Who is told of each of its task runs. */
  readonly notify: ChannelCounts;
}

export interface RunPlan {
  readonly pipeline: string;
  /** Of the whole run, from its start. */
  readonly timeout_ms?: number;
  /** Task runs of this run that may hold a slot at once. */
  readonly max_active_tasks: number;
  readonly tasks: readonly TaskPlan[];
  /** Who is told of the run's end, and of every retry in it. */
  readonly notify: ChannelCounts;
  readonly evaluator: Evaluator;
}

/** What an expression gave, or why it could not. Evaluation never throws. */
export type Evaluated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/**
 * Expressions, as the core sees them: pure functions of the run. What they gave is recorded in
 * events, so a replay never asks again.
 */
export interface Evaluator {
  /** The task's `if`. */
  condition(run: Run, key: TaskKey): Evaluated<boolean>;
  /** The task's `for_each`: a list; a map becomes a list of {key, value}. */
  items(run: Run, task: TaskId): Evaluated<readonly JsonValue[]>;
  /** The task's `retries.if`. */
  retry(run: Run, key: TaskKey, failure: Failure): Evaluated<boolean>;
}

// ---------------------------------------------------------------------------------------------
// Inputs: what happened outside.

/** Why a live attempt is told to stop. */
export type StopReason = "timeout" | "cancelled";

export type Input =
  /** The run was just created, or time has passed: look at the timers. */
  | { readonly type: "tick" }
  /** Slots were granted to queued task runs (see `SlotQueue`). A key that is no longer queued is ignored. */
  | { readonly type: "slots_granted"; readonly keys: readonly TaskKey[] }
  /** No slot can ever be granted to a queued task run: it fails with `pool_unavailable`. */
  | { readonly type: "slots_refused"; readonly key: TaskKey; readonly message: string }
  /** An attempt ended. A report of an older attempt, or of an ended one, changes nothing. */
  | {
      readonly type: "attempt_reported";
      readonly key: TaskKey;
      readonly attempt: number;
      readonly outcome: AttemptOutcome;
    }
  /** A live attempt gives its slot back. It stays open: its report comes later. */
  | { readonly type: "attempt_waits"; readonly key: TaskKey; readonly attempt: number }
  /** A person answered a waiting attempt: that ends it. When nothing of that key waits, it changes nothing. */
  | { readonly type: "answer_given"; readonly key: TaskKey; readonly by: string; readonly outcome: AttemptOutcome }
  /** A message was sent, or given up because of a problem. Of one that is settled already, it changes nothing. */
  | { readonly type: "notification_reported"; readonly notification: number; readonly problem?: string }
  | { readonly type: "cancel_requested"; readonly by: string; readonly why?: string }
  /**
   * Run a finished run again, in part. `from`: those tasks and all downstream of them.
   * `failed`: every task that failed, was upstream_failed or cancelled, and all downstream of them.
   * What is not cleared keeps its state and outputs.
   */
  | {
      readonly type: "retry_requested";
      readonly by: string;
      readonly what: { readonly from: readonly TaskId[] } | "failed";
    }
  /**
   * A person decides a task run's state. A live attempt of it is stopped and its report ignored.
   * A mapped task marked as a whole takes its open items along; an item marked takes its whole along
   * once all items are decided. On a finished run the verdict follows.
   */
  | {
      readonly type: "mark_requested";
      readonly key: TaskKey;
      readonly state: "success" | "failed" | "skipped";
      readonly by: string;
    };

// ---------------------------------------------------------------------------------------------
// Events: what was recorded. Past tense, facts only; the run is their fold.

/** What a run is created with. */
export interface RunCreated {
  readonly type: "run_created";
  readonly pipeline: string;
  /** Content hash of the pipeline's version; the run ends on it. */
  readonly version: string;
  readonly trigger: RunTrigger;
  readonly by: string;
  readonly logical_date: EpochMs;
  readonly data_interval_start: EpochMs;
  readonly data_interval_end: EpochMs;
  readonly params: JsonObject;
  /** Run only these tasks; every other is skipped at once. Absent: all of them. */
  readonly only?: readonly TaskId[];
  /** The attempt that started this run. */
  readonly parent?: ParentAttempt;
  /** The slot of the pipeline's schedule that it is for. A slot has one run at most. */
  readonly slot?: EpochMs;
  /** Who asks twice with one key, unique in its pipeline, gets one run. */
  readonly idempotency_key?: string;
  /** The backfill that it belongs to. */
  readonly backfill_id?: string;
  /** The commit that the pipeline was read from. */
  readonly revision?: string;
}

export interface ParentAttempt {
  readonly run_id: RunId;
  readonly key: TaskKey;
  readonly attempt: number;
}

export type RunEventBody =
  | RunCreated
  /** The first decision was made, or the first since tasks were cleared. `deadline_at` comes from the run's `timeout`. */
  | { readonly type: "run_started"; readonly deadline_at?: EpochMs }
  /** A `for_each` was evaluated: these are its items, one task run each, `key[0]` … */
  | { readonly type: "task_expanded"; readonly task: TaskId; readonly items: readonly JsonValue[] }
  /** The trigger rule and `if` hold (or a retry is due): attempt number `attempt` waits for a slot. */
  | { readonly type: "task_queued"; readonly key: TaskKey; readonly attempt: number }
  /** The attempt holds a slot. Committed before its process starts. */
  | {
      readonly type: "attempt_started";
      readonly key: TaskKey;
      readonly attempt: number;
      readonly deadline_at?: EpochMs;
    }
  /** The attempt gave its slot back. */
  | { readonly type: "attempt_waiting"; readonly key: TaskKey; readonly attempt: number }
  /** The attempt was told to stop; it is live until its report comes. */
  | { readonly type: "attempt_stopping"; readonly key: TaskKey; readonly attempt: number; readonly why: StopReason }
  | {
      readonly type: "attempt_ended";
      readonly key: TaskKey;
      readonly attempt: number;
      readonly outcome: AttemptEnd;
    }
  /** Attempt number `attempt` ended and another follows at `ready_at`. */
  | {
      readonly type: "retry_scheduled";
      readonly key: TaskKey;
      readonly attempt: number;
      readonly ready_at: EpochMs;
      readonly why: "failed" | "lost";
    }
  /**
   * The task run's state is decided. `why` is one sentence for a person; `by` when a person decided.
   * A mapped task as a whole carries no outputs: they are its items'.
   */
  | {
      readonly type: "task_finished";
      readonly key: TaskKey;
      readonly state: FinalTaskState;
      readonly why?: string;
      readonly by?: string;
      readonly failure?: Failure;
      readonly outputs?: JsonObject;
      readonly chosen?: readonly TaskId[];
    }
  /** Somebody is to be told. The event's `seq` is the notification's number. */
  | NotificationRequested
  /** The message was sent; or it was given up because of this problem, which changes nothing else. */
  | { readonly type: "notification_ended"; readonly notification: number; readonly problem?: string }
  | { readonly type: "cancel_accepted"; readonly by: string; readonly why?: string }
  /** The run's own deadline passed: everything live is stopped, the run will fail. */
  | { readonly type: "run_timed_out" }
  /**
   * These tasks are open again, and with them the run. A mapped one forgets its items: what is left of
   * them is skipped until it is expanded again. `items` are mapped task runs that are open again while
   * the others of their task keep state and outputs.
   */
  | {
      readonly type: "tasks_cleared";
      readonly tasks: readonly TaskId[];
      readonly items?: readonly TaskKey[];
      readonly by: string;
    }
  /** The run is decided. Comes again when a mark by hand on a finished run changes its verdict. */
  | { readonly type: "run_finished"; readonly state: FinalRunState; readonly why?: string };

export interface NotificationRequested {
  readonly type: "notification_requested";
  readonly on: NotificationCause;
  /** Whose list of channels it is, and the position in that list. */
  readonly of: "task" | "pipeline";
  readonly channel: number;
  /** The task run that it is about; absent: the run. */
  readonly key?: TaskKey;
  /** Of a retry: the attempt that failed, and why. */
  readonly attempt?: number;
  readonly failure?: Failure;
}

/** An event as it stands in the journal: numbered from 1 in its run, stamped with the time of the decision. */
export type RunEvent = RunEventBody & { readonly seq: number; readonly at: EpochMs };

// ---------------------------------------------------------------------------------------------
// State: the fold of the events.

/** One task run, as it stands. Never changed in place: an event that changes it puts another in its place. */
export interface TaskRun {
  readonly key: TaskKey;
  readonly task: TaskId;
  /** Position among the items of a `for_each`; absent otherwise (and on the mapped task as a whole). */
  readonly index?: number;
  /** The item of a mapped task run. */
  readonly item?: JsonValue;
  /**
   * Of a mapped task as a whole, once it is expanded: how many items it has. Task runs with a higher
   * index are left from an earlier expansion and belong to it no more.
   */
  readonly items?: number;
  readonly state: TaskState;
  /** The number of the latest attempt that was started; 0 before the first. Never reused, also not after clearing. */
  readonly attempt: number;
  /** Retries already spent since the task was last cleared. */
  readonly retries_used: number;
  /** Attempts lost in a row; capped, so that a task which kills its host stops. */
  readonly lost_count: number;
  /** When it last began to wait for a slot. */
  readonly queued_at?: EpochMs;
  /** When its first attempt started since it was last cleared; of a mapped task as a whole, when it was expanded. */
  readonly started_at?: EpochMs;
  readonly finished_at?: EpochMs;
  /** While an attempt is live or waits: when it times out. In a task that waits it stays, also between two attempts. */
  readonly deadline_at?: EpochMs;
  /** In `up_for_retry`: when the next attempt is due. */
  readonly wake_at?: EpochMs;
  /**
   * A live attempt was told to stop, and why. It is live and holds its slot until its report comes,
   * also when a person has decided the task run meanwhile.
   */
  readonly stopping?: StopReason;
  readonly outputs?: JsonObject;
  readonly failure?: Failure;
  readonly why?: string;
  readonly chosen?: readonly TaskId[];
}

/**
 * A run as the fold of its journal. `evolve` alone changes it, in place: it has one owner. The map is
 * for reading; `core` keeps further indexes beside it so that one input costs only the edges it touches.
 */
export interface Run {
  readonly id: RunId;
  readonly created: RunCreated;
  readonly created_at: EpochMs;
  readonly state: RunState;
  /** Number of the last event. */
  readonly seq: number;
  /** When it first started, retries by hand or not. */
  readonly started_at?: EpochMs | undefined;
  readonly finished_at?: EpochMs | undefined;
  readonly deadline_at?: EpochMs | undefined;
  readonly cancelled_by?: string | undefined;
  readonly timed_out: boolean;
  readonly why?: string | undefined;
  /** Times that the run was retried by hand. `run.attempt` in expressions is this + 1. */
  readonly retries: number;
  /** Messages that are to be sent, by number. */
  readonly notifications: ReadonlyMap<number, NotificationRequested>;
  /** One per task, plus one per item of each `for_each` that was ever expanded. */
  readonly task_runs: ReadonlyMap<TaskKey, TaskRun>;
}

// ---------------------------------------------------------------------------------------------
// Intents: what should now be true. Derived from the state, idempotent, recomputed after a crash.

export type Intent =
  | { readonly type: "start_attempt"; readonly key: TaskKey; readonly attempt: number }
  | {
      readonly type: "stop_attempt";
      readonly key: TaskKey;
      readonly attempt: number;
      readonly why: StopReason;
      readonly grace_ms: number;
    }
  /** Tell somebody. */
  | { readonly type: "notify"; readonly notification: number; readonly request: NotificationRequested }
  /** Send a `tick` at this time. One per run: the earliest timer. */
  | { readonly type: "wake_at"; readonly at: EpochMs };

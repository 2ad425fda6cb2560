import type { NotificationCause, RetryPolicy, TriggerRule } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";

/*
 * A pipeline after parsing and checking: defaults filled in, short forms widened, durations in
 * milliseconds. Expressions stand in it as the text that the author wrote, `${{ … }}` and all; they
 * are evaluated when a task is about to run.
 */

export interface Pipeline {
  readonly name: string;
  /** As it was given, or relative to the repository's root. */
  readonly file: string;
  readonly source: string;
  /** SHA-256 of the name and the source, hex. */
  readonly version: string;
  readonly description?: string;
  readonly doc?: string;
  readonly owner?: string;
  readonly tags: readonly string[];
  readonly schedule?: Schedule;
  readonly max_active_runs: number;
  readonly overlap: "queue" | "skip" | "cancel_running";
  readonly max_active_tasks: number;
  readonly timeout_ms?: number;
  readonly params: Readonly<Record<string, Param>>;
  readonly env: Readonly<Record<string, string>>;
  readonly tasks: readonly Task[];
  /** JSON Schema of what a run hands on, and the expression of each. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
  readonly output_values: Readonly<Record<string, string>>;
  /** Who is told of the run's end, and of every retry in it. */
  readonly notify: Notify;
  /** What it promises. */
  readonly slo?: Slo;
  /** Limits of the metrics that its tasks declare. */
  readonly alerts: readonly MetricAlert[];
}

/** A limit of a metric. Fires when the metric is below or above a value. */
export interface MetricAlert {
  readonly metric: string;
  readonly when: "below" | "above";
  readonly value: number;
  readonly for_ms: number;
  readonly severity: "critical" | "warning" | "info";
  readonly summary?: string;
  /** A label by which Alertmanager finds whom to tell. */
  readonly channel?: string;
}

/** What a pipeline promises. */
export interface Slo {
  /** The share of runs that succeed, 0 to 1. */
  readonly success_rate?: number;
  readonly max_duration_ms?: number;
  /** The last success is never older. */
  readonly freshness_ms?: number;
}

/** Who is told of what. */
export type Notify = Readonly<Record<NotificationCause, readonly Channel[]>>;

/** One way to tell somebody. */
export interface Channel {
  /** The operator that sends it. */
  readonly operator: string;
  /** Its settings as written, short form and all. Strings may hold expressions. */
  readonly config: JsonValue;
}

/** A declared parameter: its JSON Schema, and its default when it has one (a parameter without one is required). */
export interface Param {
  readonly schema: JsonObject;
  readonly default?: JsonValue;
}

export interface Schedule {
  readonly cron: readonly string[];
  readonly every_ms?: number;
  readonly after: readonly string[];
  /** IANA. */
  readonly timezone: string;
  readonly start?: string;
  readonly end?: string;
  readonly catchup: { readonly policy: "none" | "latest" | "all"; readonly within_ms?: number; readonly max?: number };
  readonly jitter_ms: number;
  /** Its runs wait until the one of the logical date before has succeeded. */
  readonly depends_on_past: boolean;
}

export interface Task {
  readonly id: string;
  readonly doc?: string;
  readonly needs: readonly string[];
  readonly trigger_rule: TriggerRule;
  /** CEL source, without the braces. */
  readonly if?: string;
  /** `items` is a literal list or map, or text with one expression. */
  readonly for_each?: { readonly items: JsonValue; readonly max_parallel?: number };
  readonly retries: RetryPolicy & { readonly if?: string };
  readonly timeout_ms?: number;
  readonly grace_ms: number;
  readonly soft_fail: boolean;
  readonly on_lost: "rerun" | "fail";
  readonly allow_failure: boolean;
  readonly pool?: string;
  readonly pool_slots: number;
  readonly priority: number;
  readonly depends_on_past: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** JSON Schema of each declared output. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
  /** The expression of each declared output that has a `value`, as written. */
  readonly output_values: Readonly<Record<string, string>>;
  readonly operator: string;
  /** The operator's settings in their long form. Strings may hold expressions. */
  readonly config: JsonObject;
  /** Custom metrics by name. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** What its outputs have to keep, by name. */
  readonly checks: Readonly<Record<string, DataCheck>>;
  /** Who is told of each of its task runs. */
  readonly notify: Notify;
}

/** A custom metric, as written: its value and labels may be expressions. */
export interface Metric {
  readonly type: "gauge" | "counter" | "histogram";
  readonly help?: string;
  readonly value: string | number;
  readonly labels: Readonly<Record<string, string | number | boolean>>;
}

/** What an output, or something that follows from outputs, has to keep. At least one bound is there. */
export interface DataCheck {
  /** A number, or an expression as written. */
  readonly value: string | number;
  readonly min?: number;
  readonly max?: number;
  /** What follows when it is not so. */
  readonly severity: "fail" | "warn";
}

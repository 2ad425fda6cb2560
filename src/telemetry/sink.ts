import type { MetricSample } from "../core/index.ts";
import type { MetricName } from "./catalogue.ts";

export type Labels = Readonly<Record<string, string>>;

/** Where measurements go. What it can't take it drops, and counts: no measurement ever fails what is measured. */
export interface Sink {
  /** Counts up; by 0, the series is there from then on. */
  add(name: MetricName, labels: Labels, by: number): void;
  set(name: MetricName, labels: Labels, value: number): void;
  /** Takes a gauge's series away. Without labels: all of them. */
  unset(name: MetricName, labels?: Labels): void;
  /** One value of a histogram or a summary. `run_id` says where to look for the story behind it. */
  observe(name: MetricName, labels: Labels, value: number, run_id?: string): void;
  /** A metric that a pipeline declares. */
  custom(sample: MetricSample, labels: Labels): void;
  /** A pipeline is gone: so are its series. */
  forget(pipeline: string): void;
}

/** What the daemon is asked when somebody wants to know how it stands. */
export interface Snapshot {
  readonly now: number;
  readonly heartbeat_at?: number;
  readonly pipelines: readonly PipelineSnapshot[];
  readonly executors: readonly ExecutorSnapshot[];
  /** Task runs that have not ended, by state. */
  readonly tasks: Readonly<Record<"queued" | "running" | "waiting" | "up_for_retry", number>>;
  readonly store_bytes: number;
}

export interface PipelineSnapshot {
  readonly pipeline: string;
  readonly queued: number;
  readonly running: number;
  readonly paused: boolean;
  readonly next_at?: number;
  readonly oldest_started_at?: number;
}

/** Of the concurrency over all (the pool is ""), or of a pool. */
export interface ExecutorSnapshot {
  readonly executor: string;
  readonly pool: string;
  readonly slots: number;
  readonly used: number;
  readonly running: number;
  readonly queued: number;
  readonly oldest_queued_at?: number;
}

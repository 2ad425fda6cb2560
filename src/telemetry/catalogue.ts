/*
 * Every metric that the daemon has of its own. The documents, the dashboards and the rules are checked against this table.
 * What says `pipeline` in its labels goes when the pipeline does.
 */

export interface MetricSpec {
  /** A summary has a sum and a count, and no quantiles: two series where a histogram has many. */
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly labels: readonly string[];
  /** What it means, in a sentence. */
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

/** From a second to a day: runs are batch work. */
const RUN_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
/** From a tenth of a second to an hour: what waits for a slot. */
const WAIT_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];
/** From a hundredth of a second to a minute: what should be at once. */
const DELAY_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60];
/** From a millisecond to ten seconds: what the machine does. */
const WORK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export const METRICS = {
  engine_build_info: {
    type: "gauge",
    labels: ["version", "node_version"],
    help: "Which engine this is; always 1.",
  },
  engine_config_last_reload_successful: {
    type: "gauge",
    labels: [],
    help: "Whether every file of pipelines is live as it stands: 1, or 0 when one has errors.",
  },
  engine_config_last_reload_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the files of pipelines last were all live as they stand.",
  },
  engine_config_reloads_total: {
    type: "counter",
    labels: ["result"],
    help: "Changes of the pipelines that were taken up, by whether a file had errors.",
  },
  engine_config_diagnostics: {
    type: "gauge",
    labels: ["severity"],
    help: "Findings in the files of pipelines.",
  },
  engine_config_look_duration_seconds: {
    type: "histogram",
    labels: [],
    help: "Time to look at the pipelines: to read and check what has changed.",
    buckets: WORK_SECONDS,
  },
  engine_pipelines: {
    type: "gauge",
    labels: ["status"],
    help: "Pipelines by status: active, paused, or invalid (its file has errors).",
  },
  engine_gitops_last_sync_timestamp_seconds: {
    type: "gauge",
    labels: ["source"],
    help: "When the repository last was looked at with success.",
  },
  engine_gitops_out_of_sync: {
    type: "gauge",
    labels: ["source"],
    help: "1 while another commit is live than the newest of the branch.",
  },
  engine_gitops_syncs_total: {
    type: "counter",
    labels: ["source", "result"],
    help: "Looks at the repository, by what came of them.",
  },
  engine_gitops_sync_duration_seconds: {
    type: "histogram",
    labels: ["source"],
    help: "Time of one look at the repository.",
    buckets: DELAY_SECONDS,
  },
  engine_gitops_revision_info: {
    type: "gauge",
    labels: ["source", "revision"],
    help: "The commit that is live; always 1.",
  },
  engine_pipeline_info: {
    type: "gauge",
    labels: ["pipeline", "owner", "tier"],
    help: "Who answers for a pipeline, and how much depends on it (its tag `tier:…`); always 1.",
  },
  engine_pipeline_paused: { type: "gauge", labels: ["pipeline"], help: "1 while a person has paused its schedule." },
  engine_pipeline_freshness_target_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "How old the last success may be, as `slo` says.",
  },
  engine_pipeline_duration_limit_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "How long a run may take, as `slo` says.",
  },
  engine_pipeline_slo_objective_ratio: {
    type: "gauge",
    labels: ["pipeline", "slo"],
    help: "The share that is promised, as `slo` says.",
  },
  engine_pipeline_runs_total: { type: "counter", labels: ["pipeline", "state"], help: "Runs that have ended." },
  engine_pipeline_runs_started_total: {
    type: "counter",
    labels: ["pipeline", "trigger"],
    help: "Runs that were created, by what made them.",
  },
  engine_pipeline_runs_active: {
    type: "gauge",
    labels: ["pipeline", "state"],
    help: "Runs that have not ended: queued or running.",
  },
  engine_pipeline_run_duration_seconds: {
    type: "histogram",
    labels: ["pipeline"],
    help: "Time from the start of a run to its end.",
    buckets: RUN_SECONDS,
  },
  engine_pipeline_last_run_duration_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Of the run that ended last.",
  },
  engine_pipeline_last_run_status: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Whether the run that ended last has succeeded: 1 or 0.",
  },
  engine_pipeline_last_run_timestamp_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "When the last run ended.",
  },
  engine_pipeline_last_success_timestamp_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "When a run last ended with success; absent until one has.",
  },
  engine_pipeline_next_run_timestamp_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "When it is due next; absent where it is paused or has no slots.",
  },
  engine_pipeline_oldest_active_run_start_timestamp_seconds: {
    type: "gauge",
    labels: ["pipeline"],
    help: "When the oldest run that goes on was started; absent when none does.",
  },
  engine_pipeline_consecutive_failures: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Runs that have failed since the last success.",
  },
  engine_pipeline_missed_schedules_total: {
    type: "counter",
    labels: ["pipeline", "reason"],
    help: "Slots of the schedule that got no run.",
  },
  engine_task_runs_total: {
    type: "counter",
    labels: ["pipeline", "task", "state"],
    help: "Task runs that have ended; each item of a `for_each` is one.",
  },
  engine_task_retries_total: {
    type: "counter",
    labels: ["pipeline", "task"],
    help: "Attempts that follow one that failed or was lost.",
  },
  engine_task_duration_seconds: {
    type: "summary",
    labels: ["pipeline", "task"],
    help: "Time from the start of the first attempt to the end of the task run.",
  },
  engine_task_last_duration_seconds: {
    type: "gauge",
    labels: ["pipeline", "task"],
    help: "Of the task run that ended last.",
  },
  engine_task_cpu_seconds_total: {
    type: "counter",
    labels: ["pipeline", "task"],
    help: "Time of the processors that the task's processes took; counted when an attempt ends.",
  },
  engine_task_memory_peak_bytes: {
    type: "gauge",
    labels: ["pipeline", "task"],
    help: "Most memory that the processes of an attempt had, looked at after a second and then every five; of the last one. Linux only.",
  },
  engine_task_queue_duration_seconds: {
    type: "histogram",
    labels: ["executor", "pool"],
    help: "Time from when a task run was ready to the start of its attempt.",
    buckets: WAIT_SECONDS,
  },
  engine_tasks: {
    type: "gauge",
    labels: ["state"],
    help: "Task runs that have not ended: queued, running, waiting or up_for_retry.",
  },
  engine_scheduler_heartbeat_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the daemon last turned and its store answered: every five seconds.",
  },
  engine_scheduler_delay_seconds: {
    type: "histogram",
    labels: [],
    help: "Time from a slot, jitter included, to its run.",
    buckets: DELAY_SECONDS,
  },
  engine_executor_slots: {
    type: "gauge",
    labels: ["executor", "pool"],
    help: "Attempts that may run at once; the empty pool is the concurrency over all.",
  },
  engine_executor_slots_used: { type: "gauge", labels: ["executor", "pool"], help: "Slots that are taken." },
  engine_executor_queued_tasks: {
    type: "gauge",
    labels: ["executor", "pool"],
    help: "Task runs that wait for a slot.",
  },
  engine_executor_running_tasks: {
    type: "gauge",
    labels: ["executor", "pool"],
    help: "Task runs that hold a slot.",
  },
  engine_executor_oldest_queued_timestamp_seconds: {
    type: "gauge",
    labels: ["executor", "pool"],
    help: "Since when the first of those that wait has waited; absent when none waits.",
  },
  engine_executor_tasks_lost_total: {
    type: "counter",
    labels: ["executor"],
    help: "Attempts whose process vanished and left no result.",
  },
  engine_check_results_total: {
    type: "counter",
    labels: ["pipeline", "task", "check", "result"],
    help: "Outputs that were held against the `checks` of their task: pass or fail.",
  },
  engine_check_last_status: {
    type: "gauge",
    labels: ["pipeline", "task", "check"],
    help: "Whether it passed when it was last looked at: 1 or 0.",
  },
  engine_check_last_value: {
    type: "gauge",
    labels: ["pipeline", "task", "check"],
    help: "The value that was last looked at.",
  },
  engine_notifications_total: {
    type: "counter",
    labels: ["channel", "result"],
    help: "Messages that `on_success`, `on_failure` and `on_retry` asked for, by the operator that sends them.",
  },
  engine_http_requests_total: {
    type: "counter",
    labels: ["method", "route", "code"],
    help: "Requests to the API, by the pattern of their path.",
  },
  engine_http_request_duration_seconds: {
    type: "histogram",
    labels: ["method", "route"],
    help: "Time to answer a request to the API.",
    buckets: WORK_SECONDS,
  },
  engine_store_operation_duration_seconds: {
    type: "histogram",
    labels: ["operation"],
    help: "Time of the store's operations.",
    buckets: WORK_SECONDS,
  },
  engine_store_errors_total: {
    type: "counter",
    labels: ["operation"],
    help: "Operations of the store that failed.",
  },
  engine_store_size_bytes: { type: "gauge", labels: [], help: "Size of the store's file, with its log." },
  engine_metrics_series: { type: "gauge", labels: [], help: "Series that are exported, buckets included." },
  engine_metrics_series_dropped_total: {
    type: "counter",
    labels: ["metric"],
    help: "Series that were not taken up because there are too many, by metric.",
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;

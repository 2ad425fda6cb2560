import type { CatalogState } from "../catalog/index.ts";
import {
  FINAL_RUN_STATES,
  FINAL_TASK_STATES,
  type NotificationRequested,
  RUN_TRIGGERS,
  type Run,
  type RunEvent,
  type TaskId,
  type TaskKey,
} from "../core/index.ts";
import type { SchedulerEvent } from "../engine/index.ts";
import type { Pipeline, Task } from "../language/index.ts";
import { SKIP_REASONS } from "../schedule/index.ts";
import type { History, Observer, SyncDone, UsageDone } from "./observer.ts";
import type { Sink, Snapshot } from "./sink.ts";

/** Where attempts run: on the machine of the daemon. */
const EXECUTOR = "local";
const SEVERITIES = ["error", "warning", "info"] as const;

/** Tells a sink, under the engine's own names, what happens. */
export class EngineMetrics implements Observer {
  readonly #sink: Sink;
  readonly #failures = new Map<string, number>();
  /** The operator of each message that was asked for and is not settled. */
  readonly #messages = new Map<string, string>();
  #live: ReadonlyMap<string, Pipeline> = new Map();
  #broken = 0;

  constructor(sink: Sink, version: string) {
    this.#sink = sink;
    sink.set("engine_build_info", { version, node_version: process.version }, 1);
    for (const result of ["success", "failed"]) sink.add("engine_config_reloads_total", { result }, 0);
    sink.add("engine_executor_tasks_lost_total", { executor: EXECUTOR }, 0);
  }

  /** What was before this process: the last run of a pipeline, its last success, and how often it has failed since. */
  history({ pipeline, last_run, last_success_at, failures }: History): void {
    this.#failures.set(pipeline, failures);
    this.#sink.set("engine_pipeline_consecutive_failures", { pipeline }, failures);
    if (last_run !== undefined) this.#lastRun(pipeline, last_run);
    if (last_success_at !== undefined) this.#lastSuccess(pipeline, last_success_at);
  }

  committed(event: RunEvent, run: Run, pipeline: Pipeline): void {
    const { name } = pipeline;
    switch (event.type) {
      case "run_created":
        this.#sink.add("engine_pipeline_runs_started_total", { pipeline: name, trigger: event.trigger }, 1);
        break;
      case "run_finished":
        this.#runFinished(event, run, name);
        break;
      case "attempt_started":
        this.#attemptStarted(event, run, pipeline);
        break;
      case "attempt_ended":
        this.#attemptEnded(event, run, name);
        break;
      case "retry_scheduled":
        this.#sink.add("engine_task_retries_total", { pipeline: name, task: taskOf(run, event.key) }, 1);
        break;
      case "task_finished":
        this.#taskFinished(event, run, name);
        break;
      case "notification_requested":
        this.#messages.set(`${run.id} ${event.seq}`, channelOf(pipeline, run, event));
        break;
      case "notification_ended":
        this.#notified(`${run.id} ${event.notification}`, event.problem === undefined ? "success" : "error");
        break;
      default:
    }
  }

  #runFinished(event: Extract<RunEvent, { type: "run_finished" }>, run: Run, pipeline: string): void {
    const { state, at } = event;
    this.#sink.add("engine_pipeline_runs_total", { pipeline, state }, 1);
    const seconds = (at - (run.started_at ?? at)) / 1_000;
    this.#sink.observe("engine_pipeline_run_duration_seconds", { pipeline }, seconds, run.id);
    this.#lastRun(pipeline, { success: state === "success", seconds, at });
    if (state === "success") this.#lastSuccess(pipeline, at);
    // What a person has cancelled tells nothing of whether it works.
    if (state === "cancelled") return;
    const failures = state === "success" ? 0 : (this.#failures.get(pipeline) ?? 0) + 1;
    this.#failures.set(pipeline, failures);
    this.#sink.set("engine_pipeline_consecutive_failures", { pipeline }, failures);
  }

  #lastRun(pipeline: string, last: NonNullable<History["last_run"]>): void {
    this.#sink.set("engine_pipeline_last_run_status", { pipeline }, last.success ? 1 : 0);
    this.#sink.set("engine_pipeline_last_run_duration_seconds", { pipeline }, last.seconds);
    this.#sink.set("engine_pipeline_last_run_timestamp_seconds", { pipeline }, last.at / 1_000);
  }

  #lastSuccess(pipeline: string, at: number): void {
    this.#sink.set("engine_pipeline_last_success_timestamp_seconds", { pipeline }, at / 1_000);
  }

  #attemptStarted(event: Extract<RunEvent, { type: "attempt_started" }>, run: Run, pipeline: Pipeline): void {
    const queued_at = run.task_runs.get(event.key)?.queued_at;
    if (queued_at === undefined) return;
    const pool = planOf(pipeline, taskOf(run, event.key))?.pool ?? "";
    this.#sink.observe(
      "engine_task_queue_duration_seconds",
      { executor: EXECUTOR, pool },
      Math.max(0, event.at - queued_at) / 1_000,
    );
  }

  #attemptEnded(event: Extract<RunEvent, { type: "attempt_ended" }>, run: Run, pipeline: string): void {
    const { outcome, key } = event;
    if (outcome.state === "lost") this.#sink.add("engine_executor_tasks_lost_total", { executor: EXECUTOR }, 1);
    const labels = { pipeline, task: taskOf(run, key) };
    if (outcome.state === "success" || outcome.state === "failed") {
      for (const { name: check, passed, value } of outcome.checks ?? []) {
        this.#sink.add("engine_check_results_total", { ...labels, check, result: passed ? "pass" : "fail" }, 1);
        this.#sink.set("engine_check_last_status", { ...labels, check }, passed ? 1 : 0);
        if (value !== undefined) this.#sink.set("engine_check_last_value", { ...labels, check }, value);
      }
    }
    if (outcome.state !== "success") return;
    for (const sample of outcome.metrics ?? []) this.#sink.custom(sample, labels);
  }

  #taskFinished(event: Extract<RunEvent, { type: "task_finished" }>, run: Run, pipeline: string): void {
    const task_run = run.task_runs.get(event.key);
    // Its items are counted, each.
    if (task_run === undefined || (task_run.items ?? 0) > 0) return;
    const labels = { pipeline, task: task_run.task };
    this.#sink.add("engine_task_runs_total", { ...labels, state: event.state }, 1);
    if (task_run.started_at === undefined || task_run.attempt === 0) return;
    const seconds = Math.max(0, event.at - task_run.started_at) / 1_000;
    this.#sink.observe("engine_task_duration_seconds", labels, seconds, run.id);
    this.#sink.set("engine_task_last_duration_seconds", labels, seconds);
  }

  #notified(message: string, result: string): void {
    // An earlier process may have asked for it.
    const channel = this.#messages.get(message) ?? "unknown";
    this.#messages.delete(message);
    this.#sink.add("engine_notifications_total", { channel, result }, 1);
  }

  slots(event: SchedulerEvent): void {
    if (event.type === "slot_run") {
      this.#sink.observe("engine_scheduler_delay_seconds", {}, Math.max(0, event.delay_ms) / 1_000);
    }
    if (event.type === "slots_skipped") {
      const { pipeline, reason, count } = event;
      this.#sink.add("engine_pipeline_missed_schedules_total", { pipeline, reason }, count);
    }
  }

  catalog(state: CatalogState, now: number): void {
    const ok = state.broken.size === 0;
    this.#sink.set("engine_config_last_reload_successful", {}, ok ? 1 : 0);
    if (ok) this.#sink.set("engine_config_last_reload_success_timestamp_seconds", {}, now / 1_000);
    this.#sink.add("engine_config_reloads_total", { result: ok ? "success" : "failed" }, 1);
    this.#broken = state.broken.size;
    for (const severity of SEVERITIES) {
      const count = state.diagnostics.filter((each) => each.severity === severity).length;
      this.#sink.set("engine_config_diagnostics", { severity }, count);
    }
    for (const name of this.#live.keys()) {
      if (state.pipelines.has(name)) continue;
      this.#sink.forget(name);
      this.#failures.delete(name);
    }
    for (const pipeline of state.pipelines.values()) this.#setUp(pipeline, this.#live.get(pipeline.name));
    this.#live = state.pipelines;
  }

  /** A counter that is born with its first failure shows no increase: so all are there from the first moment. */
  #setUp(pipeline: Pipeline, before: Pipeline | undefined): void {
    const { name, owner = "", tags, slo } = pipeline;
    if (before?.version === pipeline.version) return;
    const sink = this.#sink;
    const labels = { pipeline: name };
    if (before !== undefined) sink.unset("engine_pipeline_info", infoOf(before));
    sink.set("engine_pipeline_info", infoOf({ name, owner, tags }), 1);
    for (const state of FINAL_RUN_STATES) sink.add("engine_pipeline_runs_total", { ...labels, state }, 0);
    for (const trigger of RUN_TRIGGERS) sink.add("engine_pipeline_runs_started_total", { ...labels, trigger }, 0);
    if (pipeline.schedule !== undefined) {
      for (const reason of SKIP_REASONS) sink.add("engine_pipeline_missed_schedules_total", { ...labels, reason }, 0);
    }
    for (const { id: task, checks } of pipeline.tasks) {
      for (const check of Object.keys(checks)) {
        for (const result of ["pass", "fail"])
          sink.add("engine_check_results_total", { ...labels, task, check, result }, 0);
      }
      for (const state of FINAL_TASK_STATES) sink.add("engine_task_runs_total", { ...labels, task, state }, 0);
      sink.add("engine_task_retries_total", { ...labels, task }, 0);
      sink.add("engine_task_cpu_seconds_total", { ...labels, task }, 0);
    }
    for (const channel of channelsOf(pipeline)) {
      for (const result of ["success", "error"]) sink.add("engine_notifications_total", { channel, result }, 0);
    }
    setOrUnset(sink, "engine_pipeline_freshness_target_seconds", labels, seconds(slo?.freshness_ms));
    setOrUnset(sink, "engine_pipeline_duration_limit_seconds", labels, seconds(slo?.max_duration_ms));
    const objective = { ...labels, slo: "success_rate" };
    setOrUnset(sink, "engine_pipeline_slo_objective_ratio", objective, slo?.success_rate);
  }

  looked(seconds: number): void {
    this.#sink.observe("engine_config_look_duration_seconds", {}, seconds);
  }

  synced({ source, result, seconds, revision, out_of_sync, at }: SyncDone): void {
    const sink = this.#sink;
    sink.add("engine_gitops_syncs_total", { source, result }, 1);
    sink.observe("engine_gitops_sync_duration_seconds", { source }, seconds);
    sink.set("engine_gitops_out_of_sync", { source }, out_of_sync ? 1 : 0);
    if (result !== "failed") sink.set("engine_gitops_last_sync_timestamp_seconds", { source }, at / 1_000);
    sink.unset("engine_gitops_revision_info");
    if (revision !== undefined) sink.set("engine_gitops_revision_info", { source, revision }, 1);
  }

  httpRequest(request: { method: string; route: string; code: number; seconds: number }): void {
    const { method, route, code, seconds } = request;
    this.#sink.add("engine_http_requests_total", { method, route, code: String(code) }, 1);
    this.#sink.observe("engine_http_request_duration_seconds", { method, route }, seconds);
  }

  storeOperation(operation: string, seconds: number, failed: boolean): void {
    this.#sink.observe("engine_store_operation_duration_seconds", { operation }, seconds);
    this.#sink.add("engine_store_errors_total", { operation }, failed ? 1 : 0);
  }

  used({ pipeline, key, cpu_seconds, memory_peak_bytes }: UsageDone): void {
    const labels = { pipeline, task: key.replace(/\[\d+\]$/, "") };
    if (cpu_seconds !== undefined) this.#sink.add("engine_task_cpu_seconds_total", labels, cpu_seconds);
    if (memory_peak_bytes !== undefined) this.#sink.set("engine_task_memory_peak_bytes", labels, memory_peak_bytes);
  }

  snapshot({ heartbeat_at, pipelines, executors, tasks, store_bytes }: Snapshot): void {
    const sink = this.#sink;
    setOrUnset(sink, "engine_scheduler_heartbeat_timestamp_seconds", {}, seconds(heartbeat_at));
    sink.set("engine_store_size_bytes", {}, store_bytes);
    for (const [state, count] of Object.entries(tasks)) sink.set("engine_tasks", { state }, count);
    const paused = pipelines.filter((each) => each.paused).length;
    sink.set("engine_pipelines", { status: "active" }, pipelines.length - paused);
    sink.set("engine_pipelines", { status: "paused" }, paused);
    sink.set("engine_pipelines", { status: "invalid" }, this.#broken);
    for (const { pipeline, queued, running, paused, next_at, oldest_started_at } of pipelines) {
      const labels = { pipeline };
      sink.set("engine_pipeline_paused", labels, paused ? 1 : 0);
      sink.set("engine_pipeline_runs_active", { ...labels, state: "queued" }, queued);
      sink.set("engine_pipeline_runs_active", { ...labels, state: "running" }, running);
      setOrUnset(sink, "engine_pipeline_next_run_timestamp_seconds", labels, seconds(next_at));
      const oldest = seconds(oldest_started_at);
      setOrUnset(sink, "engine_pipeline_oldest_active_run_start_timestamp_seconds", labels, oldest);
    }
    for (const { executor, pool, slots, used, running, queued, oldest_queued_at } of executors) {
      const labels = { executor, pool };
      sink.set("engine_executor_slots", labels, slots);
      sink.set("engine_executor_slots_used", labels, used);
      sink.set("engine_executor_running_tasks", labels, running);
      sink.set("engine_executor_queued_tasks", labels, queued);
      const oldest = seconds(oldest_queued_at);
      setOrUnset(sink, "engine_executor_oldest_queued_timestamp_seconds", labels, oldest);
    }
  }
}

function setOrUnset(
  sink: Sink,
  name: Parameters<Sink["set"]>[0],
  labels: Record<string, string>,
  value: number | undefined,
): void {
  if (value === undefined) sink.unset(name, labels);
  else sink.set(name, labels, value);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}

function infoOf({ name, owner = "", tags }: Pick<Pipeline, "name" | "owner" | "tags">): Record<string, string> {
  const tier = tags.find((tag) => tag.startsWith("tier:"))?.slice("tier:".length) ?? "";
  return { pipeline: name, owner, tier };
}

function taskOf(run: Run, key: TaskKey): TaskId {
  return run.task_runs.get(key)?.task ?? (key as string as TaskId);
}

function planOf({ tasks }: Pipeline, id: string): Task | undefined {
  return tasks.find((task) => task.id === id);
}

function channelOf(pipeline: Pipeline, run: Run, { of, on, channel, key }: NotificationRequested): string {
  const task = key === undefined ? undefined : planOf(pipeline, taskOf(run, key));
  const lists = of === "pipeline" ? pipeline.notify : task?.notify;
  return lists?.[on][channel]?.operator ?? "unknown";
}

function channelsOf({ notify, tasks }: Pipeline): ReadonlySet<string> {
  const lists = [notify, ...tasks.map((task) => task.notify)].flatMap((each) => Object.values(each).flat());
  return new Set(lists.map(({ operator }) => operator));
}

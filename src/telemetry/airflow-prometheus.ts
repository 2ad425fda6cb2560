import type { Pipeline } from "../language/index.ts";
import type { AirflowFacts } from "./airflow-facts.ts";
import type { MetricSpec } from "./catalogue.ts";
import type { PrometheusRegistry } from "./prometheus.ts";
import type { Snapshot } from "./sink.ts";

const DAG = ["dag_id"] as const;
const TASK = ["dag_id", "task_id"] as const;

/** Airflow's metrics, under the names that a statsd_exporter commonly gives them. Only with `metrics.airflow_names`. */
export const AIRFLOW_METRICS = {
  airflow_dagrun_duration_seconds: { type: "summary", labels: DAG, help: "Time of runs, however they ended." },
  airflow_dagrun_duration_total: { type: "counter", labels: DAG, help: "Runs that ended." },
  airflow_dagrun_duration_success_total: { type: "counter", labels: DAG, help: "Runs that succeeded." },
  airflow_dagrun_duration_failed_total: { type: "counter", labels: DAG, help: "Runs that failed or were cancelled." },
  airflow_dagrun_schedule_delay_seconds: { type: "summary", labels: DAG, help: "Time from a slot to its run." },
  airflow_ti_total: { type: "counter", labels: TASK, help: "Attempts that ended." },
  airflow_ti_successes_total: { type: "counter", labels: TASK, help: "Attempts that succeeded." },
  airflow_ti_failures_total: { type: "counter", labels: TASK, help: "Attempts that failed or were lost." },
  airflow_ti_start_total: { type: "counter", labels: TASK, help: "Attempts that started." },
  airflow_operator_successes_total: { type: "counter", labels: ["operator"], help: "Attempts that succeeded." },
  airflow_operator_failures_total: { type: "counter", labels: ["operator"], help: "Attempts that failed." },
  airflow_zombies_killed_total: { type: "counter", labels: [], help: "Attempts whose process vanished." },
  airflow_task_duration_seconds: { type: "summary", labels: TASK, help: "Time of task runs." },
  airflow_task_queued_duration_seconds: {
    type: "summary",
    labels: TASK,
    help: "Time that attempts waited for a slot.",
  },
  airflow_executor_open_slots: { type: "gauge", labels: [], help: "Slots that are free." },
  airflow_executor_queued_tasks: { type: "gauge", labels: [], help: "Task runs that wait for a slot." },
  airflow_executor_running_tasks: { type: "gauge", labels: [], help: "Task runs that hold a slot." },
  airflow_pool_open_slots: { type: "gauge", labels: ["pool"], help: "Slots of a pool that are free." },
  airflow_pool_queued_slots: { type: "gauge", labels: ["pool"], help: "Task runs that wait for slots of a pool." },
  airflow_pool_running_slots: { type: "gauge", labels: ["pool"], help: "Slots of a pool that are taken." },
  airflow_scheduler_heartbeat: {
    type: "gauge",
    labels: [],
    help: "When the daemon last turned, in seconds since 1970 (a counter in Airflow, which `time() - …` can't be made of).",
  },
  airflow_dagbag_size: { type: "gauge", labels: [], help: "Pipelines that are live." },
  airflow_dag_processing_import_errors: { type: "gauge", labels: [], help: "Files with errors." },
  airflow_dag_processing_total_parse_time_seconds: {
    type: "gauge",
    labels: [],
    help: "Time of the last look at the pipelines.",
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type AirflowMetric = keyof typeof AIRFLOW_METRICS;

const RUN_COUNTERS = [
  "airflow_dagrun_duration_total",
  "airflow_dagrun_duration_success_total",
  "airflow_dagrun_duration_failed_total",
] as const;
const TASK_COUNTERS = ["airflow_ti_total", "airflow_ti_successes_total", "airflow_ti_failures_total"] as const;

/** Keeps Airflow's metrics for Prometheus. */
export class AirflowPrometheus implements AirflowFacts {
  readonly #registry: PrometheusRegistry<AirflowMetric>;

  constructor(registry: PrometheusRegistry<AirflowMetric>) {
    this.#registry = registry;
    registry.add("airflow_zombies_killed_total", {}, 0);
  }

  taskStarted(dag_id: string, task_id: string, queued_seconds: number | undefined): void {
    this.#registry.add("airflow_ti_start_total", { dag_id, task_id }, 1);
    if (queued_seconds !== undefined) {
      this.#registry.observe("airflow_task_queued_duration_seconds", { dag_id, task_id }, queued_seconds);
    }
  }

  taskEnded({ dag_id, task_id, operator, state, lost }: Parameters<AirflowFacts["taskEnded"]>[0]): void {
    const registry = this.#registry;
    registry.add("airflow_ti_total", { dag_id, task_id }, 1);
    registry.add("airflow_ti_successes_total", { dag_id, task_id }, state === "success" ? 1 : 0);
    registry.add("airflow_ti_failures_total", { dag_id, task_id }, state === "failed" ? 1 : 0);
    registry.add("airflow_operator_successes_total", { operator }, state === "success" ? 1 : 0);
    registry.add("airflow_operator_failures_total", { operator }, state === "failed" ? 1 : 0);
    if (lost) registry.add("airflow_zombies_killed_total", {}, 1);
  }

  taskDuration(dag_id: string, task_id: string, seconds: number): void {
    this.#registry.observe("airflow_task_duration_seconds", { dag_id, task_id }, seconds);
  }

  runEnded(dag_id: string, state: "success" | "failed", seconds: number): void {
    this.#registry.observe("airflow_dagrun_duration_seconds", { dag_id }, seconds);
    this.#registry.add("airflow_dagrun_duration_total", { dag_id }, 1);
    this.#registry.add(`airflow_dagrun_duration_${state}_total`, { dag_id }, 1);
  }

  scheduleDelay(dag_id: string, seconds: number): void {
    this.#registry.observe("airflow_dagrun_schedule_delay_seconds", { dag_id }, seconds);
  }

  dagBag(pipelines: readonly Pipeline[], import_errors: number): void {
    const registry = this.#registry;
    registry.set("airflow_dagbag_size", {}, pipelines.length);
    registry.set("airflow_dag_processing_import_errors", {}, import_errors);
    // All are there before the first run, as `increase` needs them.
    for (const { name: dag_id, tasks } of pipelines) {
      for (const name of RUN_COUNTERS) registry.add(name, { dag_id }, 0);
      for (const { id: task_id } of tasks) for (const name of TASK_COUNTERS) registry.add(name, { dag_id, task_id }, 0);
    }
  }

  parseTime(seconds: number): void {
    this.#registry.set("airflow_dag_processing_total_parse_time_seconds", {}, seconds);
  }

  state({ heartbeat_at, executors }: Snapshot): void {
    const registry = this.#registry;
    if (heartbeat_at !== undefined) registry.set("airflow_scheduler_heartbeat", {}, heartbeat_at / 1_000);
    for (const { pool, slots, used, queued, running } of executors) {
      if (pool === "") {
        registry.set("airflow_executor_open_slots", {}, slots - used);
        registry.set("airflow_executor_queued_tasks", {}, queued);
        registry.set("airflow_executor_running_tasks", {}, running);
      } else {
        registry.set("airflow_pool_open_slots", { pool }, slots - used);
        registry.set("airflow_pool_queued_slots", { pool }, queued);
        registry.set("airflow_pool_running_slots", { pool }, used);
      }
    }
  }
}

export { AIRFLOW_METRICS } from "./airflow-prometheus.ts";
export { METRICS, type MetricName, type MetricSpec } from "./catalogue.ts";
export type { History, SyncDone } from "./observer.ts";
export type { PipelineSnapshot, Snapshot } from "./sink.ts";
export type { TagDialect } from "./statsd-client.ts";
export { createTelemetry, type Telemetry } from "./telemetry.ts";

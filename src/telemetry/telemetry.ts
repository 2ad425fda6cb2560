import type { RunEvent } from "../core/index.ts";
import { AirflowObserver } from "./airflow-facts.ts";
import { AIRFLOW_METRICS, type AirflowMetric, AirflowPrometheus } from "./airflow-prometheus.ts";
import { AirflowStatsd } from "./airflow-statsd.ts";
import { METRICS, type MetricName, type MetricSpec } from "./catalogue.ts";
import { EngineMetrics } from "./engine-metrics.ts";
import type { Observer } from "./observer.ts";
import { PrometheusRegistry } from "./prometheus.ts";
import type { Snapshot } from "./sink.ts";
import { StatsdClient, type StatsdTarget } from "./statsd-client.ts";
import { StatsdSink } from "./statsd-sink.ts";

export interface TelemetryOptions {
  /** Of the program. */
  readonly version: string;
  /** Series that `/metrics` has at most. */
  readonly max_series: number;
  /** Whether `/metrics` has Airflow's names too. */
  readonly airflow_names: boolean;
  readonly statsd?: StatsdTarget & { readonly names: "engine" | "airflow" };
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/** What the daemon measures. */
export interface Telemetry {
  /** Is to be told of everything. */
  readonly observer: Omit<Observer, "snapshot">;
  /** What Prometheus reads. */
  expose(snapshot: Snapshot): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Sends how things stand, to whom it is sent: call it every ten seconds. */
  report(snapshot: Snapshot): void;
  close(): void;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { version, max_series, airflow_names, statsd, onTrouble } = options;
  const metrics: Partial<Record<MetricName | AirflowMetric, MetricSpec>> = airflow_names
    ? { ...METRICS, ...AIRFLOW_METRICS }
    : METRICS;
  const registry = new PrometheusRegistry(metrics, max_series);
  const read: Observer[] = [new EngineMetrics(registry, version)];
  if (airflow_names) read.push(new AirflowObserver(new AirflowPrometheus(registry)));
  const client = statsd && new StatsdClient(statsd, onTrouble);
  const sent: Observer[] = [];
  if (client !== undefined) {
    if (statsd?.names === "airflow") sent.push(new AirflowObserver(new AirflowStatsd(client)));
    else sent.push(new EngineMetrics(new StatsdSink(client), version));
  }
  const all = [...read, ...sent];
  /** A measurement that can't be made breaks nothing of what is measured. */
  const each = (observers: readonly Observer[], tell: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        tell(observer);
      } catch (error) {
        onTrouble("something could not be measured", error);
      }
    }
  };
  return {
    observer: {
      history: (history) => each(all, (one) => one.history(history)),
      committed: (event: RunEvent, run, pipeline) => each(all, (one) => one.committed(event, run, pipeline)),
      slots: (event) => each(all, (one) => one.slots(event)),
      catalog: (state, now) => each(all, (one) => one.catalog(state, now)),
      looked: (seconds) => each(all, (one) => one.looked(seconds)),
      synced: (sync) => each(all, (one) => one.synced(sync)),
      httpRequest: (request) => each(all, (one) => one.httpRequest(request)),
      storeOperation: (operation, seconds, failed) =>
        each(all, (one) => one.storeOperation(operation, seconds, failed)),
      used: (usage) => each(all, (one) => one.used(usage)),
    },
    async expose(snapshot) {
      each(read, (one) => one.snapshot(snapshot));
      registry.set("engine_metrics_series", {}, registry.series);
      return { contentType: registry.contentType, body: await registry.expose() };
    },
    report: (snapshot) => each(sent, (one) => one.snapshot(snapshot)),
    close: () => client?.close(),
  };
}

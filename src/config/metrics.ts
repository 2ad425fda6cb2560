import type { JsonObject } from "../lib/index.ts";
import type { MetricsConfig, StatsdConfig } from "./config.ts";
import { METRICS_DEFAULT, STATSD_DEFAULT } from "./definition.ts";

/** `metrics` as the schema of engine.yaml lets it through. */
interface Written {
  readonly airflow_names?: boolean;
  readonly max_series?: number;
  readonly grafana_url?: string;
  readonly statsd?: Partial<StatsdConfig> & { readonly host: string };
}

/** What is measured, and where it goes. */
export function readMetrics(value: JsonObject): MetricsConfig {
  const { statsd, ...written } = value as Written;
  const settled = { ...METRICS_DEFAULT, ...written };
  if (statsd === undefined) return settled;
  const { names = STATSD_DEFAULT.names } = statsd;
  return { ...settled, statsd: { ...STATSD_DEFAULT, prefix: names, ...statsd } };
}

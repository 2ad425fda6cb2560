import type { MetricAlert, Pipeline } from "../language/index.ts";
import { formatDuration } from "../lib/index.ts";

/** What the mixin is told of a pipeline. */
export interface MixinPipeline {
  readonly name: string;
  readonly description?: string;
  readonly owner?: string;
  readonly tags: readonly string[];
  readonly tasks: readonly string[];
  readonly slo?: {
    readonly success_rate?: number;
    readonly max_duration_seconds?: number;
    readonly freshness_seconds?: number;
  };
  readonly metrics: readonly MixinMetric[];
  readonly alerts: readonly MixinAlert[];
  readonly checks: readonly { readonly task: string; readonly name: string }[];
}

/** A limit of a metric. */
export interface MixinAlert {
  readonly metric: string;
  readonly op: "<" | ">";
  readonly value: number;
  readonly value_text: string;
  /** As Prometheus writes durations. */
  readonly for: string;
  readonly severity: string;
  readonly summary?: string;
  readonly channel?: string;
}

/** A metric that a pipeline declares, whichever of its tasks does. */
export interface MixinMetric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help?: string;
  /** Beside `pipeline` and `task`. */
  readonly labels: readonly string[];
}

/** The pipelines as the mixin takes them, by name: the same pipelines give the same text. */
export function mixinInput(pipelines: readonly Pipeline[]): readonly MixinPipeline[] {
  return pipelines.map(toInput).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toInput({ name, description, owner, tags, tasks, slo, alerts }: Pipeline): MixinPipeline {
  const { success_rate, max_duration_ms, freshness_ms } = slo ?? {};
  return {
    name,
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    tags: [...tags].sort(),
    tasks: tasks.map(({ id }) => id).sort(),
    ...(slo !== undefined && {
      slo: {
        ...(success_rate !== undefined && { success_rate }),
        ...(max_duration_ms !== undefined && { max_duration_seconds: max_duration_ms / 1_000 }),
        ...(freshness_ms !== undefined && { freshness_seconds: freshness_ms / 1_000 }),
      },
    }),
    metrics: metricsOf(tasks),
    alerts: alerts.map(toAlert),
    checks: tasks.flatMap(({ id, checks }) => Object.keys(checks).map((name) => ({ task: id, name }))),
  };
}

function toAlert({ metric, when, value, for_ms, severity, summary, channel }: MetricAlert): MixinAlert {
  return {
    metric,
    op: when === "below" ? "<" : ">",
    // As a text too: interpreters of jsonnet don't write fractions alike.
    ...{ value, value_text: String(value) },
    for: formatDuration(for_ms),
    severity,
    ...(summary !== undefined && { summary }),
    ...(channel !== undefined && { channel }),
  };
}

function metricsOf(tasks: Pipeline["tasks"]): readonly MixinMetric[] {
  const metrics = new Map<string, MixinMetric>();
  for (const [name, { type, help, labels }] of tasks.flatMap((task) => Object.entries(task.metrics))) {
    const known = metrics.get(name);
    const all = new Set([...(known?.labels ?? []), ...Object.keys(labels)]);
    const said = known?.help ?? help;
    metrics.set(name, { name, type, ...(said !== undefined && { help: said }), labels: [...all].sort() });
  }
  return [...metrics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

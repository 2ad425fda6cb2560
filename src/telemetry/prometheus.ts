import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";
import type { MetricSample } from "../core/index.ts";
import type { METRICS, MetricSpec } from "./catalogue.ts";
import type { Labels } from "./sink.ts";
import { SumAndCount } from "./sum-and-count.ts";

/** Series that one metric may have, and one that pipelines declare: a label with a new value each time would fill the memory. */
const METRIC_SERIES_MAX = 10_000;
const CUSTOM_SERIES_MAX = 200;
/** Buckets of a histogram that a pipeline declares: nobody says in which unit it is. */
const CUSTOM_BUCKETS = [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1_000, 10_000, 100_000];

type Instrument = Counter | Gauge | Histogram | SumAndCount;

interface Held {
  readonly spec: MetricSpec;
  readonly instrument: Instrument;
  /** The labels of each series, by their values. */
  readonly series: Map<string, Labels>;
  readonly series_max: number;
}

/**
 * What Prometheus reads: a registry that has no more series than it may, and tells how many it has dropped.
 * `metrics`: what it knows beside what pipelines declare.
 */
export class PrometheusRegistry<Name extends string> {
  readonly #registry = new Registry<OpenMetricsContentType>();
  readonly #held = new Map<string, Held>();
  readonly #custom = new Set<string>();
  readonly #series_max: number;
  #series = 0;

  constructor(metrics: Readonly<Partial<Record<Name, MetricSpec>>>, series_max: number) {
    this.#series_max = series_max;
    this.#registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const [name, spec] of Object.entries(metrics as Record<string, MetricSpec>))
      this.#hold(name, spec, METRIC_SERIES_MAX);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Series that are exported, buckets included, without those of the process. */
  get series(): number {
    return this.#series;
  }

  async expose(): Promise<string> {
    return this.#registry.metrics();
  }

  add(name: Name, labels: Labels, by: number): void {
    const held = this.#taken(name, labels);
    if (held?.instrument instanceof Counter) held.instrument.inc(labels, by);
  }

  set(name: Name, labels: Labels, value: number): void {
    const held = this.#taken(name, labels);
    if (held?.instrument instanceof Gauge) held.instrument.set(labels, value);
  }

  unset(name: Name, labels?: Labels): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    for (const each of labels === undefined ? [...held.series.values()] : [labels]) this.#drop(held, each);
  }

  observe(name: Name, labels: Labels, value: number, run_id?: string): void {
    const held = this.#taken(name, labels);
    if (held !== undefined) observe(held.instrument, labels, value, run_id);
  }

  custom({ name, type, help, value, labels: own }: MetricSample, given: Labels): void {
    const labels = { ...own, ...given };
    const held = this.#customOf(name, { type, labels: Object.keys(labels), help: help ?? name });
    if (held === undefined || !this.#take(name, held, labels)) return;
    const { instrument } = held;
    if (instrument instanceof Counter) instrument.inc(labels, value);
    else if (instrument instanceof Gauge) instrument.set(labels, value);
    else observe(instrument, labels, value, undefined);
  }

  forget(pipeline: string): void {
    for (const held of this.#held.values()) {
      for (const labels of [...held.series.values()])
        if ((labels.pipeline ?? labels.dag_id) === pipeline) this.#drop(held, labels);
    }
  }

  /** Custom metrics are told apart by name alone, so those of one name have the labels of all; another type is refused. */
  #customOf(name: string, spec: MetricSpec): Held | undefined {
    const known = this.#held.get(name);
    if (known === undefined) {
      if (this.#registry.getSingleMetric(name) !== undefined) return this.#refuse(name);
      this.#custom.add(name);
      return this.#hold(name, { ...spec, ...bucketsOf(spec.type) }, CUSTOM_SERIES_MAX);
    }
    if (!this.#custom.has(name) || known.spec.type !== spec.type) return this.#refuse(name);
    if (spec.labels.every((label) => known.spec.labels.includes(label))) return known;
    // A registered metric takes no further labels. Those who count begin at 0 again, as after a restart.
    for (const labels of [...known.series.values()]) this.#drop(known, labels);
    this.#registry.removeSingleMetric(name);
    const labels = [...new Set([...known.spec.labels, ...spec.labels])];
    return this.#hold(name, { ...known.spec, labels }, CUSTOM_SERIES_MAX);
  }

  #refuse(name: string): undefined {
    this.#countDropped(name);
    return undefined;
  }

  #hold(name: string, spec: MetricSpec, series_max: number): Held {
    const held: Held = { spec, instrument: instrumentOf(name, spec, this.#registry), series: new Map(), series_max };
    this.#held.set(name, held);
    return held;
  }

  #taken(name: Name, labels: Labels): Held | undefined {
    const held = this.#held.get(name);
    return held !== undefined && this.#take(name, held, labels) ? held : undefined;
  }

  /** Whether there is, or may be, such a series. */
  #take(name: string, held: Held, labels: Labels): boolean {
    const key = keyOf(held.spec, labels);
    if (held.series.has(key)) return true;
    const weight = weightOf(held.spec);
    // What tells of the drops is never dropped: it has as many series as there are metrics.
    if (name !== DROPPED && (held.series.size >= held.series_max || this.#series + weight > this.#series_max)) {
      this.#countDropped(name);
      return false;
    }
    held.series.set(key, labels);
    this.#series += weight;
    return true;
  }

  #countDropped(name: string): void {
    const held = this.#held.get(DROPPED);
    if (held !== undefined) this.add(DROPPED as Name, { metric: name }, 1);
  }

  #drop(held: Held, labels: Labels): void {
    if (!held.series.delete(keyOf(held.spec, labels))) return;
    this.#series -= weightOf(held.spec);
    held.instrument.remove(labels);
  }
}

const DROPPED = "engine_metrics_series_dropped_total" satisfies keyof typeof METRICS;

function bucketsOf(type: MetricSpec["type"]): Pick<MetricSpec, "buckets"> {
  return type === "histogram" ? { buckets: CUSTOM_BUCKETS } : {};
}

function instrumentOf(
  name: string,
  { type, labels, help, buckets = [] }: MetricSpec,
  registry: Registry<OpenMetricsContentType>,
): Instrument {
  const of = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case "counter":
      return new Counter(of);
    case "gauge":
      return new Gauge(of);
    case "histogram":
      return new Histogram({ ...of, buckets: [...buckets], enableExemplars: true });
    case "summary": {
      const summary = new SumAndCount(name, help);
      registry.registerMetric(summary as unknown as Gauge);
      return summary;
    }
  }
}

function observe(instrument: Instrument, labels: Labels, value: number, run_id: string | undefined): void {
  if (instrument instanceof SumAndCount) instrument.observe(labels, value);
  if (!(instrument instanceof Histogram)) return;
  instrument.observe({ labels, value, ...(run_id !== undefined && { exemplarLabels: { run_id } }) });
}

function keyOf({ labels }: MetricSpec, values: Labels): string {
  return JSON.stringify(labels.map((label) => values[label] ?? ""));
}

/** The lines that one series takes: a histogram has one for each bucket, for the infinite one, the sum and the count. */
function weightOf({ type, buckets = [] }: MetricSpec): number {
  if (type === "histogram") return buckets.length + 3;
  return type === "summary" ? 2 : 1;
}

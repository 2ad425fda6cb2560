import type { Labels } from "./sink.ts";

interface Series {
  readonly labels: Labels;
  sum: number;
  count: number;
}

/** A summary without quantiles, as a registry of prom-client takes it: its own keeps a digest for each series. */
export class SumAndCount {
  readonly name: string;
  readonly #help: string;
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string) {
    this.name = name;
    this.#help = help;
  }

  observe(labels: Labels, value: number): void {
    const key = keyOf(labels);
    const series = this.#series.get(key) ?? { labels, sum: 0, count: 0 };
    series.sum += value;
    series.count += 1;
    this.#series.set(key, series);
  }

  remove(labels: Labels): void {
    this.#series.delete(keyOf(labels));
  }

  get(): object {
    const values = [...this.#series.values()].flatMap(({ labels, sum, count }) => [
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ]);
    return { name: this.name, help: this.#help, type: "summary", values, aggregator: "sum" };
  }
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}

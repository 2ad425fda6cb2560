import type { MetricSample } from "../core/index.ts";
import type { MetricName } from "./catalogue.ts";
import type { Labels, Sink } from "./sink.ts";
import type { StatsdClient } from "./statsd-client.ts";

/** Sends the engine's metrics over StatsD, without `engine_`, which the prefix says. Times are milliseconds there. */
export class StatsdSink implements Sink {
  readonly #client: StatsdClient;

  constructor(client: StatsdClient) {
    this.#client = client;
  }

  add(name: MetricName, labels: Labels, by: number): void {
    if (by !== 0) this.#client.send("c", shortOf(name), by, labels);
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#client.send("g", shortOf(name), value, labels);
  }

  observe(name: MetricName, labels: Labels, value: number): void {
    this.#client.send("ms", shortOf(name).replace(/_seconds$/, ""), value * 1_000, labels);
  }

  custom({ name, type, value, labels: own }: MetricSample, given: Labels): void {
    const labels = { ...given, ...own };
    this.#client.send(type === "counter" ? "c" : type === "gauge" ? "g" : "ms", name, value, labels);
  }

  // A receiver forgets by itself what is sent no more.
  unset(): void {}
  forget(): void {}
}

function shortOf(name: string): string {
  return name.replace(/^engine_/, "");
}

import type { Output } from "../terminal.ts";

/*
 * The edge at which stored values become JSON for programs. Inside, a time is a number of milliseconds since 1970;
 * outside it is ISO 8601 in UTC, with milliseconds, as everywhere else that a program reads one. Durations stay numbers
 * with their unit in the name.
 */

/** Prints a value as one JSON document, indented. Keys are in snake_case, as everywhere in stored data. */
export function printJson(out: Output, value: unknown): void {
  out.write(`${JSON.stringify(withIsoTimes(value), undefined, 2)}\n`);
}

/** What a pipeline's author named and filled in: nothing in it is the engine's time, whatever it is called. */
const OF_THE_AUTHOR: ReadonlySet<string> = new Set(["params", "outputs", "config", "env", "item", "items", "for_each"]);

/** Keys of times; all others end in `_at`. */
const TIMES: ReadonlySet<string> = new Set(["at", "logical_date", "data_interval_start", "data_interval_end", "slot"]);

/** The same value with every time written out: `2026-01-31T02:00:00.120Z`. */
export function withIsoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ofKey(key, inner)]));
}

function ofKey(key: string, value: unknown): unknown {
  if (OF_THE_AUTHOR.has(key)) return value;
  const isTime = typeof value === "number" && (TIMES.has(key) || key.endsWith("_at"));
  return isTime ? new Date(value).toISOString() : withIsoTimes(value);
}

import type { Series } from "./model.ts";

/*
 * Series on the same moments, and what is made of them there.
 */

/** The moments of a query, in seconds. */
export function momentsOf(start: number, end: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
}

/** The values of a series at moments that are `step` apart; null where it has none. */
export function valuesAt({ points }: Series, moments: readonly number[], step: number): readonly (number | null)[] {
  const values: (number | null)[] = moments.map(() => null);
  const [start = 0] = moments;
  for (const [at, value] of points) {
    const index = Math.round((at - start) / step);
    if (index >= 0 && index < values.length) values[index] = value;
  }
  return values;
}

/** Each with those before it added. Where none has a value, there is none. */
export function stacked(all: readonly (readonly (number | null)[])[]): readonly (readonly (number | null)[])[] {
  let below: readonly (number | null)[] = [];
  return all.map((values) => {
    below = values.map((value, i) => (value === null ? (below[i] ?? null) : value + (below[i] ?? 0)));
    return below;
  });
}

/** A bucket of a histogram: how many lie in it at each moment. */
export interface Bucket {
  readonly le: string;
  readonly counts: readonly number[];
}

/** Buckets as they lie above each other: Prometheus counts in each what lies in the smaller ones too. */
export function bucketsOf(series: readonly Series[], moments: readonly number[], step: number): readonly Bucket[] {
  const sorted = series
    .map((each) => ({ le: each.labels.le ?? "", values: valuesAt(each, moments, step) }))
    .toSorted((a, b) => boundOf(a.le) - boundOf(b.le));
  return sorted.map(({ le, values }, i) => ({
    le,
    counts: values.map((value, at) => Math.max((value ?? 0) - (sorted[i - 1]?.values[at] ?? 0), 0)),
  }));
}

function boundOf(le: string): number {
  return le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
}

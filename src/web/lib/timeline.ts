import type { Attempt, TaskRun } from "../generated/api.ts";

/** A stretch of a row, from and to as parts of the whole. */
export interface Stretch {
  readonly kind: "queued" | "attempt";
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

export interface TimelineRow {
  readonly row: TaskRun;
  readonly stretches: readonly Stretch[];
}

/** What happened when: the rows that have begun, in that order, each with its waiting and its attempts. */
export function timelineOf(
  task_runs: readonly TaskRun[],
  attempts: readonly Attempt[],
  now: number,
): { readonly begin: number; readonly end: number; readonly rows: readonly TimelineRow[] } {
  const byKey = Map.groupBy(attempts, ({ key }) => key);
  const begun = task_runs.flatMap((row) => {
    const mine = byKey.get(row.key) ?? [];
    const from = Math.min(...[row.queued_at, row.started_at, mine[0]?.started_at].filter((at) => at !== undefined));
    return Number.isFinite(from) ? [{ row, mine, from }] : [];
  });
  const begin = Math.min(now, ...begun.map(({ from }) => from));
  const ends = begun.flatMap(({ row, mine }) => [
    row.finished_at ?? (row.started_at === undefined ? undefined : now),
    ...mine.map(({ finished_at }) => finished_at),
  ]);
  const end = Math.max(begin + 1, ...ends.filter((at) => at !== undefined));
  const rows = begun
    .sort((a, b) => a.from - b.from || (a.row.index ?? -1) - (b.row.index ?? -1))
    .map(({ row, mine, from }) => ({ row, stretches: stretchesOf(row, mine, from, end) }));
  return { begin, end, rows };
}

function stretchesOf(row: TaskRun, attempts: readonly Attempt[], from: number, end: number): readonly Stretch[] {
  const ran = attempts.map(
    ({ state, started_at, finished_at }): Stretch => ({
      kind: "attempt",
      state,
      from: started_at,
      to: finished_at ?? end,
    }),
  );
  // A mapped task as a whole has no attempts, and one that is decided without running has none either.
  if (ran.length === 0 && row.started_at !== undefined) {
    return [{ kind: "attempt", state: row.state, from: row.started_at, to: row.finished_at ?? end }];
  }
  const [first] = ran;
  const waits: Stretch[] =
    first === undefined || from < first.from ? [{ kind: "queued", state: "queued", from, to: first?.from ?? end }] : [];
  return [...waits, ...ran];
}

/** Round moments to write above a timeline, so many at most, as milliseconds from its begin. */
export function ticksOf(length: number, most: number): readonly number[] {
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5,
    216e5, 432e5, 864e5, 6048e5,
  ];
  const step = steps.find((each) => length / each <= most) ?? length / most;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

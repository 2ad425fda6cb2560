import type { Cron } from "./cron-fields.ts";
import { matchesDay } from "./cron-meaning.ts";

/*
 * How many times a union of cron expressions comes due, and how far apart, by the calendar and the clock on the
 * wall: the hours that summer time skips and repeats change little of that.
 */

/** Milliseconds in a second. */
const SECOND_MS = 1_000;

/** Milliseconds in a day. */
const DAY_MS = 86_400 * SECOND_MS;

/** Days in which the longest gap is looked for: five years from a leap year on hold two leap days. */
const GAP_DAYS = 5 * 366;

/** Enough where every week is the same. */
const GAP_DAYS_WEEKLY = 15;

/** Days that are counted at most: 40 years. */
const COUNT_DAYS_MAX = 40 * 366;

/** Where a search without a start begins: the first day of a leap year. Midnight UTC. */
const SEARCH_FROM = Date.UTC(2000, 0, 1);

/** The most milliseconds from one slot to the next; undefined when there are no two of them in five years. */
export function longestGapMs(crons: readonly Cron[]): number | undefined {
  const days = new Days(crons);
  const isWeekly = crons.every(({ day, month, nth }) => day.any && month.any && nth.length === 0);
  const end = SEARCH_FROM + (isWeekly ? GAP_DAYS_WEEKLY : GAP_DAYS) * DAY_MS;
  let longest: number | undefined;
  let last: number | undefined;
  for (let day = SEARCH_FROM; day < end; day += DAY_MS) {
    const times = days.timesOf(day);
    const [first] = times.seconds;
    if (first === undefined) continue;
    if (last !== undefined) longest = Math.max(longest ?? 0, day + first * SECOND_MS - last);
    if (times.seconds.length > 1) longest = Math.max(longest ?? 0, times.longestGap * SECOND_MS);
    last = day + (times.seconds.at(-1) ?? 0) * SECOND_MS;
  }
  return longest;
}

/** How many slots lie between two moments, both included, given as what a clock on the wall shows, read as if it were UTC. */
export function countSlots(crons: readonly Cron[], from: number, to: number): number {
  const days = new Days(crons);
  const firstDay = Math.floor(from / DAY_MS) * DAY_MS;
  const lastDay = Math.min(to, from + COUNT_DAYS_MAX * DAY_MS);
  let count = 0;
  for (let day = firstDay; day <= lastDay; day += DAY_MS) {
    const { seconds } = days.timesOf(day);
    if (day >= from && day + DAY_MS <= to) count += seconds.length;
    else count += seconds.filter((at) => day + at * SECOND_MS >= from && day + at * SECOND_MS <= to).length;
  }
  return count;
}

interface DayTimes {
  /** Seconds from midnight, ascending, each once. */
  readonly seconds: readonly number[];
  /** The most seconds between two of them that follow each other. */
  readonly longestGap: number;
}

const NO_TIMES: DayTimes = { seconds: [], longestGap: 0 };

/** The times of each day. Days on which the same expressions match have the same ones. */
export class Days {
  readonly #crons: readonly Cron[];
  readonly #times = new Map<string, DayTimes>();

  constructor(crons: readonly Cron[]) {
    this.#crons = crons;
  }

  timesOf(day: number): DayTimes {
    const date = new Date(day);
    const matching = this.#crons.filter((cron) => matchesDay(cron, date));
    if (matching.length === 0) return NO_TIMES;
    const key = matching.map((cron) => this.#crons.indexOf(cron)).join(" ");
    let times = this.#times.get(key);
    if (times === undefined) {
      const seconds = [...new Set(matching.flatMap(secondsOfDay))].sort((a, b) => a - b);
      let longestGap = 0;
      for (const [index, at] of seconds.entries()) longestGap = Math.max(longestGap, at - (seconds[index - 1] ?? at));
      times = { seconds, longestGap };
      this.#times.set(key, times);
    }
    return times;
  }
}

/** The times of a day on which the expression matches, in seconds from midnight, ascending. */
export function secondsOfDay({ hour, minute, second }: Cron): readonly number[] {
  return hour.values.flatMap((hours) =>
    minute.values.flatMap((minutes) => second.values.map((seconds) => hours * 3_600 + minutes * 60 + seconds)),
  );
}

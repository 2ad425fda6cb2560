import type { Cron } from "./cron-fields.ts";
import { matchesDay } from "./cron-meaning.ts";
import { secondsOfDay } from "./slot-times.ts";
import { offsetMs } from "./time-zone.ts";

/*
 * The hours that clocks skip or show twice when summer time begins and ends, and the schedules that fall into them.
 */

/** A time of a schedule that a day doesn't have, or has twice. */
export interface ClockChange {
  readonly kind: "skipped" | "repeated";
  /** `2027-03-28`. */
  readonly date: string;
  /** The time that is skipped or repeated, `02:30`. */
  readonly time: string;
  /** The stretch of the day that is skipped or repeated, `02:00` to `03:00`. */
  readonly from: string;
  readonly to: string;
}

/** Clocks in a zone jump at `at` (milliseconds since the epoch), by the difference between two offsets from UTC. */
interface Jump {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** Milliseconds in a day. */
const DAY_MS = 86_400_000;

/** Milliseconds in a year without a leap day. */
const YEAR_MS = 365 * DAY_MS;

/** How far ahead jumps are looked for: zones have rules for good, and a date further away worries nobody. */
const YEARS = 5;

/** No zone has had two jumps within this many days of each other for long. */
const STEP_MS = 7 * DAY_MS;

/** Zones whose jumps are kept. A process meets few. */
const KEPT_MAX = 100;

const known = new Map<string, readonly Jump[]>();

/**
 * The next days on which a cron expression is due at a time that clocks in `zone` skip or repeat, at most `count`,
 * within five years of `from` (milliseconds since the epoch). Silent about schedules that go on evenly through the
 * whole day: one slot more or less among many.
 */
export function nextClockChanges(cron: Cron, zone: string, from: number, count: number): readonly ClockChange[] {
  if (isEven(cron)) return [];
  const times = secondsOfDay(cron);
  const changes: ClockChange[] = [];
  for (const jump of jumpsOf(zone, from)) {
    if (changes.length === count) break;
    const change = changeAt(jump, cron, times);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

/** Every hour, or every second, third … hour, all through the day. */
function isEven({ hour }: Cron): boolean {
  const [first = 0, second] = hour.values;
  if (hour.any) return true;
  if (second === undefined) return false;
  const step = second - first;
  return hour.values.every((value, index) => value === first + index * step) && 24 - hour.values.length * step < step;
}

function changeAt({ at, before, after }: Jump, cron: Cron, times: readonly number[]): ClockChange | undefined {
  const kind = after > before ? "skipped" : "repeated";
  // Of what a clock on the wall shows, read as if it were UTC.
  const start = at + Math.min(before, after);
  const end = at + Math.max(before, after);
  for (let day = Math.floor(start / DAY_MS) * DAY_MS; day < end; day += DAY_MS) {
    if (!matchesDay(cron, new Date(day))) continue;
    const second = times.find((each) => day + each * 1_000 >= start && day + each * 1_000 < end);
    if (second === undefined) continue;
    const [date = "", time = ""] = new Date(day + second * 1_000).toISOString().split("T");
    return { kind, date, time: time.slice(0, 5), from: clockOf(start), to: clockOf(end) };
  }
  return undefined;
}

function clockOf(wall: number): string {
  return new Date(wall).toISOString().slice(11, 16);
}

/** From the beginning of the day on, so that the same day always has the same answer. */
function jumpsOf(zone: string, from: number): readonly Jump[] {
  const day = Math.floor(from / DAY_MS) * DAY_MS;
  const key = `${zone} ${day}`;
  let jumps = known.get(key);
  if (jumps === undefined) {
    jumps = findJumps(zone, day);
    if (known.size >= KEPT_MAX) known.clear();
    known.set(key, jumps);
  }
  return jumps;
}

function findJumps(zone: string, from: number): readonly Jump[] {
  const jumps: Jump[] = [];
  let before = offsetMs(from, zone);
  for (let at = from; at < from + YEARS * YEAR_MS; at += STEP_MS) {
    const after = offsetMs(at + STEP_MS, zone);
    if (after !== before) jumps.push({ at: jumpBetween(at, at + STEP_MS, zone), before, after });
    before = after;
  }
  return jumps;
}

/** To the second. */
function jumpBetween(low: number, high: number, zone: string): number {
  const before = offsetMs(low, zone);
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000;
    if (offsetMs(middle, zone) === before) low = middle;
    else high = middle;
  }
  return high;
}

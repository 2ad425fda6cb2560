import { type Cron, parseCron } from "./cron-fields.ts";
import { Days } from "./slot-times.ts";
import { offsetMs, parsePointInTime } from "./time-zone.ts";

/*
 * The slots of a schedule: the moments at which it is due. Milliseconds since the epoch in and out.
 *
 * Where summer time begins, a time that clocks skip is due once, right after the gap. Where it ends, a time that they
 * show twice is due at the first of the two; a schedule that names no hours goes on evenly through both.
 */

/** When a pipeline is due, as a schedule says it. */
export interface Timetable {
  /** A union. */
  readonly cron: readonly string[];
  /** From `start` on, else in multiples since the epoch. */
  readonly every_ms?: number;
  /** IANA. */
  readonly timezone: string;
  /** No slot before this date or time, in the zone. */
  readonly start?: string;
  /** No slot after this. */
  readonly end?: string;
  readonly jitter_ms: number;
}

/** Milliseconds in a second. */
const SECOND_MS = 1_000;

/** Milliseconds in a day. */
const DAY_MS = 86_400 * SECOND_MS;

/** How far ahead the next slot is looked for: a February 29th may be eight years away. */
const SEARCH_DAYS = 9 * 366;

/** The slots after `after` up to `until`, both in milliseconds: the oldest `limit` of them, ascending. */
export function slotsBetween(timetable: Timetable, after: number, until: number, limit: number): readonly number[] {
  const found: number[] = [];
  for (const slot of slotsAfter(timetable, after, until)) {
    if (found.length === limit) break;
    found.push(slot);
  }
  return found;
}

/** The first slot after a moment; undefined when there is none within nine years, or after `end`. */
export function nextSlot(timetable: Timetable, after: number): number | undefined {
  for (const slot of slotsAfter(timetable, after, after + SEARCH_DAYS * DAY_MS)) return slot;
  return undefined;
}

/** The last slot before a moment, not looking further back than the schedule's start or nine years; undefined when there is none. */
export function slotBefore(timetable: Timetable, before: number): number | undefined {
  // Wider and wider: most schedules are due every day or week.
  for (let days = 1; days <= SEARCH_DAYS; days *= 8) {
    let last: number | undefined;
    for (const slot of slotsAfter(timetable, before - days * DAY_MS - 1, before - 1)) last = slot;
    if (last !== undefined) return last;
  }
  return undefined;
}

/** Whether slots can come of it at all: pipelines that only follow others, or wait for a person, have none. */
export function hasSlots({ cron, every_ms }: Pick<Timetable, "cron" | "every_ms">): boolean {
  return cron.length > 0 || every_ms !== undefined;
}

/** Where `start` stands; undefined without one. */
export function startOf({ start, timezone }: Timetable): number | undefined {
  return start === undefined ? undefined : parsePointInTime(start, timezone);
}

/** The slots after `after` up to `until`, ascending, each once. */
function* slotsAfter(timetable: Timetable, after: number, until: number): Generator<number> {
  const { start, end, timezone } = timetable;
  const from = startOf(timetable) ?? Number.NEGATIVE_INFINITY;
  const to =
    end === undefined ? Number.POSITIVE_INFINITY : (parsePointInTime(end, timezone) ?? Number.POSITIVE_INFINITY);
  const first = Math.max(after, from - 1);
  const last = Math.min(until, to);
  const { every_ms } = timetable;
  if (every_ms !== undefined) {
    const origin = start === undefined ? 0 : from;
    for (let slot = origin + (Math.floor((first - origin) / every_ms) + 1) * every_ms; slot <= last; slot += every_ms) {
      yield slot;
    }
    return;
  }
  const crons = readCrons(timetable.cron);
  if (crons.length === 0) return;
  const even = crons.filter(({ hour }) => hour.any);
  const named = crons.filter(({ hour }) => !hour.any);
  // What is due at the end of one day by the clocks may come after the beginning of the next: both are looked at.
  let held: number[] = [];
  const days = { named: new Days(named), even: new Days(even) };
  for (let day = startOfDay(first, timezone) - DAY_MS; ; day += DAY_MS) {
    const slots = [...new Set([...held, ...slotsOfDay(days, day, timezone)])].sort((a, b) => a - b);
    // Nothing of later days comes before this.
    const sure = day + DAY_MS - WIDEST_OFFSET_MS;
    held = slots.filter((slot) => slot >= sure);
    for (const slot of slots) if (slot < sure && slot > first && slot <= last) yield slot;
    if (sure > last) return;
  }
}

/** No zone is further ahead of UTC, with the length of a gap. */
const WIDEST_OFFSET_MS = 16 * 3_600 * SECOND_MS;

/** Midnight of the local day that a moment is in, read as if it were UTC. */
function startOfDay(at: number, zone: string): number {
  return Math.floor((at + offsetMs(at, zone)) / DAY_MS) * DAY_MS;
}

function slotsOfDay(days: { readonly named: Days; readonly even: Days }, day: number, zone: string): readonly number[] {
  const named = days.named.timesOf(day).seconds;
  const even = days.even.timesOf(day).seconds;
  if (named.length + even.length === 0) return [];
  const local = (second: number): number => day + second * SECOND_MS;
  const before = offsetMs(day - DAY_MS, zone);
  const after = offsetMs(day + 2 * DAY_MS, zone);
  // Most days have one offset, and so have those around them.
  if (before === after && offsetMs(day, zone) === before && offsetMs(day + DAY_MS, zone) === before) {
    return [...named, ...even].map((second) => local(second) - before);
  }
  return [
    ...named.flatMap((second) => momentsOf(local(second), zone).slice(0, 1)),
    ...even.flatMap((second) => momentsOf(local(second), zone)),
  ];
}

/** The moments at which clocks show a time (read as if it were UTC), ascending: one, two, or the end of the gap that it falls into. */
function momentsOf(local: number, zone: string): readonly number[] {
  const early = offsetMs(local - DAY_MS, zone);
  const late = offsetMs(local + DAY_MS, zone);
  const candidates = [...new Set([local - early, local - late])].sort((a, b) => a - b);
  const real = candidates.filter((at) => at + offsetMs(at, zone) === local);
  if (real.length > 0) return real;
  // In a gap: clocks jump between the two.
  let [low = 0, high = 0] = [candidates[0], candidates.at(-1)];
  const offset = offsetMs(low, zone);
  while (high - low > SECOND_MS) {
    const middle = Math.floor((low + high) / (2 * SECOND_MS)) * SECOND_MS;
    if (middle === low) break;
    if (offsetMs(middle, zone) === offset) low = middle;
    else high = middle;
  }
  return [high];
}

/** What can't be read is never due: it was reported when the file was checked. */
function readCrons(texts: readonly string[]): readonly Cron[] {
  return texts.flatMap((text) => {
    const parsed = parseCron(text);
    return parsed.ok ? [parsed.cron] : [];
  });
}

/** When a slot's run starts: up to `jitter_ms` later, always the same for this pipeline and slot. */
export function dueAt(pipeline: string, slot: number, jitter_ms: number): number {
  return jitter_ms === 0 ? slot : slot + Math.floor(fraction(`${pipeline} ${slot}`) * jitter_ms);
}

/** FNV-1a with a final mix: spread evenly over 0 to 1, and the same everywhere. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

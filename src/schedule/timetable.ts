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
  // Wider and wider, from a minute to years: all slots of the last stretch are counted through.
  for (let days = 1 / 1_440; days <= SEARCH_DAYS; days *= 8) {
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
  const days = daysOf(timetable.cron);
  if (days === undefined) return;
  let told = first;
  for (const slot of momentsFrom(days, timezone, first, last)) {
    if (slot > last) return;
    if (slot <= told) continue;
    told = slot;
    yield slot;
  }
}

/** The moments at which cron expressions are due, ascending, from some after `first` on to some after `last`. */
function* momentsFrom(days: CronDays, zone: string, first: number, last: number): Generator<number> {
  // What is due at the end of one day by the clocks may come after the beginning of the next: both are looked at.
  let held: readonly number[] = [];
  for (let day = startOfDay(first, zone) - DAY_MS; ; day += DAY_MS) {
    // Nothing of later days comes before this.
    const sure = day + DAY_MS - WIDEST_OFFSET_MS;
    const offset = steadyOffset(day, zone);
    if (offset === undefined) {
      const found = [...held, ...momentsOfDay(days, day, zone)].sort((a, b) => a - b);
      yield* found.filter((slot) => slot < sure);
      held = found.filter((slot) => slot >= sure);
    } else {
      yield* held;
      held = [];
      yield* steadySlots(days.all.timesOf(day).seconds, day - offset, first);
    }
    if (sure > last) return;
  }
}

/** The times of a union of expressions: of those that name hours, of those that don't, and of all. */
interface CronDays {
  readonly named: Days;
  readonly even: Days;
  readonly all: Days;
}

/** By the expressions: a process meets few, and asks for each many times. */
const known = new Map<string, CronDays | undefined>();
const KNOWN_MAX = 1000;

/** Undefined when no expression can be read: that was reported when the file was checked. */
function daysOf(texts: readonly string[]): CronDays | undefined {
  const key = texts.join("\n");
  if (!known.has(key)) {
    const crons = readCrons(texts);
    const made = {
      named: new Days(crons.filter(({ hour }) => !hour.any)),
      even: new Days(crons.filter(({ hour }) => hour.any)),
      all: new Days(crons),
    };
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, crons.length === 0 ? undefined : made);
  }
  return known.get(key);
}

/** By zone and day: to ask a zone what it shows takes as long as all the rest, and a thousand pipelines ask of the same days. */
const steadyOffsets = new Map<string, number | undefined>();

/** The offset of a zone on a day (midnight read as UTC) on which it changes as little as on those around it. */
function steadyOffset(day: number, zone: string): number | undefined {
  const key = `${day} ${zone}`;
  if (!steadyOffsets.has(key)) {
    const offset = offsetMs(day, zone);
    const isSame = (at: number): boolean => offsetMs(at, zone) === offset;
    if (steadyOffsets.size >= KNOWN_MAX) steadyOffsets.clear();
    const isSteady = isSame(day - DAY_MS) && isSame(day + DAY_MS) && isSame(day + 2 * DAY_MS);
    steadyOffsets.set(key, isSteady ? offset : undefined);
  }
  return steadyOffsets.get(key);
}

/** The slots of a day that begins at `midnight`, after a moment, one by one: most callers want few of many. */
function* steadySlots(seconds: readonly number[], midnight: number, after: number): Generator<number> {
  let [low, high] = [0, seconds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (midnight + (seconds[middle] ?? 0) * SECOND_MS > after) high = middle;
    else low = middle + 1;
  }
  for (; low < seconds.length; low++) yield midnight + (seconds[low] ?? 0) * SECOND_MS;
}

/** No zone is further ahead of UTC, with the length of a gap. */
const WIDEST_OFFSET_MS = 16 * 3_600 * SECOND_MS;

/** Midnight of the local day that a moment is in, read as if it were UTC. */
function startOfDay(at: number, zone: string): number {
  const offset = steadyOffset(Math.floor(at / DAY_MS) * DAY_MS, zone) ?? offsetMs(at, zone);
  return Math.floor((at + offset) / DAY_MS) * DAY_MS;
}

/** The slots of a day around which clocks change. */
function momentsOfDay({ named, even }: CronDays, day: number, zone: string): readonly number[] {
  const local = (second: number): number => day + second * SECOND_MS;
  return [
    ...named.timesOf(day).seconds.flatMap((second) => momentsOf(local(second), zone).slice(0, 1)),
    ...even.timesOf(day).seconds.flatMap((second) => momentsOf(local(second), zone)),
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

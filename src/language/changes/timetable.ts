import { parseDuration } from "../../lib/index.ts";
import { type Cron, countSlots, isTimeZone, nextSlots, parseCron, parsePointInTime } from "../../schedule/index.ts";
import { cronTexts, scheduleText } from "../checks/schedule.ts";
import type { PipelineSource } from "../model.ts";
import { stringOf } from "../source.ts";

/*
 * When a pipeline runs by itself, in a form in which two of them can be compared.
 */

/** What `schedule` says, all of it sound. */
export interface Timetable {
  readonly crons: readonly { readonly text: string; readonly cron: Cron }[];
  readonly every_ms?: number;
  /** As it is written: `15m`. */
  readonly every?: string;
  /** Names of pipelines, sorted. */
  readonly after: readonly string[];
  readonly zone: string;
  /** The moments of `start` and `end`, in milliseconds since the epoch. */
  readonly start?: number;
  readonly end?: number;
}

/** A day, in milliseconds. */
const DAY_MS = 86_400_000;

/** Days over which slots are counted: what happens once a year is among them. */
const COUNTED_DAYS = 365;

/** Days between two looks at the slots of a year: clocks change in between, and no summer time is shorter. */
const LOOK_DAYS = 30;

/** Slots that are compared at each look. */
const LOOK_SLOTS = 20;

/** Undefined when there is no schedule; "unknown" when it can't be read, which is reported elsewhere. */
export function timetableOf(pipeline: PipelineSource): Timetable | "unknown" | undefined {
  if (pipeline.root.get("schedule") === undefined) return undefined;
  const zone = scheduleText(pipeline, "timezone")?.text ?? "UTC";
  const texts = cronTexts(pipeline);
  const crons = texts.flatMap(({ text }) => {
    const parsed = parseCron(text);
    return parsed.ok ? [{ text, cron: parsed.cron }] : [];
  });
  const every = scheduleText(pipeline, "every")?.text;
  const every_ms = every === undefined ? undefined : parseDuration(every);
  const after = afterOf(pipeline);
  const readable = crons.length === texts.length && (every === undefined || (every_ms ?? 0) > 0) && isTimeZone(zone);
  if (!readable || (crons.length === 0 && every === undefined && after.length === 0)) return "unknown";
  const [start, end] = ["start", "end"].map((key) => {
    const text = scheduleText(pipeline, key)?.text;
    return text === undefined ? undefined : parsePointInTime(text, zone);
  });
  return {
    crons,
    ...(every === undefined || every_ms === undefined ? {} : { every, every_ms }),
    after,
    zone,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

function afterOf({ schedule }: PipelineSource): readonly string[] {
  const node = schedule?.kind === "map" ? schedule.get("after") : undefined;
  const nodes = node?.kind === "list" ? node.items : node === undefined ? [] : [node];
  return nodes.flatMap((item) => stringOf(item) ?? []).sort();
}

/** The next slots of its cron expressions from `now_ms` on, at most `count`, within `start` and `end`. */
export async function nextSlotsOf(timetable: Timetable, now_ms: number, count: number): Promise<readonly number[]> {
  const { crons, zone, start, end } = timetable;
  const from = Math.max(now_ms, (start ?? Number.NEGATIVE_INFINITY) - 1);
  const texts = crons.map(({ text }) => text);
  return (await nextSlots(texts, zone, from, count)).filter((slot) => end === undefined || slot <= end);
}

/** How often it comes due in a day, on average; undefined when that depends on other pipelines. */
export function slotsPerDay({ crons, every_ms }: Timetable, now_ms: number): number | undefined {
  if (every_ms !== undefined) return DAY_MS / every_ms;
  if (crons.length === 0) return undefined;
  const from = Math.floor(now_ms / DAY_MS) * DAY_MS;
  const count = countSlots(
    crons.map(({ cron }) => cron),
    from,
    from + COUNTED_DAYS * DAY_MS - 1,
  );
  return count / COUNTED_DAYS;
}

/** Whether both come due at the same times from now on, however they are written. */
export async function isSameTimetable(a: Timetable, b: Timetable, now_ms: number): Promise<boolean> {
  if (a.every_ms !== b.every_ms || a.after.join("\0") !== b.after.join("\0")) return false;
  if (a.crons.length === 0 && b.crons.length === 0) {
    return clamp(a.start, now_ms) === clamp(b.start, now_ms) && a.end === b.end;
  }
  const alike = canonical(a) === canonical(b) && a.zone === b.zone && a.start === b.start && a.end === b.end;
  if (alike) return true;
  if (a.end !== b.end || slotsPerDay(a, now_ms) !== slotsPerDay(b, now_ms)) return false;
  for (let day = 0; day <= COUNTED_DAYS; day += LOOK_DAYS) {
    const from = now_ms + day * DAY_MS;
    const [slots, others] = await Promise.all([nextSlotsOf(a, from, LOOK_SLOTS), nextSlotsOf(b, from, LOOK_SLOTS)]);
    if (slots.length !== others.length || slots.some((slot, index) => slot !== others[index])) return false;
  }
  return true;
}

/** What has begun already has begun. */
function clamp(start: number | undefined, now_ms: number): number {
  return Math.max(start ?? now_ms, now_ms);
}

function canonical({ crons }: Timetable): string {
  return [...new Set(crons.map(({ cron }) => JSON.stringify(cron)))].sort().join("\n");
}

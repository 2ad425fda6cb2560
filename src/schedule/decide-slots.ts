import { dueAt, hasSlots, nextSlot, slotBefore, slotsBetween, startOf, type Timetable } from "./timetable.ts";

/*
 * What becomes of the slots of one pipeline that have come due. Pure: the same question has the same answer, so that it
 * may be asked again after a crash.
 */

/** Why a slot made no run. */
export const SKIP_REASONS = [
  /** It passed while no engine looked, or the machine slept. */
  "downtime",
  /** Enough runs of the pipeline were not finished, and `overlap: skip`. */
  "overlap",
  /** Too many runs were queued already, or it was older or beyond what `catchup` allows. */
  "limit",
  /** The pipeline was paused. */
  "paused",
  /** Its run was refused: a param without a default has no value on a schedule. */
  "invalid",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Slots that follow each other and were skipped for the same reason. Milliseconds since the epoch. */
export interface SkippedRange {
  readonly reason: SkipReason;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export interface SlotQuestion {
  readonly pipeline: string;
  readonly timetable: Timetable;
  readonly catchup: { readonly policy: "none" | "latest" | "all"; readonly within_ms?: number; readonly max?: number };
  readonly overlap: "queue" | "skip" | "cancel_running";
  readonly max_active_runs: number;
  /** Slots up to this moment are decided. */
  readonly decided_until: number;
  readonly now: number;
  readonly paused: boolean;
  /** Runs of the pipeline that are not finished, and those of them that have not started. */
  readonly unfinished: number;
  readonly queued: number;
}

export interface SlotAnswer {
  /** Slots to start a run for, oldest first. */
  readonly run: readonly number[];
  readonly skipped: readonly SkippedRange[];
  readonly decided_until: number;
  /** When to ask again; undefined when time alone brings nothing more. */
  readonly wake_at?: number;
}

/** A slot that is so much late was missed, in milliseconds: more than a busy machine, less than a person notices. */
const MISSED_MS = 60_000;

/** Runs of one pipeline that may wait to start. */
const QUEUED_MAX = 100;

/** Slots that are looked at one by one; of more, the older ones are counted. */
const LISTED_MAX = 10_000;

/** A watermark that is so far ahead comes from a clock that was wrong, in milliseconds: an hour is what summer time confuses. */
const AHEAD_MAX_MS = 2 * 3_600_000;

/** The watermark of a pipeline that is seen for the first time: nothing before now, unless catch-up and a start say so. */
export function firstWatermark({
  timetable,
  catchup,
  now,
}: Pick<SlotQuestion, "timetable" | "catchup" | "now">): number {
  const start = startOf(timetable);
  if (catchup.policy === "none" || start === undefined || start > now) return now;
  const { within_ms } = catchup;
  return Math.max(start - 1, within_ms === undefined ? start - 1 : now - within_ms);
}

/** Whether slots were decided by a clock that was hours ahead of now. */
export function isFarAhead(decided_until: number, now: number): boolean {
  return decided_until > now + AHEAD_MAX_MS;
}

/** Decides all slots that have come due. */
export function decideSlots(question: SlotQuestion): SlotAnswer {
  const { pipeline, timetable, now } = question;
  // Slots that were decided under a wrong clock come again; the run that one of them has made keeps it from a second.
  const after = isFarAhead(question.decided_until, now) ? now : question.decided_until;
  if (!hasSlots(timetable)) return { run: [], skipped: [], decided_until: after };
  const found = slotsBetween(timetable, after, now, LISTED_MAX + 1);
  const many = found.length > LISTED_MAX;
  const due = many ? found : dueOf(question, found);
  const answer = many ? decideMany(question, after, found) : decideDue(question, due);
  const decided_until = answer.decided_until ?? after;
  const next = nextSlot(timetable, decided_until);
  return {
    run: answer.run,
    skipped: answer.skipped,
    decided_until,
    ...(next !== undefined && !answer.full && { wake_at: dueAt(pipeline, next, timetable.jitter_ms) }),
  };
}

interface Decided {
  readonly run: readonly number[];
  readonly skipped: readonly SkippedRange[];
  readonly decided_until: number | undefined;
  /** More may run once there is room. */
  readonly full: boolean;
}

/** Those whose jitter has passed too. One that waits holds back those behind it, so that slots stay in order. */
function dueOf({ pipeline, timetable: { jitter_ms }, now }: SlotQuestion, slots: readonly number[]): readonly number[] {
  const waiting = slots.findIndex((slot) => dueAt(pipeline, slot, jitter_ms) > now);
  return waiting === -1 ? slots : slots.slice(0, waiting);
}

/** Too many to look at: the oldest are counted, a stretch at a time. */
function decideMany(question: SlotQuestion, after: number, found: readonly number[]): Decided {
  const { catchup, paused } = question;
  const catchesUp = !paused && catchup.policy === "all";
  // Of what is caught up with, the newest `max` are still to be seen.
  const kept = catchesUp ? (catchup.max ?? LISTED_MAX) : 1;
  if (kept >= LISTED_MAX) return decideDue(question, found.slice(0, LISTED_MAX));
  const older = found.slice(0, found.length - kept);
  const range = rangeOf(paused ? "paused" : catchesUp ? "limit" : "downtime", older);
  const rest = decideSlots({ ...question, decided_until: older.at(-1) ?? after });
  return {
    run: rest.run,
    skipped: merged([...(range === undefined ? [] : [range]), ...rest.skipped]),
    decided_until: rest.decided_until,
    full: rest.wake_at === undefined,
  };
}

function decideDue(question: SlotQuestion, due: readonly number[]): Decided {
  const { paused, catchup, now, overlap, max_active_runs } = question;
  const skipped: SkippedRange[] = [];
  const skip = (reason: SkipReason, slots: readonly number[]): void => {
    const range = rangeOf(reason, slots);
    if (range !== undefined) skipped.push(range);
  };
  if (paused) {
    skip("paused", due);
    return { run: [], skipped, decided_until: due.at(-1), full: false };
  }
  const missed = due.filter((slot) => slot < now - MISSED_MS - question.timetable.jitter_ms);
  const punctual = due.slice(missed.length);
  const wanted: number[] = [];
  switch (catchup.policy) {
    case "none":
      skip("downtime", missed);
      wanted.push(...punctual);
      break;
    case "latest": {
      const latest = due.length === 0 || punctual.length > 0 ? [] : missed.slice(-1);
      skip("downtime", missed.slice(0, missed.length - latest.length));
      wanted.push(...latest, ...punctual);
      break;
    }
    case "all": {
      const { within_ms, max } = catchup;
      const young = within_ms === undefined ? missed : missed.filter((slot) => slot >= now - within_ms);
      const few = max === undefined ? young : young.slice(Math.max(0, young.length - max));
      skip("limit", missed.slice(0, missed.length - few.length));
      wanted.push(...few, ...punctual);
      break;
    }
  }
  const run: number[] = [];
  let { unfinished, queued } = question;
  for (const slot of wanted) {
    const busy = unfinished >= max_active_runs;
    if (busy && overlap === "skip") {
      skip("overlap", [slot]);
      continue;
    }
    if (busy && queued >= QUEUED_MAX) {
      // What is to be caught up with waits for room; what keeps coming is left out.
      if (catchup.policy === "all")
        return { run, skipped: merged(skipped), decided_until: due[due.indexOf(slot) - 1], full: true };
      skip("limit", [slot]);
      continue;
    }
    run.push(slot);
    unfinished++;
    if (busy) queued++;
  }
  return { run, skipped: merged(skipped), decided_until: due.at(-1), full: false };
}

/** The ranges without slots that have a run after all. `had`: those, ascending. */
export function withoutSlots(
  timetable: Timetable,
  ranges: readonly SkippedRange[],
  had: readonly number[],
): readonly SkippedRange[] {
  return ranges.flatMap((range) => {
    const parts: SkippedRange[] = [];
    let rest: SkippedRange | undefined = range;
    for (const slot of had) {
      if (rest === undefined) break;
      const isSlot = slot >= rest.first && slot <= rest.last && slotsBetween(timetable, slot - 1, slot, 1).length > 0;
      if (!isSlot) continue;
      const before = slotsBetween(timetable, rest.first - 1, slot - 1, rest.count).length;
      const [last, first] = [slotBefore(timetable, slot), nextSlot(timetable, slot)];
      if (before > 0 && last !== undefined) parts.push({ ...rest, last, count: before });
      const after: number = rest.count - before - 1;
      rest = after > 0 && first !== undefined ? { ...rest, first, count: after } : undefined;
    }
    return rest === undefined ? parts : [...parts, rest];
  });
}

function rangeOf(reason: SkipReason, slots: readonly number[]): SkippedRange | undefined {
  const [first] = slots;
  const last = slots.at(-1);
  return first === undefined || last === undefined ? undefined : { reason, first, last, count: slots.length };
}

/** Ranges of one reason that follow each other as one. */
function merged(ranges: readonly SkippedRange[]): readonly SkippedRange[] {
  const found: SkippedRange[] = [];
  for (const range of ranges) {
    const before = found.at(-1);
    if (before?.reason === range.reason) {
      found[found.length - 1] = { ...before, last: range.last, count: before.count + range.count };
    } else found.push(range);
  }
  return found;
}

import { formatTime } from "../../schedule/index.ts";
import { type ChangeCheck, headOf } from "../changes/change.ts";
import { isSameTimetable, nextSlotsOf, slotsPerDay, type Timetable, timetableOf } from "../changes/timetable.ts";
import type { PipelineSource } from "../model.ts";
import type { Span } from "../text.ts";
import { cronTexts, scheduleText } from "./schedule.ts";

/** Slots that are shown of each schedule. */
const SHOWN = 3;

/** How much more often it has to be for it to be said: less is an odd day more or less. */
const FACTOR_MIN = 1.2;

/** What is shown where there is no slot. */
const NEVER = "none";

/** Found when pipelines are compared with an earlier revision. */
export const changedSchedule: ChangeCheck = {
  code: "ENG914",
  name: "changed-schedule",
  severity: "info",
  summary: "a pipeline runs at other times than before",
  conditional: true,
  visit: {},
  async change({ revision, before, after }, { now_ms, report }) {
    if (before.source === undefined || after?.source === undefined) return;
    const [then, now] = [timetableOf(before.source), timetableOf(after.source)];
    if (then === "unknown" || now === "unknown" || (then === undefined && now === undefined)) return;
    if (then !== undefined && now !== undefined && (await isSameTimetable(then, now, now_ms))) return;
    const [next, earlier] = await Promise.all([now, then].map((each) => slotWords(each, now_ms)));
    const { name } = after;
    report({
      file: after.file,
      range: after.text.range(placeOf(after.source)),
      message: `\`${name}\` ${next === NEVER && now !== undefined ? "comes due no more" : changeInWords(then, now, now_ms)} (since \`${revision}\`)`,
      hint: `next slots before: ${earlier}; now: ${next}`,
    });
  },
};

function changeInWords(then: Timetable | undefined, now: Timetable | undefined, now_ms: number): string {
  if (then === undefined) return "runs by itself now";
  if (now === undefined) return "runs by itself no more";
  if (then.after.length > 0 || now.after.length > 0) return `${kindInWords(now)} now, and ${kindInWords(then)} before`;
  const [often, before] = [slotsPerDay(now, now_ms), slotsPerDay(then, now_ms)];
  if (often === undefined || before === undefined || often === 0 || before === 0) return "fires at other times";
  const factor = often / before;
  if (factor >= FACTOR_MIN) return `fires ${rounded(factor)} times as often`;
  if (1 / factor >= FACTOR_MIN) return `fires once where it fired ${rounded(1 / factor)} times`;
  return "fires at other times";
}

function kindInWords({ after, every }: Timetable): string {
  if (after.length > 0) return `runs after ${after.map((name) => `\`${name}\``).join(" and ")}`;
  return every === undefined ? "runs by the clock" : `runs every ${every}`;
}

/** Whole from 10 on, and with one digit below. */
function rounded(factor: number): string {
  return factor >= 10 ? String(Math.round(factor)) : String(Math.round(factor * 10) / 10);
}

async function slotWords(timetable: Timetable | undefined, now_ms: number): Promise<string> {
  if (timetable === undefined) return NEVER;
  const { after, every, zone } = timetable;
  if (after.length > 0) return `after ${after.join(" and ")}`;
  if (every !== undefined) return `every ${every}`;
  const slots = await nextSlotsOf(timetable, now_ms, SHOWN);
  if (slots.length === 0) return NEVER;
  const pattern = slots.some((slot) => slot % 60_000 !== 0) ? "%F %T" : "%F %H:%M";
  return `${slots.map((slot) => formatTime(slot, zone, pattern)).join(", ")} (${zone})`;
}

function placeOf(pipeline: PipelineSource): Span {
  const [cron] = cronTexts(pipeline);
  return (
    cron?.node ?? scheduleText(pipeline, "every")?.node ?? pipeline.root.entry("schedule")?.keyNode ?? headOf(pipeline)
  );
}

import { parseDuration } from "../../lib/index.ts";
import { countSlots, isTimeZone, offsetMs, parsePointInTime } from "../../schedule/index.ts";
import type { PipelineSource } from "../model.ts";
import { type SourceNode, stringOf } from "../source.ts";
import type { Check } from "./check.ts";
import { readableCrons, scheduleText } from "./schedule.ts";

/** More missed slots than this at once are seldom meant. */
const RUNS_MAX = 100;

/** Milliseconds in a day. */
const DAY_MS = 86_400_000;

export const catchupFlood: Check = {
  code: "ENG506",
  name: "catchup-flood",
  severity: "warning",
  summary: "catching up would start a flood of runs",
  conditional: true,
  visit: {
    pipeline(pipeline, { options: { now_ms }, report }) {
      const catchup = catchupOf(pipeline);
      const start = scheduleText(pipeline, "start");
      if (now_ms === undefined || catchup === undefined || start === undefined) return;
      // The beginning of the day, so that the answer holds all day.
      const now = Math.floor(now_ms / DAY_MS) * DAY_MS;
      const slots = missedSlots(pipeline, start.text, catchup.within, now);
      const runs = Math.min(slots ?? 0, catchup.max);
      if (runs <= RUNS_MAX) return;
      report({
        at: catchup.at,
        message: `catching up from ${start.text} on would start about ${runs} runs now`,
        hint: "`catchup: latest` runs the last missed slot alone, `{ policy: all, within: 7d }` those of a week",
        related: [{ at: start.node, message: "the start" }],
      });
    },
  },
};

interface Catchup {
  readonly at: SourceNode;
  readonly within: number;
  readonly max: number;
}

/** What is to run of the slots that were missed, when it is all of them. */
function catchupOf({ schedule }: PipelineSource): Catchup | undefined {
  const node = schedule?.kind === "map" ? schedule.get("catchup") : undefined;
  if (node?.kind === "scalar" && node.value === true) return { at: node, within: Infinity, max: Infinity };
  const policy = node?.kind === "map" ? node.get("policy") : undefined;
  if (node?.kind !== "map" || policy === undefined || stringOf(policy) !== "all") return undefined;
  const max = node.get("max");
  return {
    at: policy,
    within: parseDuration(stringOf(node.get("within")) ?? "") ?? Infinity,
    max: max?.kind === "scalar" && typeof max.value === "number" ? max.value : Infinity,
  };
}

/** The slots between `start` and now, or `end`; undefined when that can't be told. */
function missedSlots(pipeline: PipelineSource, startText: string, within: number, now: number): number | undefined {
  const zone = scheduleText(pipeline, "timezone")?.text ?? "UTC";
  if (!isTimeZone(zone)) return undefined;
  const start = parsePointInTime(startText, zone);
  const endText = scheduleText(pipeline, "end")?.text;
  const end = endText === undefined ? undefined : parsePointInTime(endText, zone);
  if (start === undefined) return undefined;
  const from = Math.max(start, now - within);
  const to = Math.min(now, end ?? now);
  if (from >= to) return 0;
  const every = parseDuration(scheduleText(pipeline, "every")?.text ?? "");
  if (every !== undefined && every > 0) return Math.floor((to - from) / every);
  const crons = readableCrons(pipeline).map(({ cron }) => cron);
  return countSlots(crons, from + offsetMs(from, zone), to + offsetMs(to, zone));
}

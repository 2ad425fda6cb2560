import type { NodePlace, PipelineSource } from "../../language/index.ts";
import { describeCron, formatTime, isTimeZone, nextSlots, parseCron, parsePointInTime } from "../../schedule/index.ts";

/** Slots that are shown. */
const SLOTS = 5;

/** A schedule's cron expressions in words, and when they are due next; undefined at any other place. */
export async function describeSchedule(
  { root }: PipelineSource,
  { path, node }: NodePlace,
  now: number,
): Promise<string | undefined> {
  const key = path.filter((step) => !/^\d+$/.test(step)).join(".");
  if (key !== "schedule" && key !== "schedule.cron") return undefined;
  const schedule = root.get("schedule");
  const written = schedule?.kind === "map" ? schedule.get("cron") : schedule;
  const field = (name: string): string | undefined => {
    const value = schedule?.kind === "map" ? schedule.get(name) : undefined;
    return value?.kind === "scalar" ? value.text : undefined;
  };
  const all = written?.kind === "list" ? written.items : written === undefined ? [] : [written];
  // On one of several, that one alone.
  const chosen = all.includes(node) ? [node] : all;
  const crons = chosen.flatMap((each) => (each.kind === "scalar" ? [each.text] : []));
  const lines = crons.flatMap((text) => {
    const parsed = parseCron(text);
    return parsed.ok ? [`\`${text}\`: ${describeCron(parsed.cron)}`] : [];
  });
  if (lines.length === 0) return undefined;
  const zone = field("timezone") ?? "UTC";
  if (!isTimeZone(zone)) return lines.join("\n\n");
  const [start, end] = ["start", "end"].map((name) => parsePointInTime(field(name) ?? "", zone));
  const from = Math.max(now, (start ?? 0) - 1);
  const slots = (await nextSlots(crons, zone, from, SLOTS)).filter((slot) => end === undefined || slot <= end);
  const times = slots.map((slot) => `- ${formatTime(slot, zone, "%Y-%m-%d %H:%M:%S")}`);
  const next = times.length === 0 ? "No slot is left." : [`Next slots (${zone}):`, ...times].join("\n");
  return [...lines, next].join("\n\n");
}

import { type ClockChange, isTimeZone, nextClockChanges } from "../../schedule/index.ts";
import type { Check } from "./check.ts";
import { readableCrons, scheduleText } from "./schedule.ts";

/** Dates that a finding names. */
const DATES = 2;

export const dstAmbiguous: Check = {
  code: "ENG505",
  name: "dst-ambiguous",
  severity: "warning",
  summary: "a schedule falls into the hour that clocks skip or repeat when summer time begins or ends",
  conditional: true,
  visit: {
    pipeline(pipeline, { options: { now_ms }, report }) {
      const zone = scheduleText(pipeline, "timezone");
      if (now_ms === undefined || zone === undefined || !isTimeZone(zone.text)) return;
      for (const { text, node, cron } of readableCrons(pipeline)) {
        const changes = nextClockChanges(cron, zone.text, now_ms, DATES);
        if (changes.length === 0) continue;
        report({
          at: node,
          message: `\`${text}\` falls into an hour that clocks in ${zone.text} change: ${changes.map(sentence).join(", ")}`,
          hint: `choose a time outside of ${hours(changes)}, or leave the zone at UTC`,
          related: [{ at: zone.node, message: "the zone" }],
        });
      }
    },
  },
};

/** The hours to stay out of. */
function hours(changes: readonly ClockChange[]): string {
  return [...new Set(changes.map(({ from, to }) => `${from} to ${to}`))].join(" and ");
}

function sentence({ kind, date, time }: ClockChange): string {
  return kind === "skipped" ? `there is no ${time} on ${date}` : `${time} comes twice on ${date}`;
}

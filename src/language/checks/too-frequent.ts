import { parseDuration } from "../../lib/index.ts";
import { describeCron, shortestGapSeconds } from "../../schedule/index.ts";
import type { Check } from "./check.ts";
import { readableCrons, scheduleText } from "./schedule.ts";

/** Slots closer together than this, in seconds, spend more on starting runs than on the runs. */
const GAP_MIN_S = 10;

const HINT = "let it run less often; to wait for something, a sensor costs less than runs that look for it";

export const tooFrequent: Check = {
  code: "ENG504",
  name: "too-frequent",
  severity: "warning",
  summary: "a schedule starts a run every few seconds",
  visit: {
    pipeline(pipeline, { report }) {
      for (const { text, node, cron } of readableCrons(pipeline)) {
        if (shortestGapSeconds(cron) >= GAP_MIN_S) continue;
        report({ at: node, message: `\`${text}\` starts runs ${describeCron(cron)}`, hint: HINT });
      }
      const every = scheduleText(pipeline, "every");
      const everyMs = every === undefined ? undefined : parseDuration(every.text);
      if (every === undefined || everyMs === undefined || everyMs === 0 || everyMs >= GAP_MIN_S * 1000) return;
      report({ at: every.node, message: `a run starts every ${every.text}`, hint: HINT });
    },
  },
};

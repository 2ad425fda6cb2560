import type { Check } from "./check.ts";
import { longestIntervalMs, sloTime, spoken } from "./timing.ts";

export const freshnessImpossible: Check = {
  code: "ENG510",
  name: "freshness-impossible",
  severity: "error",
  summary: "the schedule leaves more time between two runs than the `freshness` that is promised",
  suppressible: true,
  visit: {
    pipeline(pipeline, { report }) {
      const freshness = sloTime(pipeline, "freshness");
      const interval = freshness === undefined ? undefined : longestIntervalMs(pipeline);
      const schedule = pipeline.root.entry("schedule");
      // A run takes time as well: with nothing to spare the promise is broken each time.
      if (freshness === undefined || interval === undefined || freshness.ms > interval) return;
      report({
        at: freshness.node,
        message: `up to ${spoken(interval)} lie between two runs, so the last success can't always be younger than ${freshness.node.text}`,
        hint: "promise more than the longest time between two runs and the time that a run takes, or run more often",
        ...(schedule === undefined ? {} : { related: [{ at: schedule.keyNode, message: "the schedule" }] }),
      });
    },
  },
};

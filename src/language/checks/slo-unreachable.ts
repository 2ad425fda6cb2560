import { stringOf } from "../source.ts";
import type { Check } from "./check.ts";
import { pipelineTime, sloTime, spoken } from "./timing.ts";

/** How many times too fast failures use up what a promise allows when somebody is called at once: the usual alert's. */
const FAST_BURN = 14.4;

export const sloUnreachable: Check = {
  code: "ENG804",
  name: "slo-unreachable",
  severity: "warning",
  summary: "a promise under `slo` can't be broken, or nobody could be told in time that it is",
  visit: {
    pipeline(pipeline, { report }) {
      const slo = pipeline.root.get("slo");
      const rate = slo?.kind === "map" ? slo.get("success_rate") : undefined;
      const percent = /^(\d{1,2}(?:\.\d+)?)%$/.exec(stringOf(rate) ?? "")?.[1];
      if (rate !== undefined && percent !== undefined) {
        const objective = Number(percent) / 100;
        if (objective === 0) {
          const message = "a success rate of 0% is kept whatever happens";
          report({ at: rate, message, hint: "promise more, or nothing" });
        } else if (FAST_BURN * (1 - objective) >= 1) {
          report({
            at: rate,
            message: `with ${percent}% no run of failures is fast enough for an urgent alert, which takes ${FAST_BURN} times as many as are allowed: ${Math.round(FAST_BURN * (1 - objective) * 100)}%`,
            hint: "promise 94% or more",
          });
        }
      }
      const limit = pipelineTime(pipeline, "timeout");
      const duration = sloTime(pipeline, "max_duration");
      if (limit === undefined || duration === undefined || duration.ms <= limit.ms) return;
      report({
        at: duration.node,
        message: `no run takes longer than ${spoken(limit.ms)}, when it is stopped, so this can't be broken`,
        hint: "promise less than the run's `timeout`",
        related: [{ at: limit.node, message: "the run's time-out" }],
      });
    },
  },
};

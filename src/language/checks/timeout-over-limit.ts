import type { Check } from "./check.ts";
import { pipelineTime, spoken, taskTime } from "./timing.ts";

export const timeoutOverLimit: Check = {
  code: "ENG512",
  name: "timeout-over-limit",
  severity: "warning",
  summary: "a task may take longer than the whole run",
  visit: {
    pipeline(pipeline, { report }) {
      const limit = pipelineTime(pipeline, "timeout");
      if (limit === undefined) return;
      for (const task of pipeline.tasks.values()) {
        const timeout = taskTime(task, pipeline, "timeout");
        if (timeout === undefined || timeout.ms <= limit.ms) continue;
        report({
          at: timeout.node,
          message: `an attempt may take ${spoken(timeout.ms)}, but the run is stopped after ${spoken(limit.ms)}`,
          hint: "give the attempt less time, or the run more",
          related: [{ at: limit.node, message: "the run's time-out" }],
        });
      }
    },
  },
};

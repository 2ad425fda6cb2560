import { MAX_ACTIVE_RUNS } from "../defaults.ts";
import type { PipelineSource } from "../model.ts";
import { stringOf } from "../source.ts";
import type { Check, Finding } from "./check.ts";
import { pipelineTime, type Retries, retriesOf, shortestIntervalMs, spoken, type Timed, taskTime } from "./timing.ts";

/** The share of its time that the last attempt may lack: by then the run is as good as lost, and nobody counts minutes. */
const SPARE = 0.5;

export const retriesExceed: Check = {
  code: "ENG509",
  name: "retries-exceed",
  severity: "warning",
  summary: "all attempts of a task together may take longer than the run may, or than there is time until the next run",
  visit: {
    pipeline(pipeline, { report }) {
      const limit = pipelineTime(pipeline, "timeout");
      const interval = queueingInterval(pipeline);
      for (const task of pipeline.tasks.values()) {
        const retries = retriesOf(task, pipeline);
        if (retries === undefined) continue;
        const timeout = taskTime(task, pipeline, "timeout");
        // That of what waits counts from the first attempt's start, over all of them.
        if (timeout !== undefined && task.operator?.spec.waits === true) continue;
        const attempts = retries.count + 1;
        const worst = attempts * (timeout?.ms ?? 0) + retries.delays_ms;
        const least = worst - SPARE * (timeout?.ms ?? 0);
        const takes = () =>
          `${attempts} attempts${timeout === undefined ? "" : ` of ${spoken(timeout.ms)}`} and the waits between them may take ${spoken(worst)}`;
        if (limit !== undefined && least > limit.ms) {
          // A single attempt that is too long is reported as such.
          if (timeout === undefined || timeout.ms <= limit.ms) report(overLimit(retries, takes(), limit));
        } else if (interval !== undefined && least > interval.ms) {
          report({
            at: retries.node,
            message: `${takes()}, and a run starts every ${spoken(interval.shortest)}, so runs may pile up`,
            hint: "retry less often or give each attempt less time, or say with `overlap: skip` that a run may be left out",
            related: [{ at: interval.at, message: "the schedule" }],
          });
        }
      }
    },
  },
};

function overLimit({ node }: Retries, takes: string, limit: Timed): Finding {
  return {
    at: node,
    message: `${takes}, and the run is stopped after ${spoken(limit.ms)}`,
    hint: "retry less often, give each attempt less time, or the run more",
    related: [{ at: limit.node, message: "the run's time-out" }],
  };
}

/** The time that runs have when each has to wait for the one before; undefined when they needn't. */
function queueingInterval(pipeline: PipelineSource): { ms: number; shortest: number; at: Finding["at"] } | undefined {
  const overlap = stringOf(pipeline.root.get("overlap")) ?? "queue";
  const shortest = shortestIntervalMs(pipeline);
  const at = pipeline.root.entry("schedule")?.keyNode;
  if (overlap !== "queue" || shortest === undefined || at === undefined) return undefined;
  const written = pipeline.root.get("max_active_runs");
  const runs =
    written?.kind === "scalar" && typeof written.value === "number" ? Math.max(1, written.value) : MAX_ACTIVE_RUNS;
  return { ms: shortest * runs, shortest, at };
}

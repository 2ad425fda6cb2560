import type { PipelineSource } from "../model.ts";
import { stringOf } from "../source.ts";
import type { Check } from "./check.ts";

export const overlapPolicy: Check = {
  code: "ENG609",
  name: "overlap-policy",
  severity: "warning",
  summary: "`overlap` contradicts `max_active_runs` or `catchup`",
  visit: {
    pipeline(pipeline, { report }) {
      const overlap = pipeline.root.get("overlap");
      const value = stringOf(overlap);
      if (overlap === undefined || (value !== "skip" && value !== "cancel_running")) return;
      const runs = pipeline.root.get("max_active_runs");
      if (value === "cancel_running" && runs?.kind === "scalar" && Number(runs.value) > 1) {
        report({
          at: overlap,
          message: `\`cancel_running\` lets a new run take the place of the running one, but \`max_active_runs\` lets ${runs.value} go at once`,
          hint: "set `max_active_runs` to 1, or `overlap` to `queue` or `skip`",
          related: [{ at: runs, message: "the number of runs" }],
        });
      }
      const catchup = catchupOf(pipeline);
      if (catchup === undefined) return;
      const fate = value === "skip" ? "skipped" : "cancelled by the next";
      report({
        at: overlap,
        message: `missed slots start together when they are caught up with, and with \`overlap: ${value}\` nearly all of them are ${fate}`,
        hint: "set `overlap` to `queue`, or `catchup` to `latest`",
        related: [{ at: catchup, message: "what catches up" }],
      });
    },
  },
};

/** What says that all missed slots are to run. */
function catchupOf({ schedule }: PipelineSource) {
  const node = schedule?.kind === "map" ? schedule.get("catchup") : undefined;
  const policy = node?.kind === "map" ? node.get("policy") : undefined;
  const max = node?.kind === "map" ? node.get("max") : undefined;
  if (max?.kind === "scalar" && max.value === 1) return undefined;
  if (node?.kind === "scalar" && node.value === true) return node;
  return stringOf(policy) === "all" ? policy : undefined;
}

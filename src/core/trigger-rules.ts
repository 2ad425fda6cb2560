import { assertNever } from "../lib/index.ts";
import type { TriggerRule } from "./model.ts";

/** How many of a task's upstream tasks stand where. A failure that is allowed counts as a success here. */
export interface Tally {
  /** Not decided yet. */
  open: number;
  success: number;
  failed: number;
  /** Did not run because of a failure further up, or was cancelled. */
  upstream_failed: number;
  skipped: number;
}

export type Verdict = "wait" | "run" | "skipped" | "upstream_failed";

/**
 * What a trigger rule says of a task whose upstream tasks stand as tallied. A task without upstream
 * tasks runs under every rule.
 *
 * Never depends on the order in which upstream tasks end: `run` and `upstream_failed` come as soon as
 * nothing that is still open can change them, `skipped` only when nothing is open.
 */
export function judge(rule: TriggerRule, upstream: Readonly<Tally>): Verdict {
  const { open, success, failed, upstream_failed, skipped } = upstream;
  const failures = failed + upstream_failed;
  const done = open === 0;
  if (done && success + failures + skipped === 0) return "run";
  switch (rule) {
    case "all_success":
      if (failures > 0) return "upstream_failed";
      return whenDone(done, skipped > 0 ? "skipped" : "run");
    case "all_failed":
      return whenDone(done, success + skipped > 0 ? "skipped" : "run");
    case "all_done":
      return whenDone(done, "run");
    case "all_skipped":
      return whenDone(done, success + failures > 0 ? "skipped" : "run");
    case "one_success":
      if (success > 0) return "run";
      return whenDone(done, failures > 0 ? "upstream_failed" : "skipped");
    case "one_failed":
      return failures > 0 ? "run" : whenDone(done, "skipped");
    case "one_done":
      return success + failed > 0 ? "run" : whenDone(done, "skipped");
    case "none_failed":
      if (failures > 0) return "upstream_failed";
      return whenDone(done, "run");
    case "none_failed_min_one_success":
      if (failures > 0) return "upstream_failed";
      return whenDone(done, success > 0 ? "run" : "skipped");
    case "none_skipped":
      return whenDone(done, skipped > 0 ? "skipped" : "run");
    case "all_done_min_one_success":
      if (skipped > 0) return whenDone(done, "skipped");
      return whenDone(done, success > 0 ? "run" : "upstream_failed");
    case "always":
      return "run";
    default:
      return assertNever(rule, "trigger rule");
  }
}

function whenDone(done: boolean, verdict: Verdict): Verdict {
  return done ? verdict : "wait";
}

import { parseDuration } from "../../lib/index.ts";
import { type MapNode, stringOf } from "../source.ts";
import type { Check, Finding } from "./check.ts";

export const badDuration: Check = {
  code: "ENG507",
  name: "bad-duration",
  severity: "error",
  summary: "a duration can't be read",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_duration" && problem.operator === undefined) report(problem);
    },
    pipeline({ root, defaults }, { report }) {
      for (const finding of [...zeroTimeout(root), ...zeroTimeout(defaults)]) report(finding);
    },
    task({ node }, _pipeline, { report }) {
      for (const finding of zeroTimeout(node)) report(finding);
    },
  },
};

/** A time-out that nothing can keep; elsewhere `0` would mean none. */
function zeroTimeout(holder: MapNode | undefined): readonly Finding[] {
  const timeout = holder?.get("timeout");
  if (timeout === undefined || parseDuration(stringOf(timeout) ?? "") !== 0) return [];
  const hint = "leave `timeout` out where there is no limit";
  return [{ at: timeout, message: "`timeout` is 0, so nothing could ever end in time", hint }];
}

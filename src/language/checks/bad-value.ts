import type { SourceNode } from "../source.ts";
import type { Check } from "./check.ts";

export const badValue: Check = {
  code: "ENG204",
  name: "bad-value",
  severity: "error",
  summary: "a value is of the right type, but not one of those allowed",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_value" && problem.operator === undefined) report(problem);
    },
    pipeline({ schedule }, { report }) {
      if (schedule?.kind !== "map") return;
      const start = schedule.get("start");
      const end = schedule.get("end");
      const startAt = start === undefined ? undefined : timeOf(start);
      const endAt = end === undefined ? undefined : timeOf(end);
      for (const [key, node, at] of [
        ["start", start, startAt],
        ["end", end, endAt],
      ] as const) {
        if (node?.kind !== "scalar" || at !== undefined) continue;
        report({ at: node, message: `\`${key}\` is a day or a time that doesn't exist: \`${node.text}\`` });
      }
      if (
        start !== undefined &&
        end !== undefined &&
        startAt !== undefined &&
        endAt !== undefined &&
        endAt <= startAt
      ) {
        const related = [{ at: start, message: "the start" }];
        report({ at: end, message: "`end` is not after `start`, so nothing would ever run", related });
      }
    },
  },
};

/** Milliseconds, as if it were in UTC; undefined for the 30th of February. */
function timeOf(node: SourceNode): number | undefined {
  if (node.kind !== "scalar") return undefined;
  const [day = "", time = "00:00"] = node.text.split(/[T ]/);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  const at = Date.parse(`${day}T${time}${/Z$|[+-]\d\d:\d\d$/.test(time) ? "" : "Z"}`);
  return Number.isNaN(at) ? undefined : at;
}

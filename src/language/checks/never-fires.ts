import { parseDuration } from "../../lib/index.ts";
import { describeCron, isTimeZone, localDate, matchesSomeDay, parsePointInTime } from "../../schedule/index.ts";
import type { PipelineSource } from "../model.ts";
import type { Check, CheckContext } from "./check.ts";
import { readableCrons, scheduleText } from "./schedule.ts";

/** Where the search for a day begins when the schedule doesn't say: before any run, in a leap year. */
const SEARCH_FROM = Date.UTC(2000, 0, 1);

export const neverFires: Check = {
  code: "ENG503",
  name: "never-fires",
  severity: "error",
  summary: "a schedule never comes due",
  visit: {
    pipeline(pipeline, context) {
      const every = scheduleText(pipeline, "every");
      if (every !== undefined && parseDuration(every.text) === 0) {
        const message = "`every` is 0, and no time lies between one slot and the next then";
        context.report({ at: every.node, message, hint: "write how far apart the slots are: `15m`" });
      }
      for (const key of ["cron", "after"]) {
        const list = pipeline.schedule?.kind === "map" ? pipeline.schedule.get(key) : undefined;
        if (list?.kind !== "list" || list.items.length > 0) continue;
        context.report({
          at: list,
          message: `\`${key}\` is an empty list`,
          hint: "leave `schedule` out to run it by hand alone",
        });
      }
      checkCrons(pipeline, context);
    },
  },
};

/** The days between `start` and `end`, as midnights UTC of their local dates. */
function windowOf(pipeline: PipelineSource): { readonly start?: number; readonly end?: number } {
  const zone = zoneOf(pipeline);
  const day = (key: string): number | undefined => {
    const text = scheduleText(pipeline, key)?.text;
    const at = text === undefined ? undefined : parsePointInTime(text, zone);
    return at === undefined ? undefined : Date.parse(localDate(at, zone));
  };
  const start = day("start");
  const end = day("end");
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function checkCrons(pipeline: PipelineSource, { report }: CheckContext): void {
  const { start, end } = windowOf(pipeline);
  for (const { text, node, cron } of readableCrons(pipeline)) {
    const means = `it means: ${describeCron(cron)}`;
    if (!matchesSomeDay(cron, SEARCH_FROM)) {
      report({ at: node, message: `\`${text}\` never comes due: there is no such day`, hint: means });
    } else if (start !== undefined && end !== undefined && start <= end && !matchesSomeDay(cron, start, end)) {
      report({ at: node, message: `\`${text}\` never comes due between \`start\` and \`end\``, hint: means });
    }
  }
}

function zoneOf(pipeline: PipelineSource): string {
  const zone = scheduleText(pipeline, "timezone")?.text;
  return zone !== undefined && isTimeZone(zone) ? zone : "UTC";
}

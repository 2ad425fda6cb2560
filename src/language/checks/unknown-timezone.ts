import { isTimeZone, suggestTimeZone, timeZones } from "../../schedule/index.ts";
import { holdsExpression } from "../expressions/not-evaluated.ts";
import { respell } from "../mend.ts";
import type { Check } from "./check.ts";
import { scheduleText } from "./schedule.ts";

export const unknownTimezone: Check = {
  code: "ENG502",
  name: "unknown-timezone",
  severity: "error",
  summary: "a time zone doesn't exist",
  visit: {
    pipeline(pipeline, { report }) {
      const zone = scheduleText(pipeline, "timezone");
      if (zone === undefined || isTimeZone(zone.text) || holdsExpression(zone.text)) return;
      const near = suggestTimeZone(zone.text);
      report({
        at: zone.node,
        message: `\`${zone.text}\` is not a time zone of the IANA database`,
        fix:
          near === undefined
            ? undefined
            : respell(zone.node, { written: zone.text, meant: near, candidates: timeZones() }),
        hint: near === undefined ? "write one such as `Europe/Berlin`, or `UTC`" : `did you mean \`${near}\`?`,
      });
    },
  },
};

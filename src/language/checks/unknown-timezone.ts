import { isTimeZone, suggestTimeZone, timeZones } from "../../schedule/index.ts";
import { holdsExpression } from "../expressions/not-evaluated.ts";
import { isTimeZoneName } from "../expressions/place.ts";
import { respell } from "../mend.ts";
import type { ScalarNode } from "../source.ts";
import type { Check, Finding } from "./check.ts";
import { scheduleText } from "./schedule.ts";

export const unknownTimezone: Check = {
  code: "ENG502",
  name: "unknown-timezone",
  severity: "error",
  summary: "a time zone doesn't exist",
  visit: {
    pipeline(pipeline, { report }) {
      const zone = scheduleText(pipeline, "timezone");
      if (zone !== undefined && isUnknown(zone.text)) report(unknown(zone.node, zone.text));
    },
    expression(text, _pipeline, { report }) {
      const zone = text.node.text;
      if (isTimeZoneName(text) && isUnknown(zone)) report(unknown(text.node, zone));
    },
  },
};

function isUnknown(zone: string): boolean {
  return !isTimeZone(zone) && !holdsExpression(zone);
}

function unknown(node: ScalarNode, zone: string): Finding {
  const near = suggestTimeZone(zone);
  return {
    at: node,
    message: `\`${zone}\` is not a time zone of the IANA database`,
    fix: near === undefined ? undefined : respell(node, { written: zone, meant: near, candidates: timeZones() }),
    hint: near === undefined ? "write one such as `Europe/Berlin`, or `UTC`" : `did you mean \`${near}\`?`,
  };
}

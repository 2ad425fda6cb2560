import { parsePointInTime } from "../../schedule/index.ts";
import type { Check } from "./check.ts";
import { scheduleText } from "./schedule.ts";

export const badDate: Check = {
  code: "ENG513",
  name: "bad-date",
  severity: "error",
  summary: "a date is in no calendar, or an hour on no clock",
  visit: {
    pipeline(pipeline, { report }) {
      for (const key of ["start", "end"]) {
        const date = scheduleText(pipeline, key);
        if (date === undefined || parsePointInTime(date.text, "UTC") !== undefined) continue;
        report({
          at: date.node,
          message: `there is no such time as \`${date.text}\``,
          hint: "write a day that exists: `2024-02-29`",
        });
      }
    },
  },
};

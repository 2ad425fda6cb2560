import type { Check } from "./check.ts";

export const scheduledWithoutDefault: Check = {
  code: "ENG318",
  name: "scheduled-without-default",
  severity: "error",
  summary: "a pipeline with a schedule has a param without a default, which nobody is there to give",
  visit: {
    pipeline(pipeline, { report }) {
      const schedule = pipeline.root.entry("schedule");
      if (schedule === undefined) return;
      for (const param of pipeline.params.values()) {
        if (param.defaultNode !== undefined || !param.sound) continue;
        report({
          at: param.key,
          message: `\`${param.name}\` has no default, and a run that the schedule starts has nobody to ask`,
          hint: "give it a default",
          related: [{ at: schedule.keyNode, message: "the schedule" }],
        });
      }
    },
  },
};

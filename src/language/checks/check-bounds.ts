import { numberOf } from "../source.ts";
import type { Check } from "./check.ts";

export const checkBounds: Check = {
  code: "ENG809",
  name: "check-bounds",
  severity: "error",
  summary: "no value can pass a check, because its `min` is above its `max`",
  visit: {
    task(task, _pipeline, { report }) {
      const checks = task.node.get("checks");
      for (const { key, value } of checks?.kind === "map" ? checks.entries : []) {
        if (value.kind !== "map") continue;
        const at = value.entry("min");
        const [min, max] = [numberOf(value.get("min")), numberOf(value.get("max"))];
        if (at === undefined || min === undefined || max === undefined || min <= max) continue;
        report({
          at: at.value,
          message: `nothing is at least ${min} and at most ${max}, so the check \`${key}\` never passes`,
          hint: "exchange them, or leave one out",
        });
      }
    },
  },
};

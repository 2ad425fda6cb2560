import { removeEntry } from "../mend.ts";
import type { Check } from "./check.ts";

export const ruleWithoutNeeds: Check = {
  code: "ENG315",
  name: "rule-without-needs",
  severity: "warning",
  summary: "a task that needs no other has a `trigger_rule`, which changes nothing",
  visit: {
    task(task, _pipeline, { report, text }) {
      const { triggerRule } = task;
      if (triggerRule === undefined || task.unclear || task.node.entry("needs") !== undefined) return;
      const entry = task.node.entry("trigger_rule");
      const cut = entry === undefined ? undefined : removeEntry(text, entry);
      report({
        at: triggerRule.node,
        message: `\`${task.id}\` needs no other task, so it runs under every trigger rule, \`${triggerRule.value}\` too`,
        hint: "add `needs`, or remove the rule",
        // It may be `needs` that was forgotten.
        fix: cut && { title: "remove the rule", safe: false, edits: [cut] },
      });
    },
  },
};

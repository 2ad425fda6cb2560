import type { Check } from "./check.ts";

export const ruleWithoutNeeds: Check = {
  code: "ENG315",
  name: "rule-without-needs",
  severity: "warning",
  summary: "a task that needs no other has a `trigger_rule`, which changes nothing",
  visit: {
    task(task, _pipeline, { report }) {
      const { triggerRule } = task;
      if (triggerRule === undefined || task.node.entry("needs") !== undefined) return;
      report({
        at: triggerRule.node,
        message: `\`${task.id}\` needs no other task, so it runs under every trigger rule, \`${triggerRule.value}\` too`,
        hint: "add `needs`, or remove the rule",
      });
    },
  },
};

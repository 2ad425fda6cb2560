import type { Check } from "./check.ts";

export const duplicateDependency: Check = {
  code: "ENG312",
  name: "duplicate-dependency",
  severity: "warning",
  summary: "`needs` names the same task twice",
  visit: {
    task(task, _pipeline, { report }) {
      for (const [index, need] of task.needs.entries()) {
        const first = task.needs.findIndex((each) => each.id === need.id);
        const earlier = task.needs[first];
        if (first === index || earlier === undefined) continue;
        report({
          at: need.node,
          message: `\`${task.id}\` needs \`${need.id}\` twice`,
          hint: "keep one of the two",
          related: [{ at: earlier.node, message: "the first one" }],
        });
      }
    },
  },
};

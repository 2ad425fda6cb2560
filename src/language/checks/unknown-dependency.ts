import { suggest } from "../../lib/index.ts";
import type { Check } from "./check.ts";

export const unknownDependency: Check = {
  code: "ENG302",
  name: "unknown-dependency",
  severity: "error",
  summary: "`needs` names a task that doesn't exist",
  visit: {
    task(task, pipeline, { report }) {
      for (const need of task.needs) {
        if (pipeline.taskIds.has(need.id)) continue;
        const others = [...pipeline.taskIds].filter((id) => id !== task.id);
        const near = suggest(need.id, others);
        const place = near === undefined ? undefined : pipeline.tasks.get(near)?.key;
        report({
          at: need.node,
          message: `\`${task.id}\` needs \`${need.id}\`, which is not a task of this pipeline`,
          hint: near === undefined ? "name a task of this pipeline" : `did you mean \`${near}\`?`,
          ...(place === undefined ? {} : { related: [{ at: place, message: `\`${near}\` stands here` }] }),
        });
      }
    },
  },
};

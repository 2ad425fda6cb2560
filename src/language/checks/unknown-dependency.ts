import { suggest } from "../../lib/index.ts";
import { holdsExpression } from "../expressions/not-evaluated.ts";
import { type FindingFix, respell } from "../mend.ts";
import type { NeedSource, TaskSource } from "../model.ts";
import type { Check } from "./check.ts";

export const unknownDependency: Check = {
  code: "ENG302",
  name: "unknown-dependency",
  severity: "error",
  summary: "`needs` names a task that doesn't exist",
  visit: {
    task(task, pipeline, { report }) {
      for (const need of task.needs) {
        if (pipeline.taskIds.has(need.id) || holdsExpression(need.id)) continue;
        const others = [...pipeline.taskIds].filter((id) => id !== task.id);
        const near = suggest(need.id, others);
        const place = near === undefined ? undefined : pipeline.tasks.get(near)?.key;
        report({
          at: need.node,
          message: `\`${task.id}\` needs \`${need.id}\`, which is not a task of this pipeline`,
          hint: near === undefined ? "name a task of this pipeline" : `did you mean \`${near}\`?`,
          fix: near === undefined ? undefined : replacement(task, need, near, others),
          ...(place === undefined ? {} : { related: [{ at: place, message: `\`${near}\` stands here` }] }),
        });
      }
    },
  },
};

function replacement(
  task: TaskSource,
  { id, node }: NeedSource,
  near: string,
  candidates: readonly string[],
): FindingFix | undefined {
  // Beside the right name a second one is no misspelling of it: something else must have been meant.
  if (task.needs.some((need) => need.id === near)) return undefined;
  return respell(node, { written: id, meant: near, candidates });
}

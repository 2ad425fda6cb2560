import { suggest } from "../../lib/index.ts";
import { targetsOf } from "../branches.ts";
import { holdsExpression } from "../expressions/not-evaluated.ts";
import { graphOf } from "../graph.ts";
import { respell } from "../mend.ts";
import { addNeed } from "../mend-task.ts";
import type { Check } from "./check.ts";

export const branchTarget: Check = {
  code: "ENG313",
  name: "branch-target",
  severity: "error",
  summary: "a branch chooses a task that is not one of its direct dependants",
  visit: {
    task(task, pipeline, { report, text }) {
      const dependants = graphOf(pipeline).dependants(task.id);
      for (const { id, at } of targetsOf(task)) {
        if (dependants.includes(id)) continue;
        const known = pipeline.tasks.get(id);
        if (known !== undefined) {
          report({
            at,
            message: `\`${task.id}\` chooses \`${id}\`, which doesn't need \`${task.id}\``,
            hint: `add \`${task.id}\` to the \`needs\` of \`${id}\``,
            fix: addNeed(text, known, task.id),
            related: [{ at: known.node.entry("needs")?.keyNode ?? known.key, message: `what \`${id}\` needs` }],
          });
        } else if (!pipeline.taskIds.has(id)) {
          const near = suggest(id, dependants) ?? suggest(id, pipeline.taskIds);
          const message = `\`${task.id}\` chooses \`${id}\`, which is not a task of this pipeline`;
          const fix =
            near === undefined ? undefined : respell(at, { written: id, meant: near, candidates: pipeline.taskIds });
          const hint = near === undefined ? undefined : `did you mean \`${near}\`?`;
          report({ at, message, hint: holdsExpression(id) ? "give each task a case of its own" : hint, fix });
        }
      }
    },
  },
};

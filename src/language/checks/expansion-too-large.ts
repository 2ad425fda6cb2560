import { ITEMS_MAX } from "../../core/index.ts";
import type { OutputSource, ParamSource, PipelineSource, TaskSource } from "../model.ts";
import type { SourceNode } from "../source.ts";
import type { Check } from "./check.ts";

export const expansionTooLarge: Check = {
  code: "ENG307",
  name: "expansion-too-large",
  severity: "error",
  summary: "a `for_each` makes more task runs than a run may have of one task",
  visit: {
    task(task, pipeline, { report }) {
      const { forEach } = task;
      const key = task.node.entry("for_each")?.keyNode;
      if (forEach === undefined || key === undefined) return;
      if (forEach.kind !== "scalar") {
        const count = sizeOf(forEach);
        if (count > ITEMS_MAX) report({ at: key, ...tooMany(`\`${task.id}\` has ${count} items`) });
        return;
      }
      const source = itemsOf(task, pipeline);
      const atLeast = source?.schema.minItems;
      const inDefault = source !== undefined && "defaultNode" in source ? sizeOf(source.defaultNode) : 0;
      if (source === undefined) return;
      const related = [{ at: source.key, message: `\`${source.name}\` stands here` }];
      if (inDefault > ITEMS_MAX) {
        const message = `the default of \`${source.name}\` has ${inDefault} items, and \`${task.id}\` runs once for each`;
        report({ at: forEach, ...tooMany(message), related });
      } else if (typeof atLeast === "number" && atLeast > ITEMS_MAX) {
        const message = `\`${source.name}\` has at least ${atLeast} items, and \`${task.id}\` runs once for each`;
        report({ at: forEach, ...tooMany(message), related });
      }
    },
  },
};

function tooMany(what: string): { readonly message: string; readonly hint: string } {
  const hint = "hand on fewer or larger ones: a range, a file, a batch";
  return { message: `${what}, and ${ITEMS_MAX} are the most`, hint };
}

function sizeOf(node: SourceNode | undefined): number {
  return node?.kind === "list" ? node.items.length : node?.kind === "map" ? node.entries.length : 0;
}

/** A `for_each` that is nothing but a param, or an output of another task. */
const WHOLE =
  /^\s*(?:\$\{\{)?\s*(?:params\.(?<param>\w+)|tasks\.(?<task>\w+)\.outputs\.(?<output>\w+))\s*(?:\}\})?\s*$/;

/** What the items come from. */
function itemsOf(task: TaskSource, pipeline: PipelineSource): ParamSource | OutputSource | undefined {
  const {
    param,
    task: from = "",
    output = "",
  } = WHOLE.exec(task.forEach?.kind === "scalar" ? task.forEach.text : "")?.groups ?? {};
  return param === undefined ? pipeline.tasks.get(from)?.outputs.get(output) : pipeline.params.get(param);
}

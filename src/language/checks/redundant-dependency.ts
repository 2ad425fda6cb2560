import { referencesIn } from "../expressions/references-in.ts";
import { graphOf, type PipelineGraph } from "../graph.ts";
import type { NeedSource, PipelineSource, TaskSource } from "../model.ts";
import type { Check } from "./check.ts";
import { withoutItem } from "./edits.ts";

export const redundantDependency: Check = {
  code: "ENG306",
  name: "redundant-dependency",
  severity: "info",
  summary: "`needs` names a task that another one in it waits for anyway",
  visit: {
    pipeline(pipeline, { report, text }) {
      const graph = graphOf(pipeline);
      let read: ReadonlyMap<string, ReadonlySet<string>> | undefined;
      for (const id of graph.sorted) {
        const task = pipeline.tasks.get(id);
        if (task === undefined || task.needs.length < 2 || !passesAll(task) || graph.isIncomplete(id)) continue;
        const implied = impliedBy(task, pipeline, graph);
        if (implied.size === 0) continue;
        read ??= tasksRead(pipeline);
        for (const [index, need] of task.needs.entries()) {
          const through = implied.get(need.id);
          // What a task reads it may name as well: that is documentation.
          if (through === undefined || read.get(id)?.has(need.id)) continue;
          const list = task.node.get("needs");
          const cut = list?.kind === "list" && isWithin(list, task) ? withoutItem(text, list, index) : undefined;
          report({
            at: need.node,
            message: `\`${id}\` needs \`${through.id}\`, which waits for \`${need.id}\` already`,
            hint: `remove \`${need.id}\`: nothing changes`,
            related: [{ at: through.node, message: `\`${through.id}\` stands here` }],
            ...(cut === undefined
              ? {}
              : { fix: { title: `remove \`${need.id}\` from \`needs\``, safe: true, edits: [{ at: cut, text: "" }] } }),
          });
        }
      }
    },
  },
};

/** Under the other rules an edge says more than what comes first: how a skip or a failure passes on. */
function passesAll(task: TaskSource | undefined): boolean {
  return task?.effectiveTriggerRule === "all_success";
}

/** The tasks in `needs` that another task in it waits for, and which one does. */
function impliedBy(task: TaskSource, pipeline: PipelineSource, graph: PipelineGraph): ReadonlyMap<string, NeedSource> {
  // The dependants of a branch are what it chooses from.
  const wanted = new Set(graph.needs(task.id).filter((id) => !pipeline.tasks.get(id)?.operator?.spec.branch));
  const found = new Map<string, NeedSource>();
  for (const need of task.needs) {
    const queue = [need.id];
    const seen = new Set(queue);
    for (const id of queue) {
      if (!passesAll(pipeline.tasks.get(id))) continue;
      for (const before of graph.needs(id)) {
        if (seen.has(before)) continue;
        seen.add(before);
        queue.push(before);
        if (wanted.has(before) && !found.has(before)) found.set(before, need);
      }
    }
  }
  return found;
}

/** The tasks that the expressions of each task name. */
function tasksRead(pipeline: PipelineSource): ReadonlyMap<string, ReadonlySet<string>> {
  const read = new Map<string, Set<string>>();
  for (const text of pipeline.texts) {
    if (text.task === undefined) continue;
    for (const { root, steps } of referencesIn(text)) {
      const name = steps[0]?.name;
      if (root.name !== "tasks" || name === undefined) continue;
      const names = read.get(text.task.id);
      if (names === undefined) read.set(text.task.id, new Set([name]));
      else names.add(name);
    }
  }
  return read;
}

function isWithin(list: { readonly start: number; readonly end: number }, { node }: TaskSource): boolean {
  return list.start >= node.start && list.end <= node.end;
}

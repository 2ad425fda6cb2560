import { casesOf } from "../branches.ts";
import { graphOf } from "../graph.ts";
import type { PipelineSource, TaskSource } from "../model.ts";
import type { Check, Finding } from "./check.ts";

/** Tasks that a sentence names before it says how many more there are. */
const NAMES_MAX = 4;

export const unreachableTask: Check = {
  code: "ENG305",
  name: "unreachable-task",
  severity: "warning",
  summary: "no run can ever reach the task, because of what branches choose",
  visit: {
    pipeline(pipeline, { report }) {
      const graph = graphOf(pipeline);
      const unreachable = new Set<string>();
      for (const id of graph.sorted()) {
        const task = pipeline.tasks.get(id);
        if (task === undefined || graph.isIncomplete(id)) continue;
        const required = requiredBy(task, pipeline);
        // Behind a task that is never reached nothing else is news.
        const isBehind = [...required].some((each) => unreachable.has(each));
        const finding = isBehind ? undefined : contradiction(task, required, pipeline);
        if (isBehind || finding !== undefined) unreachable.add(id);
        if (finding !== undefined) report(finding);
      }
    },
  },
};

/** The tasks without which this one doesn't run, itself included. */
function requiredBy(task: TaskSource, pipeline: PipelineSource): ReadonlySet<string> {
  const graph = graphOf(pipeline);
  const required = new Set([task.id, ...graph.certain(task.id)]);
  if (task.effectiveTriggerRule === "none_skipped") {
    for (const need of graph.needs(task.id)) for (const each of [need, ...graph.certain(need)]) required.add(each);
  }
  return required;
}

/** A branch that never lets all of these tasks run in one run. */
function contradiction(task: TaskSource, required: ReadonlySet<string>, pipeline: PipelineSource): Finding | undefined {
  const graph = graphOf(pipeline);
  for (const branch of pipeline.tasks.values()) {
    const cases = casesOf(branch);
    if (cases.length === 0) continue;
    const wanted = graph.dependants(branch.id).filter((id) => required.has(id) && waitsForBranch(pipeline, id));
    if (wanted.length === 0) continue;
    // A task downstream of a chosen one is not left out, though it needs the branch as well.
    const lets = (targets: readonly string[], id: string) =>
      targets.includes(id) || targets.some((target) => graph.ancestors(id).has(target));
    const ids = cases.map((each) => each.targets.map((target) => target.id));
    if (ids.some((targets) => wanted.every((id) => lets(targets, id)))) continue;
    return wanted.length === 1 && wanted[0] === task.id
      ? neverChosen(task, branch)
      : neverTogether(task, branch, wanted);
  }
  return undefined;
}

/** With the rule `always` a task waits for no choice. */
function waitsForBranch(pipeline: PipelineSource, id: string): boolean {
  return pipeline.tasks.get(id)?.effectiveTriggerRule !== "always";
}

function neverChosen(task: TaskSource, branch: TaskSource): Finding {
  return {
    at: task.key,
    message: `\`${task.id}\` can never run: it needs the branch \`${branch.id}\`, which never chooses it`,
    hint: `name it in a case of \`${branch.id}\`, or let it need what a case names`,
    related: [{ at: branch.operator?.key ?? branch.key, message: "the branch" }],
  };
}

function neverTogether(task: TaskSource, branch: TaskSource, wanted: readonly string[]): Finding {
  const names = wanted.filter((id) => id !== task.id).map((id) => `\`${id}\``);
  const shown = names.slice(0, NAMES_MAX).join(", ") + (names.length > NAMES_MAX ? ", …" : "");
  return {
    at: task.triggerRule?.node ?? task.node.entry("needs")?.keyNode ?? task.key,
    message: `\`${task.id}\` can never run: it waits for the success of ${shown}, and \`${branch.id}\` never lets them run together`,
    hint: "`trigger_rule: none_failed_min_one_success` runs it when one of its ways has succeeded",
    related: [{ at: branch.operator?.key ?? branch.key, message: "the branch" }],
  };
}

import { casesOf, targetsOf } from "../branches.ts";
import { graphOf } from "../graph.ts";
import type { PipelineSource, TaskSource } from "../model.ts";
import type { Check, Finding } from "./check.ts";

/** Tasks that a sentence names before it says that there are more. */
const NAMES_MAX = 4;

export const unreachableTask: Check = {
  code: "ENG305",
  name: "unreachable-task",
  severity: "warning",
  summary: "no run can ever reach the task, because of what branches choose",
  visit: {
    pipeline(pipeline, { report }) {
      const graph = graphOf(pipeline);
      const branches = [...pipeline.tasks.values()].filter((task) => isSound(task, pipeline));
      if (branches.length === 0) return;
      const unreachable: string[] = [];
      for (const id of graph.sorted) {
        const task = pipeline.tasks.get(id);
        // Behind a task that is never reached nothing else is news.
        if (
          task === undefined ||
          graph.isIncomplete(id) ||
          unreachable.some((each) => requires(task, each, pipeline))
        ) {
          continue;
        }
        const finding = contradiction(task, branches, pipeline);
        if (finding === undefined) continue;
        unreachable.push(id);
        report(finding);
      }
    },
  },
};

/** A branch whose targets are what they are meant to be: what a misspelt one meant is anybody's guess. */
function isSound(task: TaskSource, pipeline: PipelineSource): boolean {
  const targets = targetsOf(task);
  if (targets.length === 0) return false;
  const dependants = graphOf(pipeline).dependants(task.id);
  return targets.every((target) => dependants.includes(target.id));
}

/** Whether the task runs only in runs in which `other` runs. */
function requires(task: TaskSource, other: string, pipeline: PipelineSource): boolean {
  const graph = graphOf(pipeline);
  if (task.id === other || graph.isCertain(task.id, other)) return true;
  if (task.effectiveTriggerRule !== "none_skipped") return false;
  return graph.needs(task.id).some((need) => need === other || graph.isCertain(need, other));
}

/** A branch that never lets all that the task requires run in one run. */
function contradiction(
  task: TaskSource,
  branches: readonly TaskSource[],
  pipeline: PipelineSource,
): Finding | undefined {
  const graph = graphOf(pipeline);
  for (const branch of branches) {
    const wanted = graph.dependants(branch.id).filter((id) => {
      // With the rule `always` a task waits for no choice.
      const waits = pipeline.tasks.get(id)?.effectiveTriggerRule !== "always";
      return waits && requires(task, id, pipeline);
    });
    if (wanted.length === 0) continue;
    // A task downstream of a chosen one is not left out, though it needs the branch as well.
    const lets = (targets: readonly string[], id: string) =>
      targets.includes(id) || targets.some((target) => graph.ancestors(id).has(target));
    const chosen = casesOf(branch).map((each) => each.targets.map((target) => target.id));
    // With `for_each` each item chooses, and what any of them chose runs.
    const cases = branch.forEach === undefined ? chosen : [chosen.flat()];
    if (cases.some((targets) => wanted.every((id) => lets(targets, id)))) continue;
    return wanted.length === 1 && wanted[0] === task.id
      ? neverChosen(task, branch)
      : neverTogether(task, branch, wanted);
  }
  return undefined;
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

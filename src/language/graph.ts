import type { TriggerRule } from "../core/index.ts";
import type { PipelineSource, TaskSource } from "./model.ts";

/*
 * What the shape of a pipeline says of its runs, before any of them: who comes before whom, who may be
 * skipped, and whose success is certain by the time a task runs.
 */

/** Joins that stand behind joins. Deeper ones count as telling nothing, which costs a warning at worst. */
const JOINS_MAX = 50;

const graphs = new WeakMap<PipelineSource, PipelineGraph>();

/** The graph of a pipeline; made once for each. */
export function graphOf(pipeline: PipelineSource): PipelineGraph {
  let graph = graphs.get(pipeline);
  if (graph === undefined) {
    graph = new PipelineGraph(pipeline);
    graphs.set(pipeline, graph);
  }
  return graph;
}

export class PipelineGraph {
  readonly #tasks: ReadonlyMap<string, TaskSource>;
  readonly #dependants = new Map<string, string[]>();
  readonly #ancestors = new Map<string, ReadonlySet<string>>();
  #skippable: ReadonlySet<string> | undefined;

  constructor(pipeline: PipelineSource) {
    this.#tasks = pipeline.tasks;
    for (const task of pipeline.tasks.values()) {
      for (const need of new Set(task.needs.map((each) => each.id))) {
        const known = this.#dependants.get(need);
        if (known === undefined) this.#dependants.set(need, [task.id]);
        else known.push(task.id);
      }
    }
  }

  /** The tasks that need this one, in the order of the file. */
  dependants(id: string): readonly string[] {
    return this.#dependants.get(id) ?? [];
  }

  /** The tasks that this one needs, each once, without names that stand for no task. */
  needs(id: string): readonly string[] {
    const needs = this.#tasks.get(id)?.needs.map((need) => need.id) ?? [];
    return [...new Set(needs)].filter((need) => this.#tasks.has(need));
  }

  /** Every task that is decided before this one begins. In a circle a task comes before itself. */
  ancestors(id: string): ReadonlySet<string> {
    let found = this.#ancestors.get(id);
    if (found === undefined) {
      const reached = new Set(this.needs(id));
      for (const each of reached) for (const need of this.needs(each)) reached.add(need);
      found = reached;
      this.#ancestors.set(id, found);
    }
    return found;
  }

  /** Whether a name in the `needs` of the task, or of one before it, stands for no well-formed task. */
  isIncomplete(id: string): boolean {
    return [id, ...this.ancestors(id)].some((each) =>
      this.#tasks.get(each)?.needs.some((need) => !this.#tasks.has(need.id)),
    );
  }

  /** Tasks in an order in which each comes after what it needs; those in a circle, or behind one, are left out. */
  sorted(): readonly string[] {
    const open = new Map([...this.#tasks.keys()].map((id) => [id, this.needs(id).length]));
    const order = [...open].filter(([, needs]) => needs === 0).map(([id]) => id);
    // Grows while it is walked.
    for (const id of order) {
      for (const dependant of this.dependants(id)) {
        const left = (open.get(dependant) ?? 0) - 1;
        open.set(dependant, left);
        if (left === 0) order.push(dependant);
      }
    }
    return order;
  }

  /** Whether a run may skip the task though nothing failed: by its `if`, a branch, its rule or a skipped task before it. */
  maySkip(id: string): boolean {
    this.#skippable ??= this.#findSkippable();
    return this.#skippable.has(id);
  }

  /** Whether the task `id` can only run in runs in which `earlier` has succeeded. */
  isCertain(id: string, earlier: string): boolean {
    return this.certain(id).has(earlier);
  }

  /** Every task that has succeeded whenever this one runs. */
  certain(id: string): ReadonlySet<string> {
    return this.#certain(id, 0);
  }

  #findSkippable(): ReadonlySet<string> {
    const skippable = new Set<string>();
    for (const id of this.sorted()) {
      const task = this.#tasks.get(id);
      if (task === undefined) continue;
      const needs = this.needs(id);
      const skipped = needs.filter((need) => skippable.has(need)).length;
      if (
        this.#skipsItself(task) ||
        (needs.length > 0 && passesSkipOn(task.effectiveTriggerRule, skipped, needs.length))
      ) {
        skippable.add(id);
      }
    }
    return skippable;
  }

  #skipsItself(task: TaskSource): boolean {
    if (task.if !== undefined || isTrue(task, "soft_fail")) return true;
    if (task.effectiveTriggerRule === "always") return false;
    return this.needs(task.id).some((need) => this.#tasks.get(need)?.operator?.spec.branch);
  }

  /** The tasks that must have succeeded for this one to run. */
  #certain(id: string, joins: number): ReadonlySet<string> {
    const certain = new Set<string>();
    const ran = [id];
    const succeeded = (each: string): void => {
      const task = this.#tasks.get(each);
      // A failure that is allowed counts as a success for those that come after it.
      if (task === undefined || isTrue(task, "allow_failure") || certain.has(each)) return;
      certain.add(each);
      ran.push(each);
    };
    for (let each = ran.pop(); each !== undefined; each = ran.pop()) {
      const needs = this.needs(each);
      const rule = this.#tasks.get(each)?.effectiveTriggerRule ?? "all_success";
      if (rule === "all_success") needs.forEach(succeeded);
      if (rule === "none_failed" || rule === "none_failed_min_one_success") {
        needs.filter((need) => !this.maySkip(need)).forEach(succeeded);
      }
      if (rule === "all_done_min_one_success" || rule === "one_success" || rule === "none_failed_min_one_success") {
        for (const common of this.#commonTo(needs, joins)) succeeded(common);
      }
    }
    return certain;
  }

  /** What is certain whichever of these tasks succeeded. */
  #commonTo(needs: readonly string[], joins: number): readonly string[] {
    if (joins >= JOINS_MAX) return [];
    const [first, ...others] = needs.map((need) => {
      const task = this.#tasks.get(need);
      if (task !== undefined && isTrue(task, "allow_failure")) return new Set<string>();
      return new Set([need, ...this.#certain(need, joins + 1)]);
    });
    return first === undefined ? [] : [...first].filter((id) => others.every((other) => other.has(id)));
  }
}

/** Whether a task is skipped because of `skipped` of the tasks that it needs, were they the only ones not to succeed. */
function passesSkipOn(rule: TriggerRule, skipped: number, needs: number): boolean {
  switch (rule) {
    case "all_success":
    case "none_skipped":
    case "all_done_min_one_success":
      return skipped > 0;
    case "one_success":
    case "one_done":
    case "none_failed_min_one_success":
      return skipped === needs;
    case "all_failed":
    case "one_failed":
    case "all_skipped":
      return true;
    case "none_failed":
    case "all_done":
    case "always":
      return false;
  }
}

function isTrue(task: TaskSource, key: string): boolean {
  const node = task.node.get(key);
  return node?.kind === "scalar" && node.value === true;
}

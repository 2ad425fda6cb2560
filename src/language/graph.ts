import type { TriggerRule } from "../core/index.ts";
import type { PipelineSource, TaskSource } from "./model.ts";

/*
 * What the shape of a pipeline says of its runs, before any of them: who comes before whom, who may be
 * skipped, and whose success is certain by the time a task runs. A file may hold thousands of tasks, so
 * each answer costs at most one walk over the graph, and is kept where it is asked for again.
 */

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

const NO_TASKS: readonly string[] = [];

export class PipelineGraph {
  /**
   * Tasks in an order in which each comes after what it needs. Those in a circle, or behind one, are left out.
   */
  readonly sorted: readonly string[];
  readonly #tasks: ReadonlyMap<string, TaskSource>;
  readonly #needs = new Map<string, readonly string[]>();
  readonly #dependants = new Map<string, string[]>();
  /** The tasks for which a task's success is certain, by that task. */
  readonly #certainFor = new Map<string, ReadonlySet<string>>();
  /** The latest answer: a task's expressions are checked one after the other. */
  #ancestors: { readonly of: string; readonly ids: ReadonlySet<string> } | undefined;
  #descendants: { readonly of: string; readonly ids: ReadonlySet<string> } | undefined;
  #incomplete: ReadonlySet<string> | undefined;
  #skippable: ReadonlySet<string> | undefined;

  constructor(pipeline: PipelineSource) {
    this.#tasks = pipeline.tasks;
    for (const task of pipeline.tasks.values()) {
      const needs = [...new Set(task.needs.map((need) => need.id))].filter((id) => pipeline.tasks.has(id));
      this.#needs.set(task.id, needs);
      for (const need of needs) {
        const known = this.#dependants.get(need);
        if (known === undefined) this.#dependants.set(need, [task.id]);
        else known.push(task.id);
      }
    }
    this.sorted = this.#sort();
  }

  /** The tasks that need this one, in the order of the file. */
  dependants(id: string): readonly string[] {
    return this.#dependants.get(id) ?? NO_TASKS;
  }

  /** The tasks that this one needs, each once, without names that stand for no task. */
  needs(id: string): readonly string[] {
    return this.#needs.get(id) ?? NO_TASKS;
  }

  /** Every task that is decided before this one begins. In a circle a task comes before itself. */
  ancestors(id: string): ReadonlySet<string> {
    if (this.#ancestors?.of !== id) {
      const ids = new Set(this.needs(id));
      for (const each of ids) for (const need of this.needs(each)) ids.add(need);
      this.#ancestors = { of: id, ids };
    }
    return this.#ancestors.ids;
  }

  /** Every task that this one is decided before. In a circle a task comes after itself. */
  descendants(id: string): ReadonlySet<string> {
    if (this.#descendants?.of !== id) {
      const ids = new Set(this.dependants(id));
      for (const each of ids) for (const dependant of this.dependants(each)) ids.add(dependant);
      this.#descendants = { of: id, ids };
    }
    return this.#descendants.ids;
  }

  /** Whether it is unclear when the task, or one before it, runs: also when a name in its `needs` stands for no well-formed task. */
  isIncomplete(id: string): boolean {
    if (this.#incomplete === undefined) {
      const isBroken = (task: TaskSource) => task.unclear || task.needs.some((need) => !this.#tasks.has(need.id));
      const found = new Set([...this.#tasks.values()].filter(isBroken).map((task) => task.id));
      for (const each of found) for (const dependant of this.dependants(each)) found.add(dependant);
      this.#incomplete = found;
    }
    return this.#incomplete.has(id);
  }

  /** Whether a run may skip the task though nothing failed: by its `if`, a branch, its rule or a skipped task before it. */
  maySkip(id: string): boolean {
    this.#skippable ??= this.#findSkippable();
    return this.#skippable.has(id);
  }

  /** Whether the task `id` runs only in runs in which `earlier` has succeeded before. */
  isCertain(id: string, earlier: string): boolean {
    let found = this.#certainFor.get(earlier);
    if (found === undefined) {
      found = this.#findCertainFor(earlier);
      this.#certainFor.set(earlier, found);
    }
    return found.has(id);
  }

  #sort(): readonly string[] {
    const open = new Map([...this.#needs].map(([id, needs]) => [id, needs.length]));
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

  #findSkippable(): ReadonlySet<string> {
    const skippable = new Set<string>();
    for (const id of this.sorted) {
      const task = this.#tasks.get(id);
      if (task === undefined) continue;
      const needs = this.needs(id);
      const skipped = needs.filter((need) => skippable.has(need)).length;
      const passesOn = needs.length > 0 && passesSkipOn(task.effectiveTriggerRule, skipped, needs.length);
      if (this.#skipsItself(task) || passesOn) skippable.add(id);
    }
    return skippable;
  }

  #skipsItself(task: TaskSource): boolean {
    if (task.if !== undefined || isTrue(task, "soft_fail")) return true;
    if (task.effectiveTriggerRule === "always") return false;
    return this.needs(task.id).some((need) => this.#tasks.get(need)?.operator?.spec.branch);
  }

  #findCertainFor(earlier: string): ReadonlySet<string> {
    const certain = new Set<string>();
    /** Whether the success of `need` shows that of `earlier`. A failure that is allowed looks like a success. */
    const shows = (need: string): boolean => {
      const task = this.#tasks.get(need);
      return task !== undefined && !isTrue(task, "allow_failure") && (need === earlier || certain.has(need));
    };
    for (const id of this.sorted) {
      const needs = this.needs(id);
      switch (this.#tasks.get(id)?.effectiveTriggerRule) {
        case "all_success":
          if (needs.some(shows)) certain.add(id);
          break;
        case "none_failed":
          if (needs.some((need) => shows(need) && !this.maySkip(need))) certain.add(id);
          break;
        case "none_failed_min_one_success":
          if (needs.some((need) => shows(need) && !this.maySkip(need)) || isNonEmptyAnd(needs, shows)) certain.add(id);
          break;
        case "one_success":
        case "all_done_min_one_success":
          if (isNonEmptyAnd(needs, shows)) certain.add(id);
          break;
        default:
          // The other rules let a task run whatever became of those before it.
          break;
      }
    }
    return certain;
  }
}

/** Whichever of them succeeded, it shows. */
function isNonEmptyAnd(needs: readonly string[], shows: (need: string) => boolean): boolean {
  return needs.length > 0 && needs.every(shows);
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

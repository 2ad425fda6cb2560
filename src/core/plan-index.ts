import { invariant } from "./invariant.ts";
import type { RunPlan, TaskPlan } from "./model.ts";
import type { TaskId } from "./names.ts";

/** A task with its edges resolved. Edges to tasks that a run with `only` leaves out are not there. */
export interface PlannedTask {
  readonly plan: TaskPlan;
  /** Position in the pipeline. */
  readonly order: number;
  /** Position in a topological order: every task that it needs has a lower one. */
  readonly rank: number;
  /** False when the run was told to run only other tasks. */
  readonly selected: boolean;
  readonly needs: readonly PlannedTask[];
  readonly dependants: readonly PlannedTask[];
  /** Those of `needs` that choose among their dependants. */
  readonly branches: readonly PlannedTask[];
}

interface Draft extends PlannedTask {
  rank: number;
  readonly needs: PlannedTask[];
  readonly dependants: Draft[];
  readonly branches: PlannedTask[];
}

/** Of whole plans. Runs of one version share their plan. */
const indexes = new WeakMap<RunPlan, PlanIndex>();

/** What can be known of a run's tasks before it starts. Built in O(tasks + edges). */
export class PlanIndex {
  /** The index of a plan, or of those of its tasks that are in `only`. */
  static of(plan: RunPlan, only: readonly TaskId[] | undefined): PlanIndex {
    if (only !== undefined) return new PlanIndex(plan, only);
    const known = indexes.get(plan);
    if (known !== undefined) return known;
    const made = new PlanIndex(plan, undefined);
    indexes.set(plan, made);
    return made;
  }

  /** In the pipeline's order. */
  readonly tasks: readonly PlannedTask[];
  readonly #by_id: ReadonlyMap<TaskId, PlannedTask>;

  private constructor(plan: RunPlan, only: readonly TaskId[] | undefined) {
    const selection = only && new Set(only);
    const drafts = plan.tasks.map((task, order): Draft => {
      const selected = selection?.has(task.id) ?? true;
      return { plan: task, order, rank: 0, selected, needs: [], dependants: [], branches: [] };
    });
    const by_id = new Map(drafts.map((draft) => [draft.plan.id, draft]));
    invariant(by_id.size === drafts.length, () => `pipeline ${plan.pipeline} has two tasks with one id`);
    for (const draft of drafts) {
      for (const id of new Set(draft.plan.needs)) {
        const need = by_id.get(id);
        invariant(need !== undefined, () => `task ${draft.plan.id} needs ${id}, which is not a task`);
        if (!draft.selected || !need.selected) continue;
        draft.needs.push(need);
        need.dependants.push(draft);
        if (need.plan.branch) draft.branches.push(need);
      }
    }
    rankTasks(drafts);
    this.tasks = drafts;
    this.#by_id = by_id;
  }

  get(id: TaskId): PlannedTask | undefined {
    return this.#by_id.get(id);
  }
}

/** Numbers tasks in a topological order (Kahn). */
function rankTasks(drafts: readonly Draft[]): void {
  const open = drafts.map((draft) => draft.needs.length);
  const ready = drafts.filter((draft) => draft.needs.length === 0);
  for (const [rank, draft] of ready.entries()) {
    draft.rank = rank;
    for (const dependant of draft.dependants) {
      const left = (open[dependant.order] ?? 0) - 1;
      open[dependant.order] = left;
      if (left === 0) ready.push(dependant);
    }
  }
  invariant(ready.length === drafts.length, () => "tasks need each other in a circle");
}

/**
 * The direct dependants that a branch's choice leaves out: those that are not chosen and not
 * downstream of a chosen one either (a join that needs the branch as well as its ways).
 * Looks no further than the last dependant in question.
 */
export function excludedBy(branch: PlannedTask, chosen: readonly TaskId[]): ReadonlySet<PlannedTask> {
  const excluded = new Set(branch.dependants.filter((dependant) => !chosen.includes(dependant.plan.id)));
  let last = -1;
  for (const task of excluded) if (task.needs.length > 1) last = Math.max(last, task.rank);
  const reached = new Set(branch.dependants.filter((dependant) => !excluded.has(dependant)));
  for (const task of reached) {
    for (const dependant of task.dependants) {
      if (dependant.rank > last) continue;
      excluded.delete(dependant);
      reached.add(dependant);
    }
  }
  return excluded;
}

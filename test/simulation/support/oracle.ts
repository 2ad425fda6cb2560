import type { RunPlan, TaskId, TaskKey, TaskPlan, TaskState, TriggerRule } from "../../../src/core/index.ts";

/*
 * The rules once more, as slowly and plainly as they can be said, from the states of the upstream
 * tasks and nothing else. Written from the documentation, not from the code under test.
 */

/** How a task's end looks to those that need it. */
export type Seen = "open" | "success" | "failed" | "upstream_failed" | "skipped";

type Said = "wait" | "run" | "skipped" | "upstream_failed";

/** What each rule asks of upstream tasks that are all decided. */
const WHEN_ALL_ARE_DONE: Readonly<Record<TriggerRule, (upstream: readonly Seen[]) => Said>> = {
  all_success: (up) => (up.some(isFailure) ? "upstream_failed" : up.includes("skipped") ? "skipped" : "run"),
  all_failed: (up) => (up.every(isFailure) ? "run" : "skipped"),
  all_done: () => "run",
  all_skipped: (up) => (up.every((one) => one === "skipped") ? "run" : "skipped"),
  one_success: (up) => (up.includes("success") ? "run" : up.some(isFailure) ? "upstream_failed" : "skipped"),
  one_failed: (up) => (up.some(isFailure) ? "run" : "skipped"),
  one_done: (up) => (up.includes("success") || up.includes("failed") ? "run" : "skipped"),
  none_failed: (up) => (up.some(isFailure) ? "upstream_failed" : "run"),
  none_failed_min_one_success: (up) =>
    up.some(isFailure) ? "upstream_failed" : up.includes("success") ? "run" : "skipped",
  none_skipped: (up) => (up.includes("skipped") ? "skipped" : "run"),
  all_done_min_one_success: (up) =>
    up.includes("skipped") ? "skipped" : up.includes("success") ? "run" : "upstream_failed",
  always: () => "run",
};

function isFailure(seen: Seen): boolean {
  return seen === "failed" || seen === "upstream_failed";
}

const DECIDED: readonly Seen[] = ["success", "failed", "upstream_failed", "skipped"];

/** Every way in which the upstream tasks that are open may end. */
function* endingsOf(upstream: readonly Seen[]): Iterable<readonly Seen[]> {
  const open = upstream.indexOf("open");
  if (open < 0) {
    yield upstream;
    return;
  }
  for (const end of DECIDED) yield* endingsOf(upstream.with(open, end));
}

const known = new Map<string, Said>();

/**
 * What a rule says of a task: once every way in which the open ones may end leads to the same, that;
 * but a skip only when nothing is open.
 */
function ruleSays(rule: TriggerRule, upstream: readonly Seen[]): Said {
  if (upstream.length === 0) return "run";
  // More than two open ones tell no more than two do.
  const open = upstream.filter((seen) => seen === "open").slice(0, 2);
  const shape = [...upstream.filter((seen) => seen !== "open").sort(), ...open];
  const name = `${rule} ${shape}`;
  let said = known.get(name);
  if (said === undefined) {
    const said_of_all = new Set(Array.from(endingsOf(shape), (ending) => WHEN_ALL_ARE_DONE[rule](ending)));
    const [only = "wait"] = said_of_all;
    said = said_of_all.size > 1 || (only === "skipped" && open.length > 0) ? "wait" : only;
    // A rule that holds whatever comes still waits if it speaks of all.
    if (said === "run" && open.length > 0 && WAITS_FOR_ALL.has(rule)) said = "wait";
    known.set(name, said);
  }
  return said;
}

const WAITS_FOR_ALL: ReadonlySet<TriggerRule> = new Set(["all_done"]);

/** What the oracle needs to know of a task run. */
export interface Standing {
  readonly state: TaskState;
  readonly chosen?: readonly TaskId[];
}

type TaskRuns = ReadonlyMap<TaskKey, Standing>;

/** The tasks of a plan that take part in a run, and the edges between them. */
export class Graph {
  readonly tasks: ReadonlyMap<TaskId, TaskPlan>;

  constructor(plan: RunPlan, only: readonly TaskId[] | undefined) {
    const taking_part = plan.tasks.filter((task) => only === undefined || only.includes(task.id));
    this.tasks = new Map(taking_part.map((task) => [task.id, task]));
  }

  needsOf(id: TaskId): readonly TaskPlan[] {
    const needs = this.tasks.get(id)?.needs ?? [];
    return needs.flatMap((need) => this.tasks.get(need) ?? []);
  }

  dependantsOf(id: TaskId): readonly TaskId[] {
    return [...this.tasks.values()].filter((task) => task.needs.includes(id)).map((task) => task.id);
  }

  /** Every task downstream of these, and these. */
  downstreamOf(ids: readonly TaskId[]): ReadonlySet<TaskId> {
    const found = new Set(ids.filter((id) => this.tasks.has(id)));
    for (const id of found) for (const next of this.dependantsOf(id)) found.add(next);
    return found;
  }

  /** What the state of its upstream tasks makes of a task that is not decided. */
  says(id: TaskId, task_runs: TaskRuns): Said {
    const task = this.tasks.get(id);
    if (task === undefined) return "skipped";
    if (task.trigger_rule === "always") return "run";
    const branches = this.needsOf(id).filter((need) => need.branch);
    if (branches.some((branch) => this.#leavesOut(branch, id, task_runs))) return "skipped";
    if (branches.some((branch) => seen(branch, task_runs) === "open")) return "wait";
    return ruleSays(
      task.trigger_rule,
      this.needsOf(id).map((need) => seen(need, task_runs)),
    );
  }

  #leavesOut(branch: TaskPlan, id: TaskId, task_runs: TaskRuns): boolean {
    const { state, chosen } = wholeOf(branch.id, task_runs);
    const failed_and_may = state === "failed" && branch.allow_failure;
    if (!failed_and_may && (state !== "success" || chosen === undefined)) return false;
    const ways = this.dependantsOf(branch.id).filter((dependant) => !failed_and_may && chosen?.includes(dependant));
    return !this.downstreamOf(ways).has(id);
  }
}

function wholeOf(id: TaskId, task_runs: TaskRuns): Standing {
  const whole = task_runs.get(id as string as TaskKey);
  if (whole === undefined) throw new Error(`there is no task run ${id}`);
  return whole;
}

export function seen(task: TaskPlan, task_runs: TaskRuns): Seen {
  const { state } = wholeOf(task.id, task_runs);
  if (state === "failed" && task.allow_failure) return "success";
  if (state === "success" || state === "failed" || state === "upstream_failed" || state === "skipped") return state;
  return state === "cancelled" ? "upstream_failed" : "open";
}

/** Whether a finished run deserves to be called a success, cancels and time-outs aside. */
export function isGood(plan: RunPlan, task_runs: TaskRuns): boolean {
  return plan.tasks.every((task) => {
    const { state } = wholeOf(task.id, task_runs);
    return task.allow_failure || state === "success" || state === "skipped";
  });
}

import type { Pipeline, SlotUse, Task, TaskRun } from "../generated/api.ts";
import { isOpen, labelOf } from "./states.ts";
import { duration, relative } from "./words.ts";

/** What tells why a task run doesn't run. */
export interface Surroundings {
  readonly pipeline: Pipeline | undefined;
  readonly task_runs: readonly TaskRun[];
  readonly uses: readonly SlotUse[];
  readonly now: number;
}

/** Why a task run isn't running, in one sentence; undefined when it runs or has ended. */
export function whyNotRunning(row: TaskRun, { pipeline, task_runs, uses, now }: Surroundings): string | undefined {
  const task = pipeline?.tasks.find(({ id }) => id === row.task);
  switch (row.state) {
    case "none":
      return upstreams(task, task_runs);
    case "queued":
      return slots(row, uses, task);
    case "up_for_retry":
      return row.wake_at === undefined
        ? "It waits for its next attempt."
        : `Its next attempt starts ${relative(row.wake_at, now)}.`;
    case "waiting":
      return task?.operator === "approval"
        ? "It waits for a person's answer."
        : "It waits for what its sensor looks for.";
    default:
      return undefined;
  }
}

function upstreams(task: Task | undefined, task_runs: readonly TaskRun[]): string {
  const wholes = new Map(task_runs.filter(({ index }) => index === undefined).map((row) => [row.key, row]));
  const open = (task?.needs ?? []).flatMap((id) => {
    const state = wholes.get(id)?.state ?? "none";
    return isOpen(state) ? [`${id} (${labelOf(state)})`] : [];
  });
  if (open.length === 0) return "It is about to be decided.";
  return `It waits for ${open.slice(0, 5).join(", ")}${open.length > 5 ? ` and ${open.length - 5} more` : ""}.`;
}

function slots(row: TaskRun, uses: readonly SlotUse[], task: Task | undefined): string {
  const use = uses.find(({ queued }) => queued.some(({ run_id, key }) => run_id === row.run_id && key === row.key));
  if (use === undefined && task?.depends_on_past) {
    return `It waits until ${row.task} has succeeded in the run of the slot before (depends_on_past).`;
  }
  if (use === undefined) return "It waits for a slot of its run (max_active_tasks).";
  const name = use.pool === undefined ? "The engine's concurrency" : `Pool ${use.pool}`;
  const holders = use.holders.slice(0, 3).map(({ run_id, key }) => `${key} of ${run_id}`);
  const more = use.holders.length > 3 ? ` and ${use.holders.length - 3} more` : "";
  const ahead = use.queued.findIndex(({ run_id, key }) => run_id === row.run_id && key === row.key);
  const line = ahead > 0 ? ` ${ahead} ${ahead === 1 ? "stands" : "stand"} before it.` : "";
  const needs = (task?.pool_slots ?? 1) > 1 ? ` It needs ${task?.pool_slots}.` : "";
  return `${name} is full (${use.used} of ${use.slots}): held by ${holders.join(", ") || "others"}${more}.${line}${needs}`;
}

/** The failure of a task run or an attempt in words. */
export function failureWords(failure: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (failure === undefined) return undefined;
  const { message, reason } = failure;
  return typeof message === "string" ? message : typeof reason === "string" ? labelOf(reason) : undefined;
}

/** Lines of its end that are shown where something failed. */
const TAIL = 4;

/** The end of what a failed attempt printed; in lines; none when it isn't known. */
export function logTailOf(failure: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const lines = failure?.log_tail;
  return Array.isArray(lines) ? lines.slice(-TAIL).map(String) : [];
}

/** A task and all that follow from it. */
export function downstreamOf(tasks: readonly Pick<Task, "id" | "needs">[], from: readonly string[]): readonly string[] {
  const found = new Set(from);
  // Tasks may stand in any order in a file.
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { id, needs } of tasks) if (needs.some((need) => found.has(need))) found.add(id);
  }
  return tasks.map(({ id }) => id).filter((id) => found.has(id));
}

/** How long a task run took, or has gone on; undefined before its start. */
export function lengthOf(
  { started_at, finished_at }: Pick<TaskRun, "started_at" | "finished_at">,
  now: number,
): string | undefined {
  return started_at === undefined ? undefined : duration((finished_at ?? now) - started_at);
}

/**
 * The tasks that made the run take as long as it did: from the last to end, each time the one of its needs that ended
 * last.
 */
export function criticalPath(
  tasks: readonly Pick<Task, "id" | "needs">[],
  task_runs: readonly TaskRun[],
): ReadonlySet<string> {
  const ended = new Map(
    task_runs.flatMap(({ key, finished_at, started_at }) =>
      finished_at === undefined || started_at === undefined ? [] : [[key, finished_at] as const],
    ),
  );
  const needs = new Map(tasks.map((task) => [task.id, task.needs]));
  const lastOf = (ids: readonly string[]): string | undefined =>
    ids
      .filter((id) => ended.has(id))
      .reduce<string | undefined>(
        (last, id) => (last === undefined || (ended.get(id) ?? 0) > (ended.get(last) ?? 0) ? id : last),
        undefined,
      );
  const path = new Set<string>();
  for (let at = lastOf(tasks.map(({ id }) => id)); at !== undefined && !path.has(at); at = lastOf(needs.get(at) ?? []))
    path.add(at);
  return path;
}

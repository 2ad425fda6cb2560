import type { JsonValue } from "../lib/index.ts";
import type { Evaluated, FinalRunState, FinalTaskState, RunEventBody, TaskRun, TriggerRule } from "./model.ts";
import type { TaskId, TaskKey } from "./names.ts";
import type { Failure } from "./outcome.ts";
import type { PlannedTask } from "./plan-index.ts";
import { type RunRecord, seenAs } from "./run-record.ts";
import { isFinal } from "./task-run.ts";
import { judge, type Tally } from "./trigger-rules.ts";
import type { Turn } from "./turn.ts";

/** The most items that one `for_each` may give. More is a mistake more often than a wish, and would stall a run. */
export const ITEMS_MAX = 10_000;

/** Tasks that a sentence names before it says how many more there are. */
const NAMES_MAX = 3;

type Finished = Extract<RunEventBody, { readonly type: "task_finished" }>;
/** What goes with a task's end, besides the state. */
type Ending = Omit<Finished, "type" | "key" | "state">;

export function finished(key: TaskKey, state: FinalTaskState, ending: Ending = {}): Finished {
  return { type: "task_finished", key, state, ...ending };
}

/** It waits for a slot for its next attempt. */
export function queued({ key, attempt }: TaskRun): RunEventBody {
  return { type: "task_queued", key, attempt: attempt + 1 };
}

/** The first decision of a run, or the first after tasks were cleared. */
export function start(turn: Turn): void {
  const { record } = turn;
  const { timeout_ms } = record.plan;
  turn.emit({ type: "run_started", ...(timeout_ms !== undefined && { deadline_at: turn.now + timeout_ms }) });
  for (const task of record.tasks) turn.lookAt(task);
}

/** Brings the run to rest: decides every task that can be decided now, and the run when nothing is left. */
export function settle(turn: Turn): void {
  for (let next = turn.nextToLookAt(); next !== undefined; next = turn.nextToLookAt()) lookAt(turn, next);
  finishRun(turn);
}

function lookAt(turn: Turn, planned: PlannedTask): void {
  const { record } = turn;
  const whole = record.whole(planned);
  if (whole.state === "none" && record.state === "running") {
    const verdict = verdictOn(record, planned, whole.key);
    if (verdict === "run") begin(turn, planned, whole);
    else if (verdict !== "wait") turn.emit(verdict);
  } else if (whole.state === "running" && record.expansion(planned.plan.id)?.tally.open === 0) {
    turn.emit(wholeFinished(record, planned));
  }
}

/** What its upstream tasks make of a task that is not decided. */
function verdictOn(record: RunRecord, planned: PlannedTask, key: TaskKey): "wait" | "run" | Finished {
  if (!planned.selected) return finished(key, "skipped", { why: "not among the tasks that this run was asked for" });
  const { trigger_rule } = planned.plan;
  // `always` waits for nothing, so no branch can choose for it. Under any other rule a task does not
  // overtake the choice of a branch that it needs.
  if (trigger_rule !== "always") {
    const excluding = planned.branches.find((branch) => record.excludes(branch, planned));
    if (excluding !== undefined)
      return finished(key, "skipped", { why: `branch ${excluding.plan.id} did not choose it` });
    if (planned.branches.some((branch) => !isFinal(record.whole(branch).state))) return "wait";
  }
  const verdict = judge(trigger_rule, record.tally(planned));
  if (verdict === "wait" || verdict === "run") return verdict;
  return finished(key, verdict, { why: because(record, planned, verdict) });
}

/** Which upstream tasks keep a task from running when its rule skips it; a skipped one, unless the rule says otherwise. */
const SKIPPED_BECAUSE_OF: Partial<Record<TriggerRule, readonly (keyof Tally)[]>> = {
  all_failed: ["success", "skipped"],
  all_skipped: ["success", "failed", "upstream_failed"],
  one_failed: [],
  one_done: [],
};

/** A sentence on why a trigger rule does not hold, with the first upstream task that is to blame. */
function because(record: RunRecord, planned: PlannedTask, verdict: "skipped" | "upstream_failed"): string {
  const { trigger_rule } = planned.plan;
  const blamed =
    verdict === "upstream_failed" ? FAILURES : (SKIPPED_BECAUSE_OF[trigger_rule] ?? (["skipped"] as const));
  const culprit = planned.needs.find((need) => blamed.includes(seenAs(need, record.whole(need))));
  const rule = `trigger rule ${trigger_rule} does not hold`;
  return culprit === undefined ? rule : `${rule}: ${culprit.plan.id} is ${record.whole(culprit).state}`;
}

const FAILURES: readonly (keyof Tally)[] = ["failed", "upstream_failed"];

/** The trigger rule holds. What remains is `for_each`, `if` and a slot. */
function begin(turn: Turn, planned: PlannedTask, whole: TaskRun): void {
  const { record } = turn;
  const { id, for_each } = planned.plan;
  if (for_each === undefined) {
    turn.emit(admitted(record, planned, whole));
    return;
  }
  const items = record.plan.evaluator.items(record, id);
  const refusal = refusalOf(items);
  if (refusal !== undefined) turn.emit(finished(whole.key, "failed", expressionFailed("for_each", refusal)));
  else if (!items.ok || items.value.length === 0) {
    turn.emit(finished(whole.key, "skipped", { why: "its `for_each` gave no items" }));
  } else {
    turn.emit({ type: "task_expanded", task: id, items: items.value });
    for (const item of record.items(id)) turn.emit(admitted(record, planned, item));
  }
}

function refusalOf(items: Evaluated<readonly JsonValue[]>): string | undefined {
  if (!items.ok) return items.message;
  if (items.value.length <= ITEMS_MAX) return undefined;
  return `it gave ${items.value.length} items, and ${ITEMS_MAX} are the most; hand on fewer or larger ones`;
}

/** Asks the `if` of a task run whose trigger rule holds. */
export function admitted(record: RunRecord, planned: PlannedTask, task: TaskRun): RunEventBody {
  if (!planned.plan.conditional) return queued(task);
  const condition = record.plan.evaluator.condition(record, task.key);
  if (!condition.ok) return finished(task.key, "failed", expressionFailed("if", condition.message));
  return condition.value ? queued(task) : finished(task.key, "skipped", { why: "its `if` is false" });
}

function expressionFailed(where: "if" | "for_each", message: string): { readonly failure: Failure } {
  return { failure: { reason: "expression_failed", message: `its \`${where}\` could not be used: ${message}` } };
}

/** The end of a mapped task whose items are all decided. */
export function wholeFinished(record: RunRecord, planned: PlannedTask): Finished {
  const { key } = record.whole(planned);
  const items = record.items(planned.plan.id);
  const failed = items.filter((item) => item.state === "failed");
  if (failed.length > 0) {
    const failure = failed[0]?.failure;
    const why = `${failed.length} of ${items.length} items failed: ${names(failed.map((item) => item.key))}`;
    return finished(key, "failed", { why, ...(failure !== undefined && { failure }) });
  }
  if (items.some((item) => item.state === "cancelled")) {
    return finished(key, "cancelled", { why: "some of its items were cancelled" });
  }
  if (items.every((item) => item.state === "skipped")) {
    return finished(key, "skipped", { why: "all its items were skipped" });
  }
  return finished(key, "success", planned.plan.branch ? { chosen: chosenByItems(items) } : {});
}

function chosenByItems(items: readonly TaskRun[]): readonly TaskId[] {
  return [...new Set(items.flatMap((item) => item.chosen ?? []))];
}

/** Ends the run once every task is decided and no attempt is live; corrects the verdict of a finished one. */
function finishRun(turn: Turn): void {
  const { record } = turn;
  if (record.open.size > 0 || record.live.size > 0) return;
  if (record.state === "queued" && record.cancelled_by === undefined) return;
  const verdict = verdictOf(record);
  if (verdict.state !== record.state) turn.emit({ type: "run_finished", ...verdict });
}

function verdictOf(record: RunRecord): { readonly state: FinalRunState; readonly why?: string } {
  if (record.cancelled_by !== undefined) {
    return { state: "cancelled", ...(record.why !== undefined && { why: record.why }) };
  }
  if (record.timed_out) return { state: "failed", why: "the run took longer than its timeout" };
  if (record.bad.size === 0) return { state: "success" };
  const bad = [...record.bad].sort((a, b) => a.order - b.order).map((task) => record.whole(task));
  // What failed says more than what did not run because of it.
  const failed = bad.filter((task) => task.state === "failed");
  const culprits = failed.length > 0 ? failed : bad;
  const named = `${culprits.length > 1 ? "tasks" : "task"} ${names(culprits.map((task) => task.key))}`;
  return { state: "failed", why: `${named} ${culprits[0]?.state}` };
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMES_MAX).join(", ");
  return all.length > NAMES_MAX ? `${shown} and ${all.length - NAMES_MAX} more` : shown;
}

/** Whether the run goes nowhere any more: nothing new is begun, nothing is tried again. */
export function isEnding(record: RunRecord): boolean {
  return record.cancelled_by !== undefined || record.timed_out || record.state !== "running";
}

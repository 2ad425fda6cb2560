import { assertNever } from "../lib/index.ts";
import type { RunEventBody, TaskRun } from "./model.ts";
import type { TaskId } from "./names.ts";
import type { AttemptEnd, AttemptOutcome, Failure, FailureReason } from "./outcome.ts";
import type { PlannedTask } from "./plan-index.ts";
import { retryDelayMs } from "./retry.ts";
import type { RunRecord } from "./run-record.ts";
import { finished, isEnding, queued } from "./settle.ts";
import { isFinal } from "./task-run.ts";
import type { Turn } from "./turn.ts";

/** Lost attempts in a row that are run again. One more fails the task: it may be what kills its host. */
const LOST_RERUNS_MAX = 3;

/** Another attempt would end the same way, or nobody wants one. */
const NEVER_RETRIED: ReadonlySet<FailureReason> = new Set(["cancelled", "expression_failed", "pool_unavailable"]);

/** An open attempt is over. Records it, and what follows: the task's end, or another attempt. `by` when a person ended it. */
export function endAttempt(turn: Turn, task: TaskRun, outcome: AttemptOutcome, by?: string): void {
  const { record } = turn;
  const planned = record.planned(task.task);
  const end = howItCounts(record, planned, task, outcome);
  turn.emit({ type: "attempt_ended", key: task.key, attempt: task.attempt, outcome: end });
  // A person decided it while the attempt was live: the report changes nothing.
  if (isFinal(task.state)) return;
  const next = whatFollows(turn, planned, task, end, outcome);
  turn.emit(by !== undefined && next.type === "task_finished" ? answered(next, by) : next);
  if (next.type === "retry_scheduled" && next.ready_at <= turn.now) turn.emit(queued(record.taskRun(task.key)));
}

/** A no says by itself whose it is. */
function answered(end: Extract<RunEventBody, { type: "task_finished" }>, by: string): RunEventBody {
  return { ...end, by, ...(end.state === "success" && { why: `answered by ${by}` }) };
}

/** `before` is the task run as it was when its attempt ended. */
function whatFollows(
  turn: Turn,
  planned: PlannedTask,
  before: TaskRun,
  end: AttemptEnd,
  outcome: AttemptOutcome,
): RunEventBody {
  const { key } = before;
  switch (end.state) {
    case "success": {
      const { outputs, chosen } = outcome as Extract<AttemptOutcome, { readonly state: "success" }>;
      return finished(key, "success", { outputs, ...(planned.plan.branch && chosen && { chosen }) });
    }
    case "skipped":
      return finished(key, "skipped", { why: end.message });
    case "failed":
      return afterFailure(turn, planned, before, end.failure);
    case "lost":
      return afterLoss(turn, planned, before, end.message);
    default:
      return assertNever(end, "outcome");
  }
}

/** What a report counts as. An attempt that was told to stop ended for that reason, whatever it says itself. */
function howItCounts(record: RunRecord, planned: PlannedTask, task: TaskRun, outcome: AttemptOutcome): AttemptEnd {
  if (task.stopping !== undefined) {
    const reported = outcome.state === "failed" ? outcome.failure : {};
    const message = stopMessage(record, task);
    return { state: "failed", failure: { ...reported, reason: task.stopping, message } };
  }
  if (outcome.state !== "success") return outcome;
  const mistake = planned.plan.branch ? choiceMistake(record, planned, outcome.chosen) : undefined;
  if (mistake === undefined) {
    const { metrics, checks, warnings } = outcome;
    return { state: "success", ...(metrics && { metrics }), ...(checks && { checks }), ...(warnings && { warnings }) };
  }
  return { state: "failed", failure: { reason: "operator_failed", message: mistake } };
}

/** What is said of what timed out. */
const TOO_LONG = "it took longer than its timeout";
export const OUT_OF_TIME: Failure = { reason: "timeout", message: TOO_LONG };

function stopMessage(record: RunRecord, task: TaskRun): string {
  if (task.stopping === "cancelled") return "it was stopped because it was cancelled";
  return record.timed_out ? "it was stopped because the run took longer than its timeout" : TOO_LONG;
}

function choiceMistake(
  record: RunRecord,
  branch: PlannedTask,
  chosen: readonly TaskId[] | undefined,
): string | undefined {
  if (chosen === undefined) return "the branch did not say which of its dependants to run";
  const stranger = chosen.find((id) => !record.find(id)?.plan.needs.includes(branch.plan.id));
  return stranger && `the branch chose ${stranger}, which does not need it`;
}

/** What follows a failure: another attempt, or the task's end. `before` as in `whatFollows`. */
export function afterFailure(turn: Turn, planned: PlannedTask, before: TaskRun, failure: Failure): RunEventBody {
  const { record } = turn;
  const { key } = before;
  if (isEnding(record)) return finished(key, failure.reason === "cancelled" ? "cancelled" : "failed", { failure });
  if (mayRetry(planned, before, failure)) {
    const wanted = planned.plan.retries.conditional ? record.plan.evaluator.retry(record, key, failure) : WANTED;
    if (wanted.ok && wanted.value) return retry(turn, planned, before, failure);
    if (!wanted.ok) {
      const why = `not retried, because its \`retries.if\` could not be used: ${wanted.message}`;
      return finished(key, "failed", { failure, why });
    }
  }
  if (failure.reason === "timeout" && planned.plan.soft_fail) return finished(key, "skipped", { why: failure.message });
  return finished(key, "failed", { failure });
}

const WANTED = { ok: true, value: true } as const;

function mayRetry(planned: PlannedTask, before: TaskRun, failure: Failure): boolean {
  if (before.retries_used >= planned.plan.retries.count || NEVER_RETRIED.has(failure.reason)) return false;
  if (failure.final && !planned.plan.retries.conditional) return false;
  // The time-out of a task that waits spans all its attempts: it has had its time.
  return !(failure.reason === "timeout" && planned.plan.waits);
}

function retry(turn: Turn, planned: PlannedTask, before: TaskRun, { retry_after_ms }: Failure): RunEventBody {
  const { key, attempt } = before;
  const seed = `${turn.record.id}/${key}#${attempt}`;
  const delay_ms = retryDelayMs(planned.plan.retries, before.retries_used + 1, seed, retry_after_ms);
  return { type: "retry_scheduled", key, attempt, ready_at: turn.now + delay_ms, why: "failed" };
}

function afterLoss(turn: Turn, planned: PlannedTask, before: TaskRun, message: string): RunEventBody {
  const { key, attempt, lost_count } = before;
  if (planned.plan.on_lost === "rerun" && lost_count < LOST_RERUNS_MAX && !isEnding(turn.record)) {
    return { type: "retry_scheduled", key, attempt, ready_at: turn.now, why: "lost" };
  }
  return finished(key, "failed", { failure: { reason: "lost", message } });
}

import {
  type AttemptOutcome,
  type EpochMs,
  type Failure,
  type Input,
  intents,
  liveAttempts,
  type NotificationRequested,
  type RunEvent,
  type StopReason,
  type TaskKey,
  waitingAttempts,
} from "../core/index.ts";
import { assertNever } from "../lib/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { AttemptReport, AttemptWork, Executor, Notifier } from "./ports.ts";
import type { NotificationResolution, Program } from "./program.ts";
import type { LiveAttempt } from "./rows.ts";

/** What performing intents needs of the loop. */
export interface Performer {
  readonly executor: Executor;
  readonly notifier: Notifier;
  /** A message that can't even be made is given up. */
  unsent(driven: DrivenRun, notification: number, problem: string): void;
  /** Sends a tick to the run at this time, in place of an earlier wish. */
  wakeAt(driven: DrivenRun, at: EpochMs | undefined): void;
  /** An attempt that can't even begin has ended. */
  failed(driven: DrivenRun, key: TaskKey, attempt: number, failure: Failure): void;
}

/**
 * Makes the world what the run says it should be: starts attempts that run and that the executor
 * does not know, stops those that should not run, and sets the next wake-up. Idempotent.
 */
export function performIntents(driven: DrivenRun, performer: Performer): void {
  const { run, told, inherited } = driven;
  const { executor } = performer;
  let wakeAt: EpochMs | undefined;
  for (const intent of intents(run)) {
    switch (intent.type) {
      case "start_attempt":
        tell(driven, intent.key, intent.attempt, performer);
        break;
      case "stop_attempt": {
        const { key, attempt, why, grace_ms } = intent;
        if (!told.has(key) && inherited.get(key) !== attempt) {
          performer.failed(driven, key, attempt, { reason: why, message: "it was stopped before it had started" });
          break;
        }
        // After a restart: what is to be stopped has to be found first.
        tell(driven, key, attempt, performer);
        const known = told.get(key);
        if (known?.attempt === attempt && !known.stopping) {
          known.stopping = true;
          executor.stop({ run_id: run.id, key, attempt }, why, grace_ms);
        }
        break;
      }
      case "notify":
        send(driven, intent.notification, intent.request, performer);
        break;
      case "wake_at":
        wakeAt = intent.at;
        break;
      default:
        assertNever(intent, "intent");
    }
  }
  performer.wakeAt(driven, wakeAt);
}

/** What an earlier process left of a run is to be found, not started. `live` is what its rows say of that. */
export function inherit(driven: DrivenRun, live: ReadonlyMap<TaskKey, LiveAttempt>): void {
  const { run } = driven;
  for (const [key, attempt] of live) driven.live.set(key, attempt);
  for (const { key, attempt } of liveAttempts(run)) driven.inherited.set(key, attempt);
  for (const { key, attempt } of waitingAttempts(run)) {
    driven.waiting.set(key, { attempt, epoch: live.get(key)?.epoch ?? 0 });
  }
}

/**
 * After a restart: what waited is not among the intents, which cost as much as what is live. Taken up is also what has
 * ended since: the operator may have begun something that is to be stopped.
 */
export function takeUpWaiting(driven: DrivenRun, performer: Performer): void {
  const { inherited, waiting } = driven;
  for (const [key, { attempt, epoch }] of waiting) {
    inherited.set(key, attempt);
    tell(driven, key, attempt, performer, epoch);
  }
  waiting.clear();
}

/**
 * Attempts that held no slot end without a report: when their time is over, when somebody answers, marks or cancels,
 * and with a run that can't go on. The executor is told to stop them; the run is driven until it has.
 */
export function dismissEnded(driven: DrivenRun, events: readonly RunEvent[], { executor }: Performer): void {
  const { run, told } = driven;
  const dismiss = (key: TaskKey, attempt: number, why: StopReason): void => {
    const known = told.get(key);
    if (known?.attempt !== attempt || known.stopping || known.reported) return;
    known.stopping = true;
    executor.stop({ run_id: run.id, key, attempt }, why, known.grace_ms);
  };
  for (const event of events) {
    if (event.type === "attempt_ended") {
      const { key, attempt, outcome } = event;
      dismiss(
        key,
        attempt,
        outcome.state === "failed" && outcome.failure.reason === "timeout" ? "timeout" : "cancelled",
      );
    } else if (event.type === "run_finished") {
      // Attempts outlive their run only if it was ended because of an internal error.
      for (const [key, { attempt }] of told) {
        if (run.task_runs.get(key)?.state === "waiting") dismiss(key, attempt, "cancelled");
      }
    }
  }
}

/** A success with the custom metrics that it makes; a failure when its outputs don't keep what its checks say. */
export function measured({ program, run }: DrivenRun, key: TaskKey, outcome: AttemptOutcome): AttemptOutcome {
  if (outcome.state !== "success") return outcome;
  const { metrics, checks, failures, warnings } = program.metrics(run, key, outcome.outputs);
  const checked = checks.length > 0 && { checks };
  if (failures.length > 0) {
    return { state: "failed", failure: { reason: "check_failed", message: failures.join("; ") }, ...checked };
  }
  const all = [...(outcome.warnings ?? []), ...warnings];
  return { ...outcome, ...(metrics.length > 0 && { metrics }), ...checked, ...(all.length > 0 && { warnings: all }) };
}

function tell(
  driven: DrivenRun,
  key: TaskKey,
  attempt: number,
  performer: Performer,
  epoch = driven.live.get(key)?.epoch ?? 0,
): void {
  const { run, program, told, inherited } = driven;
  // Known already; or an older attempt has not ended yet: at most one is live, and its report brings us back.
  if (told.has(key)) return;
  const wasInherited = inherited.get(key) === attempt;
  const given = resolve(driven, key);
  // It runs, whatever its expressions would give by now (a secret that this engine was not given).
  const resolved = !given.ok && wasInherited ? (program.asWritten(run, key) ?? given) : given;
  if (!resolved.ok) {
    performer.failed(driven, key, attempt, resolved.failure);
    return;
  }
  told.set(key, { attempt, grace_ms: resolved.grace_ms, stopping: false, reported: false });
  const { ok: _, ...resolvedTask } = resolved;
  const work: AttemptWork = {
    run_id: run.id,
    key,
    attempt,
    epoch,
    pipeline: program.pipeline.name,
    logical_date: run.created.logical_date,
    started_at: run.task_runs.get(key)?.started_at ?? run.created_at,
    ...resolvedTask,
  };
  inherited.delete(key);
  if (wasInherited) performer.executor.adopt(work);
  else performer.executor.start(work);
}

function send(driven: DrivenRun, number: number, request: NotificationRequested, performer: Performer): void {
  const { run, program, sending } = driven;
  if (sending.has(number)) return;
  sending.add(number);
  let resolved: NotificationResolution;
  try {
    resolved = program.notification(run, number, request);
  } catch (error) {
    // A bug of ours in a message must not stop the run that it tells of, nor the others.
    resolved = { ok: false, problem: `internal error: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (resolved.ok) {
    performer.notifier.send({ run_id: run.id, notification: number, request, work: resolved.work });
  } else performer.unsent(driven, number, resolved.problem);
}

/** A bug of ours in the making of one attempt must not keep the others from theirs. */
function resolve({ program, run }: DrivenRun, key: TaskKey): ReturnType<Program["resolve"]> {
  try {
    return program.resolve(run, key);
  } catch (error) {
    const message = `internal error: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, failure: { reason: "operator_failed", message } };
  }
}

/** Says of an attempt that could not even begin that it has failed. */
export function failedInput(key: TaskKey, attempt: number, failure: Failure): Input {
  return { type: "attempt_reported", key, attempt, outcome: { state: "failed", failure } };
}

/** What the executor says of an attempt, as an input; undefined for what is known already, or comes from somebody else. */
export function inputOf(driven: DrivenRun, report: AttemptReport): Input | undefined {
  const { key, attempt, epoch } = report;
  const told = driven.told.get(key);
  if (told?.attempt !== attempt || told.reported) return undefined;
  const live = driven.live.get(key);
  // An epoch that is not ours any more belongs to a late writer: what it says changes nothing.
  if (live !== undefined && live.attempt === attempt && live.epoch !== epoch) return undefined;
  told.reported = report.type === "ended";
  switch (report.type) {
    case "ended":
      return { type: "attempt_reported", key, attempt, outcome: measured(driven, key, report.outcome) };
    case "waits":
      return { type: "attempt_waits", key, attempt };
    default:
      return assertNever(report, "report");
  }
}

/** Ends every attempt of a run that was told to stop, without waiting for its grace. */
export function killStoppingOf({ run, told }: DrivenRun, executor: Executor): void {
  for (const [key, { attempt, stopping }] of told) if (stopping) executor.kill({ run_id: run.id, key, attempt });
}

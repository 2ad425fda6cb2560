import type { EpochMs, RunEvent, TaskRun } from "../../core/index.ts";
import { assertNever } from "../../lib/index.ts";
import { formatElapsed } from "./elapsed.ts";
import { plainText } from "./text.ts";

/** What a plain line may look up in the run besides the event. */
export interface PlainContext {
  readonly run_id: string;
  readonly pipeline: string;
  readonly task_runs: ReadonlyMap<string, Pick<TaskRun, "started_at" | "finished_at" | "attempt">>;
}

/** `2026-01-31T02:00:00Z`: to the second, UTC. */
function timeStamp(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The line for an event, with its time; undefined for events that are not worth one. */
export function plainLine(event: RunEvent, context: PlainContext): string | undefined {
  const text = describe(event, context);
  return text === undefined ? undefined : `${timeStamp(event.at)} ${plainText(text)}`;
}

function describe(event: RunEvent, context: PlainContext): string | undefined {
  switch (event.type) {
    case "run_created":
      return `${context.pipeline}: run ${context.run_id} created`;
    case "run_started":
      return `${context.pipeline}: running`;
    case "task_expanded":
      return `${event.task}: ${event.items.length} item${event.items.length === 1 ? "" : "s"}`;
    case "attempt_started":
      return `${event.key}: running${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
    case "attempt_waiting":
      return `${event.key}: waiting`;
    case "attempt_stopping":
      return `${event.key}: stopping (${event.why})`;
    case "retry_scheduled":
      return `${event.key}: up_for_retry, attempt ${event.attempt + 1} in ${formatElapsed(event.ready_at - event.at)}`;
    case "attempt_ended":
      return ended(event);
    case "task_finished":
      return finished(event, context);
    case "notification_requested":
      return undefined;
    case "notification_ended":
      return event.problem === undefined ? undefined : `${context.pipeline}: a notification failed: ${event.problem}`;
    case "cancel_accepted":
      return `${context.pipeline}: cancelling, asked by ${event.by}${event.why === undefined ? "" : ` (${event.why})`}`;
    case "run_timed_out":
      return `${context.pipeline}: the run's time is up, stopping what still runs`;
    case "tasks_cleared":
      return `${context.pipeline}: ${[...event.tasks, ...(event.items ?? [])].join(", ")} run again, asked by ${event.by}`;
    case "run_finished":
      return `${context.pipeline}: ${event.state}${event.why === undefined ? "" : `: ${event.why}`}`;
    case "task_queued":
      return undefined;
    default:
      return assertNever(event, "event");
  }
}

function ended({ key, attempt, outcome }: Extract<RunEvent, { type: "attempt_ended" }>): string | undefined {
  if (outcome.state === "failed") return `${key}: attempt ${attempt} failed: ${outcome.failure.message}`;
  if (outcome.state === "success" && outcome.warnings !== undefined) {
    return `${key}: warning: ${outcome.warnings.join("; ")}`;
  }
  if (outcome.state === "lost") return `${key}: attempt ${attempt} lost: ${outcome.message}`;
  return undefined;
}

function finished(event: Extract<RunEvent, { type: "task_finished" }>, context: PlainContext): string {
  const started_at = context.task_runs.get(event.key)?.started_at;
  const ran = event.state === "success" || event.state === "failed";
  const took = ran && started_at !== undefined ? ` after ${formatElapsed(event.at - started_at)}` : "";
  return `${event.key}: ${event.state}${took}${event.why === undefined ? "" : ` (${event.why})`}`;
}

import type { Failure, NotificationRequested, Run, TaskKey, TaskRun } from "../core/index.ts";
import { formatDuration, type JsonObject, type JsonValue } from "../lib/index.ts";
import { isoTime } from "./expressions/values.ts";
import type { Pipeline } from "./pipeline.ts";

/** What is said when nobody wrote a text. Secrets are not masked yet. */
export interface Message {
  /** One line. */
  readonly subject: string;
  /** Some lines of plain text. */
  readonly text: string;
  /** The same for a program. Times in ISO 8601. */
  readonly facts: JsonObject;
}

/** Failed tasks that a message names. */
const FAILED_MAX = 5;

/** What there is to tell of a run, or of a task run in it. Without a request: how the run stands. */
export function messageOf(pipeline: Pipeline, run: Run, request?: NotificationRequested): Message {
  const task = request?.key === undefined ? undefined : run.task_runs.get(request.key);
  const what = task === undefined ? aboutRun(run, request) : aboutTask(task, request);
  const facts: Record<string, JsonValue> = {
    pipeline: pipeline.name,
    run_id: run.id,
    state: what.state,
    ...(task !== undefined && { task: task.key, attempt: request?.attempt ?? task.attempt }),
    logical_date: isoTime(new Date(run.created.logical_date)),
    trigger: run.created.trigger,
    ...(pipeline.owner !== undefined && { owner: pipeline.owner }),
    ...what.facts,
  };
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    name === "log_tail" ? [] : [`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`],
  );
  const { log_tail } = facts;
  if (Array.isArray(log_tail)) lines.push("", "last lines of its log:", ...log_tail.map((line) => `  ${line}`));
  return { subject: `${pipeline.name}: ${what.title}`, text: lines.join("\n"), facts };
}

interface About {
  readonly title: string;
  readonly state: string;
  readonly facts: JsonObject;
}

function aboutTask(task: TaskRun, request: NotificationRequested | undefined): About {
  const failure = request?.failure ?? task.failure;
  const facts = { ...elapsed(task.started_at, task.finished_at), ...(failure && failureFacts(failure)) };
  if (request?.on !== "on_retry") return { title: `${task.key} ${verb(task.state)}`, state: task.state, facts };
  const title = `attempt ${request.attempt} of ${task.key} failed and is tried again`;
  return { title, state: "up_for_retry", facts };
}

function aboutRun(run: Run, request: NotificationRequested | undefined): About {
  const failed = [...run.task_runs.values()].filter(({ state, items }) => state === "failed" && items === undefined);
  // What a run that has succeeded could do without is no error of it.
  const first = run.state === "success" ? undefined : failed[0]?.failure;
  return {
    title: request === undefined ? `run ${run.id}` : `the run ${verb(run.state)}`,
    state: run.state,
    facts: {
      ...elapsed(run.started_at, run.finished_at),
      ...(run.why !== undefined && { why: run.why }),
      ...(failed.length > 0 && { failed_tasks: failed.slice(0, FAILED_MAX).map(({ key }: { key: TaskKey }) => key) }),
      ...(first && failureFacts(first)),
    },
  };
}

function verb(state: string): string {
  return state === "success" ? "succeeded" : state === "failed" ? "failed" : `is ${state}`;
}

function elapsed(from: number | undefined, to: number | undefined): JsonObject {
  return from === undefined || to === undefined ? {} : { took: formatDuration(to - from) };
}

function failureFacts({ reason, message, log_tail }: Failure): JsonObject {
  return { error: `${reason}: ${message}`, ...(log_tail !== undefined && { log_tail: [...log_tail] }) };
}

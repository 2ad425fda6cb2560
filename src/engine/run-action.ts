import { type AttemptOutcome, type Input, isFinal, type Run, type TaskKey } from "../core/index.ts";
import { assertNever } from "../lib/index.ts";
import { measured } from "./attempts.ts";
import type { DrivenRun } from "./driven-run.ts";
import { EngineError } from "./errors.ts";
import type { ResolvedTask } from "./program.ts";

/** A person's action on a run. */
export type RunAction = Extract<
  Input,
  { type: "cancel_requested" | "retry_requested" | "mark_requested" | "answer_given" }
>;

/** The outcome of an answer that nobody waits for: it is refused before it counts. */
const NOT_ASKED: AttemptOutcome = { state: "skipped", message: "nobody waits for an answer" };

/** A person's answer as an action. `judge` makes its outcome of what the task runs with, or throws why it can't be taken. */
export function answerOf(
  driven: DrivenRun,
  key: TaskKey,
  by: string,
  judge: (task: ResolvedTask) => AttemptOutcome,
): RunAction {
  const { run, program } = driven;
  const resolved = run.task_runs.get(key)?.state === "waiting" ? program.resolve(run, key) : undefined;
  if (resolved?.ok === false) {
    throw new EngineError("ANSWER_INVALID", { run: run.id, task: key, problems: resolved.failure.message });
  }
  const outcome = resolved === undefined ? NOT_ASKED : measured(driven, key, judge(resolved));
  return { type: "answer_given", key, by, outcome };
}

/** Why an action can't be carried out on a run as it is; undefined when it can. */
export function refusalOf(run: Run, action: RunAction): EngineError | undefined {
  if (action.type === "retry_requested" && !isFinal(run.state)) {
    return new EngineError("RUN_NOT_FINISHED", { run: run.id });
  }
  const task = namedTasks(action).find((named) => !run.task_runs.has(named));
  if (task !== undefined) return new EngineError("TASK_NOT_FOUND", { run: run.id, task });
  const isAnswered = action.type === "answer_given" && run.task_runs.get(action.key)?.state !== "waiting";
  return isAnswered ? new EngineError("TASK_NOT_WAITING", { run: run.id, task: action.key }) : undefined;
}

/** The task runs that an action names. */
function namedTasks(action: RunAction): readonly TaskKey[] {
  switch (action.type) {
    case "cancel_requested":
      return [];
    case "retry_requested":
      return action.what === "failed" ? [] : (action.what.from as readonly string[] as readonly TaskKey[]);
    case "mark_requested":
    case "answer_given":
      return [action.key];
    default:
      return assertNever(action, "action");
  }
}

import { type Input, isFinal, type Run, type TaskKey } from "../core/index.ts";
import { assertNever } from "../lib/index.ts";
import { EngineError } from "./errors.ts";

/** A person's action on a run. */
export type RunAction = Extract<Input, { type: "cancel_requested" | "retry_requested" | "mark_requested" }>;

/** Why an action can't be carried out on a run as it is; undefined when it can. */
export function refusalOf(run: Run, action: RunAction): EngineError | undefined {
  if (action.type === "retry_requested" && !isFinal(run.state)) {
    return new EngineError("RUN_NOT_FINISHED", { run: run.id });
  }
  const task = namedTasks(action).find((named) => !run.task_runs.has(named));
  return task && new EngineError("TASK_NOT_FOUND", { run: run.id, task });
}

/** The task runs that an action names. */
function namedTasks(action: RunAction): readonly TaskKey[] {
  switch (action.type) {
    case "cancel_requested":
      return [];
    case "retry_requested":
      return action.what === "failed" ? [] : (action.what.from as readonly string[] as readonly TaskKey[]);
    case "mark_requested":
      return [action.key];
    default:
      return assertNever(action, "action");
  }
}

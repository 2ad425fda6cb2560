import { stringify } from "yaml";
import type { TaskKey } from "../../src/core/index.ts";
import type { AttemptWork } from "../../src/engine/index.ts";
import { type OperatorSpec, resolveAttempt } from "../../src/language/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { operators as builtIn } from "../../src/operators/index.ts";
import { aRun, pipelineOf } from "../unit/language/sources.ts";
import { bashWork } from "./attempt-work.ts";

export interface TaskWorld {
  readonly cwd: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** As in engine.yaml. */
  readonly connections?: Readonly<Record<string, JsonObject>>;
  /** Default: the built-in ones. */
  readonly operators?: ReadonlyMap<string, OperatorSpec>;
}

/** What the engine would hand to the executor for a task, as it stands under `tasks`: read, checked and evaluated. */
export function taskWork(
  task: JsonObject,
  { cwd, secrets = {}, connections = {}, operators = builtIn }: TaskWorld,
): AttemptWork {
  const pipeline = pipelineOf(stringify({ name: "test", tasks: { task } }, { lineWidth: 0 }), operators);
  const key = "task" as TaskKey;
  const resolved = resolveAttempt(pipeline, aRun({}, { task: {} }), key, { operators, vars: {}, secrets, connections });
  if (!resolved.ok) throw new Error(resolved.failure.message);
  const { ok: _, ...given } = resolved;
  return bashWork("", { key, ...given, operator: pipeline.tasks[0]?.operator ?? "", cwd });
}

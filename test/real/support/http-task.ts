import type { AttemptOutcome, TaskKey } from "../../../src/core/index.ts";
import type { JsonObject } from "../../../src/lib/index.ts";
import { failureOf, localWorld } from "../../support/local-world.ts";
import { type TaskWorld, taskWork } from "../../support/task-work.ts";

interface Ran {
  readonly outcome: AttemptOutcome;
  readonly log: string;
  readonly cwd: string;
}

/** Carries a task out through the real executor. */
export async function run(
  task: JsonObject,
  given: Partial<TaskWorld> & { attempt?: number; key?: string } = {},
): Promise<Ran> {
  const world = localWorld();
  const { attempt = 1, key = "task" } = given;
  const work = { ...taskWork(task, { cwd: world.data, ...given }), attempt, key: key as TaskKey };
  world.executor.start(work);
  const outcome = await world.outcome(work);
  return { outcome, log: world.log(work).join("\n"), cwd: world.data };
}

export async function outputsOf(task: JsonObject, given: Partial<TaskWorld> = {}): Promise<JsonObject> {
  const { outcome } = await run(task, given);
  if (outcome.state !== "success") throw new Error(JSON.stringify(outcome));
  return outcome.outputs;
}

export async function failing(task: JsonObject, given: Partial<TaskWorld> = {}) {
  return failureOf((await run(task, given)).outcome);
}

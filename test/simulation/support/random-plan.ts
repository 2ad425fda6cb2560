import {
  type Evaluated,
  type Evaluator,
  type RunPlan,
  type TaskId,
  type TaskKey,
  type TaskPlan,
  TRIGGER_RULES,
} from "../../../src/core/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import { aTask } from "../../support/plans.ts";
import { hashOf, type Random } from "./random.ts";

/** The pools of every random plan, and their sizes. `nowhere` is named by tasks and does not exist. */
export const POOLS: Readonly<Record<string, number>> = { small: 1, wide: 3 };

/** Tasks of the largest random plan. */
const TASKS_MAX = 9;

/** A pipeline that uses everything that a pipeline can use, its tasks in no particular order. */
export function randomPlan(random: Random): RunPlan {
  const salt = `${random.next()}`;
  const size = 1 + random.int(TASKS_MAX);
  // Most plans use one kind of trouble or two, so that each also meets plans that are otherwise plain.
  const spice = random.pick([0, 0.1, 0.3]);
  const ids = Array.from({ length: size }, (_, index) => `t${index}` as TaskId);
  const tasks = ids.map((id, index) => randomTask(random, id, ids.slice(0, index), spice));
  return {
    pipeline: "random",
    max_active_tasks: random.pick([1, 2, 5, 100]),
    ...(random.chance(spice / 3) && { timeout_ms: 1 + random.int(3_000) }),
    tasks: random.shuffled(tasks),
    notify: {},
    evaluator: randomEvaluator(salt, tasks),
  };
}

function randomTask(random: Random, id: TaskId, before: readonly TaskId[], spice: number): TaskPlan {
  const density = random.pick([0.15, 0.4, 0.8]);
  const spiced = () => random.chance(spice);
  return aTask(id, {
    needs: random.shuffled(before.filter(() => random.chance(density))),
    trigger_rule: random.chance(0.5) ? "all_success" : random.pick(TRIGGER_RULES),
    conditional: spiced(),
    branch: spiced(),
    ...(spiced() && { for_each: random.chance(0.5) ? {} : { max_parallel: 1 + random.int(2) } }),
    retries: {
      count: spiced() ? random.int(4) : 0,
      delay_ms: random.pick([0, 1, 100]),
      backoff: random.pick(["constant", "exponential"] as const),
      factor: random.pick([1, 2, 10]),
      ...(random.chance(0.5) && { max_delay_ms: random.pick([0, 50, 5_000]) }),
      jitter: random.pick([0, 0.1, 1]),
      conditional: spiced(),
    },
    ...(spiced() && { timeout_ms: 1 + random.int(300) }),
    waits: spiced(),
    soft_fail: spiced(),
    on_lost: random.pick(["rerun", "fail"] as const),
    allow_failure: spiced(),
    ...(spiced() && { pool: random.chance(0.05) ? "nowhere" : random.pick(Object.keys(POOLS)) }),
    pool_slots: spiced() ? 1 + random.int(4) : 1,
    priority: random.int(3),
  });
}

/** Expressions whose values follow from ids, and for items also from what the first upstream task handed on. */
function randomEvaluator(salt: string, tasks: readonly TaskPlan[]): Evaluator {
  const chanceOf = (what: string, key: string) => hashOf(`${salt} ${what} ${key}`);
  const upstream = new Map(tasks.map((task) => [task.id, task.needs[0]]));
  return {
    condition: (_, key) => maybe(chanceOf("if", key), chanceOf("if value", key) < 0.6),
    retry: (_, key, failure) => maybe(chanceOf("retry", key), chanceOf(failure.reason, key) < 0.7),
    items: (run, task) => {
      const source = upstream.get(task);
      const whole = source && run.task_runs.get(source as string as TaskKey);
      const given = JSON.stringify(whole?.outputs ?? whole?.items ?? "").length % 3;
      const count = Math.floor(chanceOf("items", task) * 4) + given;
      return maybe(
        chanceOf("items error", task),
        Array.from({ length: count }, (_, index): JsonValue => ({ index })),
      );
    },
  };
}

function maybe<T>(chance: number, value: T): Evaluated<T> {
  return chance < 0.05 ? { ok: false, message: "by chance" } : { ok: true, value };
}

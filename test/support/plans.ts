import type { Evaluator, RunCreated, RunId, RunPlan, TaskId, TaskKey, TaskPlan } from "../../src/core/index.ts";

/** What a test may say of a task; the rest is what a pipeline gets that says nothing. */
export type TaskParts = Partial<Omit<TaskPlan, "id" | "needs" | "retries">> & {
  readonly needs?: readonly string[];
  readonly retries?: Partial<TaskPlan["retries"]>;
};

export function aTask(id: string, parts: TaskParts = {}): TaskPlan {
  const { needs = [], retries = {}, ...rest } = parts;
  return {
    id: id as TaskId,
    needs: needs as readonly TaskId[],
    trigger_rule: "all_success",
    conditional: false,
    branch: false,
    retries: { count: 0, delay_ms: 0, backoff: "constant", factor: 2, jitter: 0, conditional: false, ...retries },
    grace_ms: 10_000,
    waits: false,
    soft_fail: false,
    on_lost: "rerun",
    allow_failure: false,
    pool_slots: 1,
    priority: 0,
    notify: {},
    ...rest,
  };
}

/** Expressions that nobody asks for. A test gives those that it needs. */
const NO_EVALUATOR: Evaluator = {
  condition: (_, key) => ({ ok: false, message: `nobody expected the condition of ${key}` }),
  items: (_, task) => ({ ok: false, message: `nobody expected the items of ${task}` }),
  retry: (_, key) => ({ ok: false, message: `nobody expected a question about a retry of ${key}` }),
};

/** A plan from its tasks by id, in the order given. */
export function aPlan(
  tasks: Readonly<Record<string, TaskParts>>,
  parts: Partial<Omit<RunPlan, "tasks" | "evaluator">> & { readonly evaluator?: Partial<Evaluator> } = {},
): RunPlan {
  return {
    pipeline: "pipeline",
    max_active_tasks: 1_000,
    notify: {},
    ...parts,
    tasks: Object.entries(tasks).map(([id, task]) => aTask(id, task)),
    evaluator: { ...NO_EVALUATOR, ...parts.evaluator },
  };
}

export const runId = (id: string): RunId => id as RunId;
export const taskId = (id: string): TaskId => id as TaskId;
export const taskKey = (key: string): TaskKey => key as TaskKey;

/** What a run is created with when its origin does not matter. */
export const CREATED: Omit<RunCreated, "type"> = {
  pipeline: "pipeline",
  version: "v1",
  trigger: "manual",
  by: "test",
  logical_date: 0,
  data_interval_start: 0,
  data_interval_end: 0,
  params: {},
};

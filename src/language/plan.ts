import {
  type ChannelCounts,
  type Evaluated,
  type Evaluator,
  type Failure,
  NOTIFICATION_CAUSES,
  type Run,
  type RunPlan,
  type TaskId,
  type TaskKey,
  type TaskPlan,
} from "../core/index.ts";
import type { JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import { hasTemplate, parseTemplate, wholeExpression } from "./expressions/template.ts";
import type { CelValue } from "./expressions/values.ts";
import type { OperatorSpec } from "./operator-spec.ts";
import type { Notify, Pipeline, Task } from "./pipeline.ts";
import { type OuterValues, RunNames, taskOf } from "./run-names.ts";

/** What a pipeline is evaluated with. */
export interface EvaluationContext extends OuterValues {
  readonly operators: ReadonlyMap<string, OperatorSpec>;
}

/** What the run machine has to know of a pipeline. Its evaluator answers from the run alone and never throws. */
export function toPlan(pipeline: Pipeline, context: EvaluationContext): RunPlan {
  return {
    pipeline: pipeline.name,
    ...(pipeline.timeout_ms === undefined ? {} : { timeout_ms: pipeline.timeout_ms }),
    max_active_tasks: pipeline.max_active_tasks,
    tasks: pipeline.tasks.map((task) => planTask(task, context)),
    notify: countsOf(pipeline.notify),
    evaluator: new PipelineEvaluator(pipeline, context),
  };
}

function planTask(task: Task, context: EvaluationContext): TaskPlan {
  const { if: retryIf, ...retries } = task.retries;
  const parallel = task.for_each?.max_parallel;
  const spec = context.operators.get(task.operator);
  return {
    id: task.id as TaskId,
    needs: task.needs as readonly TaskId[],
    trigger_rule: task.trigger_rule,
    conditional: task.if !== undefined,
    ...(task.for_each === undefined ? {} : { for_each: parallel === undefined ? {} : { max_parallel: parallel } }),
    branch: spec?.branch ?? false,
    retries: { ...retries, conditional: retryIf !== undefined },
    ...(task.timeout_ms === undefined || spec?.decides_timeout?.(task.config) ? {} : { timeout_ms: task.timeout_ms }),
    grace_ms: task.grace_ms,
    waits: spec?.waits ?? false,
    soft_fail: task.soft_fail,
    on_lost: task.on_lost,
    allow_failure: task.allow_failure,
    ...(task.pool === undefined ? {} : { pool: task.pool }),
    pool_slots: task.pool_slots,
    priority: task.priority,
    notify: countsOf(task.notify),
  };
}

function countsOf(notify: Notify): ChannelCounts {
  const counts = NOTIFICATION_CAUSES.map((cause) => [cause, notify[cause].length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

class PipelineEvaluator implements Evaluator {
  readonly #pipeline: Pipeline;
  readonly #outer: OuterValues;
  readonly #cache = new ExpressionCache();

  constructor(pipeline: Pipeline, outer: OuterValues) {
    this.#pipeline = pipeline;
    this.#outer = outer;
  }

  condition(run: Run, key: TaskKey): Evaluated<boolean> {
    const source = this.#task(run, key)?.if;
    return source === undefined ? { ok: true, value: true } : this.#boolean(source, run, key);
  }

  retry(run: Run, key: TaskKey, failure: Failure): Evaluated<boolean> {
    const source = this.#task(run, key)?.retries.if;
    if (source === undefined) return { ok: true, value: true };
    return this.#boolean(source, run, key, {
      exit_code: failure.exit_code === undefined ? null : BigInt(failure.exit_code),
      status: failure.status === undefined ? null : BigInt(failure.status),
      error: { reason: failure.reason, message: failure.message },
    });
  }

  items(run: Run, id: TaskId): Evaluated<readonly JsonValue[]> {
    const written = taskOf(this.#pipeline, id)?.for_each?.items ?? [];
    const names = new RunNames(this.#pipeline, run, this.#outer);
    const evaluated =
      typeof written === "string" && !hasTemplate(written)
        ? this.#cache.evaluate(written, names)
        : this.#cache.evaluateAll(written, names);
    if (!evaluated.ok) return evaluated;
    const { value } = evaluated;
    if (Array.isArray(value)) return { ok: true, value };
    if (value !== null && typeof value === "object") {
      return { ok: true, value: Object.entries(value).map(([key, each]) => ({ key, value: each })) };
    }
    return { ok: false, message: `it gave ${JSON.stringify(value)}; it must give a list or a map` };
  }

  #task(run: Run, key: TaskKey): Task | undefined {
    return taskOf(this.#pipeline, run.task_runs.get(key)?.task ?? key);
  }

  #boolean(text: string, run: Run, key: TaskKey, extra: Readonly<Record<string, CelValue>> = {}): Evaluated<boolean> {
    const source = hasTemplate(text) ? (wholeExpression(parseTemplate(text))?.source ?? text) : text;
    const result = this.#cache.evaluate(source, new RunNames(this.#pipeline, run, this.#outer, { key, extra }));
    if (!result.ok) return result;
    const { value } = result;
    if (typeof value === "boolean") return { ok: true, value };
    return { ok: false, message: `\`${source.trim()}\` gave ${JSON.stringify(value)}; it must give true or false` };
  }
}

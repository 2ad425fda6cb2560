import type { Evaluated, Failure, NotificationRequested, Run, TaskId, TaskKey, TaskRun } from "../core/index.ts";
import { createMasker, type JsonObject, type JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import { parseShellTemplate, rewriteScript, type ShellExpression } from "./expressions/shell.ts";
import { hasTemplate } from "./expressions/template.ts";
import { celToText, isoTime, jsonToText, toCel } from "./expressions/values.ts";
import { type Message, messageOf } from "./notification.ts";
import { connectionKeys, isAbove, isUnder, valueAt } from "./operator-keys.ts";
import type { OperatorSpec } from "./operator-spec.ts";
import type { Pipeline, Task } from "./pipeline.ts";
import type { EvaluationContext } from "./plan.ts";
import { RunNames, taskOf } from "./run-names.ts";
import { secretNames, secretsIn } from "./secrets-used.ts";
import { checkValue, describeProblem } from "./value-schema.ts";

/** What an attempt runs with: every expression evaluated, except where the operator does that itself. */
export interface ResolvedAttempt {
  readonly ok: true;
  readonly config: JsonObject;
  /** What the pipeline and the task ask for, `PARAM_*`, `ENGINE_*` and the values of expressions in scripts. */
  readonly env: Readonly<Record<string, string>>;
  /** As written, relative to the pipeline's folder. */
  readonly cwd?: string;
  readonly outputs: Readonly<Record<string, JsonObject>>;
  readonly output_values: Readonly<Record<string, string>>;
  readonly timeout_ms?: number;
  /** Of what tells somebody: what it says when its config has no text. */
  readonly message?: Message;
  /** The connection that the task names, evaluated. Holds secrets. */
  readonly connection?: JsonObject;
  /** Every secret that the pipeline uses: to be masked wherever text is written. */
  readonly secrets: readonly string[];
  /** Evaluates a text of an `expression_keys` key, with further names in scope. */
  readonly evaluate: (expression: string, extra?: JsonObject) => Evaluated<JsonValue>;
}

export type AttemptResolution = ResolvedAttempt | { readonly ok: false; readonly failure: Failure };

/** Evaluates what one task run needs for its next attempt. A value that can't be evaluated is a failure, not a throw. */
export function resolveAttempt(
  pipeline: Pipeline,
  run: Run,
  key: TaskKey,
  context: EvaluationContext,
): AttemptResolution {
  const taskRun = run.task_runs.get(key);
  const task = taskOf(pipeline, taskRun?.task ?? key);
  if (taskRun === undefined || task === undefined) {
    return failed(`there is no task \`${key}\` in this version of the pipeline`);
  }
  try {
    return new Resolver(pipeline, run, task, taskRun, context).resolve();
  } catch (error) {
    if (!(error instanceof CannotResolve)) throw error;
    // What could not be evaluated may show in the message, and the message is stored.
    return failed(createMasker(Object.values(context.secrets)).mask(error.message));
  }
}

/** What a run that has succeeded hands on: every declared output of the pipeline, held against its schema. */
export function resolveRunOutputs(pipeline: Pipeline, run: Run, context: EvaluationContext): Evaluated<JsonObject> {
  const { expressions } = cacheOf(pipeline);
  const outputs: Record<string, JsonValue> = {};
  for (const [name, text] of Object.entries(pipeline.output_values)) {
    const evaluated = expressions.evaluateText(text, new RunNames(pipeline, run, context));
    const [problem] = evaluated.ok ? checkValue(pipeline.outputs[name] ?? {}, evaluated.value) : [];
    const message = evaluated.ok ? problem && describeProblem(name, problem) : evaluated.message;
    if (!evaluated.ok || message !== undefined) {
      const masked = createMasker(Object.values(context.secrets)).mask(message ?? "");
      return { ok: false, message: `output \`${name}\` of pipeline \`${pipeline.name}\`: ${masked}` };
    }
    outputs[name] = evaluated.value;
  }
  return { ok: true, value: outputs };
}

/** Evaluates what a message needs; like an attempt's, with what is known of the failure in scope. */
export function resolveNotification(
  pipeline: Pipeline,
  run: Run,
  request: NotificationRequested,
  context: EvaluationContext,
): (ResolvedAttempt & { readonly operator: string }) | { readonly ok: false; readonly problem: string } {
  const { key, of, on, channel: index } = request;
  const taskRun = key === undefined ? undefined : run.task_runs.get(key);
  const task = taskRun && taskOf(pipeline, taskRun.task);
  const channel = (of === "task" ? task : pipeline)?.notify[on][index];
  const spec = channel && context.operators.get(channel.operator);
  if (channel === undefined) {
    return { ok: false, problem: `there is no channel ${index + 1} under \`${on}\` in this version of the pipeline` };
  }
  if (spec === undefined) return { ok: false, problem: `there is no operator \`${channel.operator}\` in this engine` };
  const config = spec.normalise(channel.config);
  const sender: Task = { ...(task ?? NO_TASK), operator: channel.operator, config, outputs: {}, output_values: {} };
  const resolver = new Resolver(pipeline, run, sender, taskRun ?? NO_TASK_RUN, context, request);
  try {
    return { ...resolver.resolve(), operator: channel.operator };
  } catch (error) {
    if (!(error instanceof CannotResolve)) throw error;
    return { ok: false, problem: createMasker(Object.values(context.secrets)).mask(error.message) };
  }
}

/** What sends a message about the run stands in no task. */
const NO_TASK: Task = {
  id: "run",
  needs: [],
  trigger_rule: "all_success",
  retries: { count: 0, delay_ms: 0, backoff: "constant", factor: 1, jitter: 0, conditional: false },
  grace_ms: 0,
  soft_fail: false,
  on_lost: "rerun",
  allow_failure: false,
  pool_slots: 1,
  priority: 0,
  depends_on_past: false,
  env: {},
  outputs: {},
  output_values: {},
  operator: "",
  config: {},
  metrics: {},
  checks: {},
  notify: { on_success: [], on_failure: [], on_retry: [] },
};

const NO_TASK_RUN: TaskRun = {
  key: "run" as TaskKey,
  task: "run" as TaskId,
  state: "none",
  attempt: 0,
  retries_used: 0,
  lost_count: 0,
};

function failed(message: string): AttemptResolution {
  return { ok: false, failure: { reason: "expression_failed", message } };
}

/** Ends a resolution; its message is the failure's. */
class CannotResolve extends Error {}

interface PipelineCache {
  readonly expressions: ExpressionCache;
  readonly secretNames: readonly string[];
}

const caches = new WeakMap<Pipeline, PipelineCache>();

function cacheOf(pipeline: Pipeline): PipelineCache {
  let cache = caches.get(pipeline);
  if (cache === undefined) {
    const expressions = new ExpressionCache();
    cache = { expressions, secretNames: secretNames(pipeline, expressions) };
    caches.set(pipeline, cache);
  }
  return cache;
}

class Resolver {
  readonly #pipeline: Pipeline;
  readonly #run: Run;
  readonly #task: Task;
  readonly #taskRun: TaskRun;
  readonly #context: EvaluationContext;
  readonly #cache: PipelineCache;
  /** The values of expressions in scripts, by the variable that hands each over. */
  readonly #handedOver = new Map<string, string>();

  readonly #request: NotificationRequested | undefined;

  constructor(
    pipeline: Pipeline,
    run: Run,
    task: Task,
    taskRun: TaskRun,
    context: EvaluationContext,
    request?: NotificationRequested,
  ) {
    this.#request = request;
    this.#pipeline = pipeline;
    this.#run = run;
    this.#task = task;
    this.#taskRun = taskRun;
    this.#context = context;
    this.#cache = cacheOf(pipeline);
  }

  resolve(): ResolvedAttempt {
    const { operators, secrets } = this.#context;
    const spec = operators.get(this.#task.operator);
    if (spec === undefined) throw new CannotResolve(`there is no operator \`${this.#task.operator}\` in this engine`);
    const resolved = this.#config(spec, this.#task.config, []);
    const { cwd, timeout_ms } = this.#task;
    const named = connectionKeys(spec).map(([at]) => valueAt(resolved, at));
    const connection = this.#connection(named.find((name) => name !== undefined));
    return {
      ok: true,
      config: resolved,
      env: this.#env(),
      ...(cwd === undefined ? {} : { cwd: jsonToText(this.#value("cwd", cwd, false)) }),
      outputs: this.#task.outputs,
      output_values: this.#task.output_values,
      ...(timeout_ms === undefined ? {} : { timeout_ms }),
      ...(spec.notifies ? { message: messageOf(this.#pipeline, this.#run, this.#request) } : {}),
      ...(connection === undefined ? {} : { connection: connection.value }),
      secrets: [...this.#cache.secretNames, ...(connection?.secretNames ?? [])].flatMap((name) => secrets[name] || []),
      evaluate: (expression, extra) => this.#cache.expressions.evaluateText(expression, this.#names(false, extra)),
    };
  }

  /** A mapping of the config, each value as its place wants it. */
  #config(spec: OperatorSpec, config: JsonObject, above: readonly string[]): JsonObject {
    const { expression_keys, shell_keys, secret_keys } = spec;
    const literal_keys = Object.keys(spec.literal_keys ?? {});
    const listed = [...expression_keys, ...shell_keys, ...secret_keys, ...literal_keys];
    const values = Object.entries(config).map(([key, value]): [string, JsonValue] => {
      const path = [...above, key];
      const where = path.join(".");
      if (isUnder(expression_keys, path)) return [key, value];
      if (typeof value === "string" && isUnder(literal_keys, path)) return [key, value.replaceAll("$${{", "${{")];
      if (typeof value === "string" && isUnder(shell_keys, path)) return [key, this.#script(where, value)];
      const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
      if (isMapping && isAbove(listed, path)) return [key, this.#config(spec, value as JsonObject, path)];
      return [key, this.#value(where, value, isUnder(secret_keys, path))];
    });
    return Object.fromEntries(values);
  }

  #names(secrets: boolean, extra: JsonObject = {}): RunNames {
    const all = { ...(this.#request && notificationNames(this.#taskRun, this.#request)), ...extra };
    const values = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, toCel(value)]));
    return new RunNames(this.#pipeline, this.#run, this.#context, { key: this.#taskRun.key, secrets, extra: values });
  }

  #value(where: string, value: JsonValue, secrets: boolean): JsonValue {
    const result = this.#cache.expressions.evaluateAll(value, this.#names(secrets));
    if (!result.ok) throw new CannotResolve(`its \`${where}\` could not be evaluated: ${result.message}`);
    return result.value;
  }

  #connection(name: JsonValue | undefined): { value: JsonObject; secretNames: readonly string[] } | undefined {
    if (name === undefined) return undefined;
    const { connections } = this.#context;
    if (typeof name !== "string" || !Object.hasOwn(connections, name)) {
      throw new CannotResolve(`there is no connection \`${name}\`; set it under \`connections\` in engine.yaml`);
    }
    const written = connections[name] ?? {};
    const { expressions } = this.#cache;
    const value = this.#value(`connection ${name}`, written, true) as JsonObject;
    return { value, secretNames: secretsIn([written], expressions) };
  }

  #env(): Readonly<Record<string, string>> {
    const { created, id } = this.#run;
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(created.params)) env[`PARAM_${name.toUpperCase()}`] = jsonToText(value);
    for (const texts of [this.#pipeline.env, this.#task.env]) {
      for (const [name, text] of Object.entries(texts)) env[name] = jsonToText(this.#value(`env.${name}`, text, true));
    }
    for (const [name, value] of this.#handedOver) env[name] = value;
    env.ENGINE_PIPELINE = this.#pipeline.name;
    env.ENGINE_RUN_ID = id;
    env.ENGINE_TASK = this.#task.id;
    env.ENGINE_ATTEMPT = String(this.#taskRun.attempt);
    env.ENGINE_TRIGGER = created.trigger;
    env.ENGINE_LOGICAL_DATE = isoTime(new Date(created.logical_date));
    env.ENGINE_DATA_INTERVAL_START = isoTime(new Date(created.data_interval_start));
    env.ENGINE_DATA_INTERVAL_END = isoTime(new Date(created.data_interval_end));
    if (this.#taskRun.index !== undefined) env.ENGINE_MAP_INDEX = String(this.#taskRun.index);
    for (const [name, value] of Object.entries(env)) {
      if (value.includes("\0")) {
        throw new CannotResolve(`the value of ${name} holds a NUL character, which no environment variable can`);
      }
    }
    return env;
  }

  /** The script with each expression replaced by a reference to a variable, which gets the value. */
  #script(key: string, script: string): string {
    if (!hasTemplate(script)) return script;
    const shell = parseShellTemplate(script);
    const [problem] = shell.template.problems;
    if (problem !== undefined) throw new CannotResolve(`its \`${key}\` could not be evaluated: ${problem.message}`);
    const variables = new Map<string, string>();
    const variableOf = (expression: ShellExpression): string => {
      const { source } = expression.part;
      const known = variables.get(source);
      const name = known ?? `ENGINE_EXPR_${this.#handedOver.size + 1}`;
      const value = this.#handOver(key, expression);
      if (known === undefined) {
        variables.set(source, name);
        this.#handedOver.set(name, value);
      }
      return name;
    };
    return rewriteScript(shell, variableOf);
  }

  /** The text of an expression in a script. The checks refuse the same places; this holds if nobody asked them. */
  #handOver(key: string, { part, context }: ShellExpression): string {
    const shown = `\`${part.source.trim()}\``;
    if (context.type === "refused")
      throw new CannotResolve(`its \`${key}\` could not be used: ${shown} ${context.why}`);
    const result = this.#cache.expressions.evaluateCel(part.source, this.#names(false));
    if (!result.ok) throw new CannotResolve(`its \`${key}\` could not be evaluated: ${result.message}`);
    const { value } = result;
    const numeric = context.type === "comment" ? undefined : context.numeric;
    if (numeric !== undefined && typeof value !== "bigint" && !Number.isFinite(value)) {
      throw new CannotResolve(`its \`${key}\` could not be used: ${shown} is no number, and ${numeric}`);
    }
    try {
      return celToText(value);
    } catch (error) {
      throw new CannotResolve(`its \`${key}\` could not be used: ${shown}: ${(error as Error).message}`);
    }
  }
}

/** What a message sees beside what a task does. */
function notificationNames(task: TaskRun, request: NotificationRequested): JsonObject {
  const failure = request.failure ?? task.failure;
  return {
    outputs: task.outputs ?? {},
    exit_code: failure?.exit_code ?? null,
    status: failure?.status ?? null,
    error: failure === undefined ? null : { reason: failure.reason, message: failure.message },
  };
}

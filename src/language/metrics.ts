import type { CheckResult, MetricSample, Run, TaskKey } from "../core/index.ts";
import { createMasker, type JsonObject, type JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import { jsonToText, toCel } from "./expressions/values.ts";
import type { DataCheck, Metric, Pipeline } from "./pipeline.ts";
import type { EvaluationContext } from "./plan.ts";
import { RunNames, taskOf } from "./run-names.ts";

/** The metrics and checks of a task run that has done its work. A metric whose value that can't be used is left out, and a warning says so. */
export interface MetricValues {
  readonly metrics: readonly MetricSample[];
  readonly checks: readonly CheckResult[];
  /** A sentence for each check that did not pass and fails the attempt; secrets masked. */
  readonly failures: readonly string[];
  /** A sentence each, secrets masked. */
  readonly warnings: readonly string[];
}

/** Longer label values are cut: each one is a series of its own, and text belongs in logs. */
const LABEL_LENGTH_MAX = 200;

const caches = new WeakMap<Pipeline, ExpressionCache>();

/** Works out what a task's `metrics` and `checks` are with these outputs. Never throws. */
export function resolveMetrics(
  pipeline: Pipeline,
  run: Run,
  key: TaskKey,
  outputs: JsonObject,
  context: EvaluationContext,
): MetricValues {
  const task = taskOf(pipeline, run.task_runs.get(key)?.task ?? key);
  const metrics: MetricSample[] = [];
  const warnings: string[] = [];
  const cache = caches.get(pipeline) ?? new ExpressionCache();
  caches.set(pipeline, cache);
  const names = new RunNames(pipeline, run, context, { key, extra: { outputs: toCel(outputs) } });
  const { mask } = createMasker(Object.values(context.secrets));
  for (const [name, metric] of Object.entries(task?.metrics ?? {})) {
    const sample = sampleOf(name, metric, (value) => cache.evaluateAll(value, names));
    if (typeof sample === "string") warnings.push(mask(`metric ${name} is left out: ${sample}`));
    else metrics.push(sample);
  }
  const checks: CheckResult[] = [];
  const failures: string[] = [];
  for (const [name, check] of Object.entries(task?.checks ?? {})) {
    const { value, problem } = judge(check, (written) => cache.evaluateAll(written, names));
    checks.push({ name, ...(value !== undefined && { value }), passed: problem === undefined });
    if (problem === undefined) continue;
    const sentence = mask(`check ${name}: ${problem}`);
    if (check.severity === "fail") failures.push(sentence);
    else warnings.push(sentence);
  }
  return { metrics, checks, failures, warnings };
}

/** The value of a check, and what is wrong with it. */
function judge(
  { value: written, min, max }: DataCheck,
  evaluate: Evaluate,
): { readonly value?: number; readonly problem?: string } {
  const evaluated = evaluate(written);
  if (!evaluated.ok) return { problem: evaluated.message };
  const value = numberOf(evaluated.value);
  if (value === undefined) return { problem: `its value is ${JSON.stringify(evaluated.value)}, which is no number` };
  if (min !== undefined && value < min) return { value, problem: `${value} is below ${min}` };
  if (max !== undefined && value > max) return { value, problem: `${value} is above ${max}` };
  return { value };
}

type Evaluate = (value: JsonValue) => ReturnType<ExpressionCache["evaluateAll"]>;

/** The sample, or why there is none. */
function sampleOf(
  name: string,
  { type, help, value: written, labels }: Metric,
  evaluate: Evaluate,
): MetricSample | string {
  const evaluated = evaluate(written);
  if (!evaluated.ok) return evaluated.message;
  const value = typeof evaluated.value === "boolean" ? Number(evaluated.value) : numberOf(evaluated.value);
  if (value === undefined) return `its value is ${JSON.stringify(evaluated.value)}, which is no number`;
  if (type === "counter" && value < 0) return `a counter can't go down by ${-value}`;
  const texts: Record<string, string> = {};
  for (const [label, text] of Object.entries(labels)) {
    const given = evaluate(text);
    if (!given.ok) return `label ${label}: ${given.message}`;
    if (given.value !== null && typeof given.value === "object") return `label ${label} is no text`;
    texts[label] = jsonToText(given.value).slice(0, LABEL_LENGTH_MAX);
  }
  return { name, type, ...(help !== undefined && { help }), value, labels: texts };
}

/** A number, or a text that is one. */
function numberOf(value: JsonValue): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

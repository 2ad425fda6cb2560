import type { EpochMs, Run, RunId, TaskKey } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import type { Reference } from "./expressions/references.ts";
import { hasTemplate, parseTemplate, wholeExpression } from "./expressions/template.ts";
import { jsonToText } from "./expressions/values.ts";
import type { Pipeline, Task } from "./pipeline.ts";
import { type OuterValues, RunNames, taskOf } from "./run-names.ts";

/** What a task would do, as far as it is known before a run. */
export interface TaskPreview {
  readonly config: JsonObject;
  /** Of the pipeline and the task. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Names whose values are known before a run. The others come with it, or are secret. */
const KNOWN_BEFORE: ReadonlySet<string> = new Set(["params", "run", "ds", "vars"]);
/** And those that an attempt begins with. The others come of what it does. */
const KNOWN_TO_ATTEMPT: ReadonlySet<string> = new Set([...KNOWN_BEFORE, "tasks", "item", "item_index"]);

/** An expression whose value is longer, in characters of JSON, is shown as written. */
const SHOWN_MAX = 10_000;

/** What is shown of an expression that uses a secret. */
const SECRET = "***";

/** Works the expressions of a task out that need nothing of a run but its params and its date; leaves the others as written. */
export function previewTask(
  pipeline: Pipeline,
  task: Task,
  { params, logical_date }: { readonly params: JsonObject; readonly logical_date: EpochMs },
  outer: Pick<OuterValues, "vars">,
): TaskPreview {
  const run: Run = {
    id: "" as RunId,
    created: {
      type: "run_created",
      pipeline: pipeline.name,
      version: pipeline.version,
      trigger: "manual",
      by: "",
      logical_date,
      data_interval_start: logical_date,
      data_interval_end: logical_date,
      params,
    },
    created_at: logical_date,
    state: "queued",
    seq: 0,
    timed_out: false,
    retries: 0,
    notifications: new Map(),
    task_runs: new Map(),
  };
  const names = new RunNames(pipeline, run, { ...outer, secrets: {}, connections: {} });
  // The run's own id is not known either.
  const isKnown = (name: string, references: readonly Reference[]): boolean =>
    KNOWN_BEFORE.has(name) && !(name === "run" && references.some(({ steps }) => steps[0]?.name === "id"));
  return show(pipeline, task, new Preview(names, isKnown));
}

/**
 * What an attempt that begins now is given: every expression worked out, but those that use a secret or take what the
 * attempt itself finds out. No secret is asked for. Undefined when the run has no such task run.
 */
export function previewAttempt(
  pipeline: Pipeline,
  run: Run,
  key: TaskKey,
  outer: Pick<OuterValues, "vars">,
): TaskPreview | undefined {
  const taskRun = run.task_runs.get(key);
  const task = taskRun && taskOf(pipeline, taskRun.task);
  if (task === undefined) return undefined;
  const names = new RunNames(pipeline, run, { ...outer, secrets: {}, connections: {} }, { key });
  return show(pipeline, task, new Preview(names, (name) => KNOWN_TO_ATTEMPT.has(name)));
}

function show(pipeline: Pipeline, task: Task, preview: Preview): TaskPreview {
  const env = Object.entries({ ...pipeline.env, ...task.env }).map(([name, text]) => [
    name,
    jsonToText(preview.value(text)),
  ]);
  return {
    config: preview.value(task.config) as JsonObject,
    env: Object.fromEntries(env),
    ...(task.cwd === undefined ? {} : { cwd: jsonToText(preview.value(task.cwd)) }),
  };
}

class Preview {
  readonly #cache = new ExpressionCache();
  readonly #names: RunNames;
  readonly #isKnown: (name: string, references: readonly Reference[]) => boolean;

  constructor(names: RunNames, isKnown: (name: string, references: readonly Reference[]) => boolean) {
    this.#names = names;
    this.#isKnown = isKnown;
  }

  value(written: JsonValue): JsonValue {
    if (typeof written === "string") return this.#text(written);
    if (Array.isArray(written)) return written.map((one) => this.value(one));
    if (written === null || typeof written !== "object") return written;
    return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, this.value(value)]));
  }

  #text(text: string): JsonValue {
    if (!hasTemplate(text)) return text;
    const template = parseTemplate(text);
    const whole = wholeExpression(template);
    if (whole !== undefined) return this.#expression(whole.source) ?? text;
    return template.parts
      .map((part) => {
        if (part.type === "text") return part.text;
        const value = this.#expression(part.source);
        return value === undefined ? text.slice(part.start, part.end) : jsonToText(value);
      })
      .join("");
  }

  /** Undefined when it can't be known yet. */
  #expression(source: string): JsonValue | undefined {
    const roots = this.#cache.references(source);
    if (roots.has("secrets")) return SECRET;
    if ([...roots].some(([name, references]) => !this.#isKnown(name, references))) return undefined;
    const evaluated = this.#cache.evaluate(source, this.#names);
    return evaluated.ok && JSON.stringify(evaluated.value).length <= SHOWN_MAX ? evaluated.value : undefined;
  }
}

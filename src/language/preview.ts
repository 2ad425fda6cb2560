import type { EpochMs, Run, RunId } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import { ExpressionCache } from "./expressions/evaluate.ts";
import { hasTemplate, parseTemplate, wholeExpression } from "./expressions/template.ts";
import { jsonToText } from "./expressions/values.ts";
import type { Pipeline, Task } from "./pipeline.ts";
import { type OuterValues, RunNames } from "./run-names.ts";

/** What a task would do, as far as it is known before a run. */
export interface TaskPreview {
  readonly config: JsonObject;
  /** Of the pipeline and the task. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Names whose values are known before a run. The others come with it, or are secret. */
const KNOWN: ReadonlySet<string> = new Set(["params", "run", "ds", "vars"]);

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
  const preview = new Preview(names);
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

  constructor(names: RunNames) {
    this.#names = names;
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
    const roots = [...this.#cache.references(source).keys()];
    if (roots.includes("secrets")) return SECRET;
    // The run's own id is not known either.
    if (roots.some((root) => !KNOWN.has(root)) || /\brun\.id\b/.test(source)) return undefined;
    const evaluated = this.#cache.evaluate(source, this.#names);
    return evaluated.ok ? evaluated.value : undefined;
  }
}

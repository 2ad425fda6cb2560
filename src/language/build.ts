import type { NotificationCause } from "../core/index.ts";
import { type JsonObject, type JsonValue, parseDuration, sha256 } from "../lib/index.ts";
import { ALERT_FOR_MS, GRACE_MS, MAX_ACTIVE_RUNS, MAX_ACTIVE_TASKS, RETRY_DELAY_MS, RETRY_FACTOR } from "./defaults.ts";
import type {
  Defaults,
  PipelineFile,
  Retries,
  Schedule as ScheduleFile,
  Task as TaskFile,
} from "./generated/pipeline-file.ts";
import type { PipelineSource, TaskSource } from "./model.ts";
import type { Channel, DataCheck, MetricAlert, Notify, Param, Pipeline, Schedule, Slo, Task } from "./pipeline.ts";
import { toJson } from "./source.ts";

/*
 * From a checked file to the pipeline that runs: defaults filled in, short forms widened, durations in
 * milliseconds. It relies on the checks: a file with an error never comes here.
 */

export function buildPipeline(source: PipelineSource): Pipeline {
  const file = toJson(source.root) as unknown as PipelineFile;
  const { text } = source;
  return {
    name: source.name,
    file: text.path,
    source: text.text,
    // Files that say the same and are named by their stems are two pipelines.
    version: sha256(source.name, "\0", text.text),
    ...defined({ description: file.description, doc: file.doc, owner: file.owner }),
    tags: listOf(file.tags),
    ...defined({ schedule: file.schedule === undefined ? undefined : buildSchedule(file.schedule) }),
    max_active_runs: file.max_active_runs ?? MAX_ACTIVE_RUNS,
    overlap: file.overlap ?? "queue",
    max_active_tasks: file.max_active_tasks ?? MAX_ACTIVE_TASKS,
    ...defined({ timeout_ms: durationMs(file.timeout) }),
    params: mapValues(source.params, (param) => buildParam(param.schema)),
    env: textsOf(source.env),
    tasks: [...source.tasks.values()].map((task) => buildTask(task, file.defaults ?? {})),
    ...buildOutputs(source.outputs),
    notify: buildNotify(file),
    ...defined({ slo: buildSlo(file.slo) }),
    alerts: (file.alerts ?? []).map(buildAlert),
  };
}

function buildSlo(file: PipelineFile["slo"]): Slo | undefined {
  if (file === undefined) return undefined;
  const { success_rate, max_duration, freshness } = file;
  return defined({
    success_rate: success_rate === undefined ? undefined : Number.parseFloat(success_rate) / 100,
    max_duration_ms: durationMs(max_duration),
    freshness_ms: durationMs(freshness),
  });
}

function buildAlert(file: NonNullable<PipelineFile["alerts"]>[number]): MetricAlert {
  const { metric, below, above, for: hold, severity = "warning", summary, channel } = file;
  return {
    metric,
    when: below === undefined ? "above" : "below",
    value: below ?? above ?? 0,
    for_ms: durationMs(hold) ?? ALERT_FOR_MS,
    severity,
    ...defined({ summary, channel }),
  };
}

function buildParam(schema: JsonObject): Param {
  return schema.default === undefined ? { schema } : { schema, default: schema.default };
}

function buildSchedule(file: ScheduleFile): Schedule {
  if (typeof file === "string") return buildSchedule({ cron: file });
  return {
    cron: listOf(file.cron),
    ...defined({ every_ms: durationMs(file.every) }),
    after: listOf(file.after),
    timezone: file.timezone ?? "UTC",
    ...defined({ start: file.start, end: file.end }),
    catchup: buildCatchup(file.catchup),
    jitter_ms: durationMs(file.jitter) ?? 0,
    depends_on_past: file.depends_on_past ?? false,
  };
}

function buildCatchup(file: Exclude<ScheduleFile, string>["catchup"]): Schedule["catchup"] {
  if (file === true) return { policy: "all" };
  if (file === undefined || file === false) return { policy: "none" };
  if (file === "latest") return { policy: "latest" };
  return { policy: file.policy, ...defined({ within_ms: durationMs(file.within), max: file.max }) };
}

function buildTask(source: TaskSource, defaults: Defaults): Task {
  const { id, operator } = source;
  if (operator?.config === undefined) throw new Error(`the task ${id} has no valid operator, so it must not be built`);
  const own = toJson(source.node) as unknown as TaskFile;
  const file = { ...defaults, ...own };
  return {
    id,
    ...defined({ doc: own.doc }),
    needs: [...new Set(source.needs.map((need) => need.id))],
    trigger_rule: source.effectiveTriggerRule,
    ...defined({ if: source.if === undefined ? undefined : expressionOf(String(source.if.value)) }),
    ...(own.for_each === undefined
      ? {}
      : { for_each: { items: own.for_each as JsonValue, ...defined({ max_parallel: own.max_parallel }) } }),
    retries: buildRetries(own.retries, defaults.retries),
    ...defined({ timeout_ms: durationMs(file.timeout) }),
    grace_ms: durationMs(file.grace) ?? GRACE_MS,
    soft_fail: own.soft_fail ?? false,
    on_lost: file.on_lost ?? "rerun",
    allow_failure: own.allow_failure ?? false,
    ...defined({ pool: file.pool }),
    pool_slots: file.pool_slots ?? 1,
    priority: file.priority ?? 0,
    depends_on_past: file.depends_on_past ?? false,
    env: textsOf(source.env),
    ...defined({ cwd: file.cwd }),
    ...buildOutputs(source.outputs),
    operator: operator.name,
    config: operator.config,
    metrics: mapRecord(own.metrics ?? {}, (metric) => ({ ...metric, labels: metric.labels ?? {} })),
    checks: mapRecord((own.checks ?? {}) as Readonly<Record<string, CheckFile>>, (check) => ({
      ...check,
      severity: check.severity ?? "fail",
    })),
    notify: buildNotify(file),
  };
}

/** A check as it is written. */
type CheckFile = Omit<DataCheck, "severity"> & Partial<Pick<DataCheck, "severity">>;

function mapRecord<T, U>(record: Readonly<Record<string, T>>, make: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));
}

function buildOutputs(outputs: PipelineSource["outputs"]): Pick<Task, "outputs" | "output_values"> {
  const values = [...outputs.values()].flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, withBraces(value.text)]],
  );
  return { outputs: mapValues(outputs, (output) => output.schema), output_values: Object.fromEntries(values) };
}

function buildNotify(file: Pick<TaskFile, NotificationCause>): Notify {
  const channels = (cause: NotificationCause): readonly Channel[] => {
    const written: JsonValue | undefined = file[cause] as JsonValue | undefined;
    // A finding may have been accepted that says it is no list.
    return (Array.isArray(written) ? written : []).flatMap((channel) =>
      Object.entries(channel ?? {}).map(([operator, config]) => ({ operator, config })),
    );
  };
  return {
    on_success: channels("on_success"),
    on_failure: channels("on_failure"),
    on_retry: channels("on_retry"),
  };
}

/** Field by field: `retries: 5` on a task keeps the delay that `defaults` set. */
function buildRetries(own: Retries | undefined, inherited: Retries | undefined): Task["retries"] {
  const file = { count: 0, ...longRetries(inherited), ...longRetries(own) };
  const condition = file.if === undefined ? undefined : expressionOf(String(file.if));
  return {
    count: file.count,
    delay_ms: durationMs(file.delay) ?? RETRY_DELAY_MS,
    backoff: file.backoff ?? "constant",
    factor: file.factor ?? RETRY_FACTOR,
    ...defined({ max_delay_ms: durationMs(file.max_delay) }),
    jitter: file.jitter ?? 0,
    conditional: condition !== undefined,
    ...defined({ if: condition }),
  };
}

function longRetries(file: Retries | undefined): Partial<Exclude<Retries, number>> {
  return typeof file === "number" ? { count: file } : (file ?? {});
}

/** The braces may be left out where only an expression can stand. */
function expressionOf(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith("${{") && trimmed.endsWith("}}") ? trimmed.slice(3, -2).trim() : trimmed;
}

/** The same, for what is evaluated as a text. */
function withBraces(text: string): string {
  return text.includes("${{") ? text : `\${{ ${text} }}`;
}

function durationMs(value: string | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

/** Numbers and booleans as they are written: `1.10` stays `1.10`. */
function textsOf(entries: PipelineSource["env"]): Readonly<Record<string, string>> {
  return mapValues(entries, ({ value }) => (value.kind === "scalar" ? value.text : ""));
}

function mapValues<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}

/** Without the keys that have no value. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

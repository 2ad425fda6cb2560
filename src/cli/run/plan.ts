import { stringify } from "yaml";
import type { EpochMs } from "../../core/index.ts";
import { type Pipeline, previewTask, type Task, type TaskPreview } from "../../language/index.ts";
import { formatDuration, type JsonObject, type JsonValue } from "../../lib/index.ts";
import { JSON_SCHEMA_VERSION } from "../live/json-lines.ts";
import { type Line, plainText } from "../live/text.ts";
import { topologicalOrder } from "../live/tree.ts";
import { type Cell, layOutTable } from "../output/table.ts";
import { exactTime } from "../output/time.ts";

/** One task of a plan. */
export interface PlannedTask {
  readonly id: string;
  /** 1 for tasks that need nothing; else one more than the highest of what it needs. Tasks of one level may run at once. */
  readonly level: number;
  readonly operator: string;
  readonly needs: readonly string[];
  readonly trigger_rule: string;
  readonly if?: string;
  readonly for_each?: { readonly items: JsonValue; readonly max_parallel?: number };
  readonly retries: JsonObject;
  readonly timeout_ms?: number;
  readonly pool?: string;
  /** Slots of the pool that it takes, and that there are; absent when engine.yaml does not name the pool. */
  readonly pool_slots?: number;
  readonly pool_size?: number;
  readonly priority: number;
  readonly allow_failure: boolean;
  /** `run`, or why it would not. */
  readonly action: "run" | "skip" | "keep";
  /** What it would do. Expressions that need something of the run stand as they are written, secrets as `***`. */
  readonly call: TaskPreview;
}

/** What a run would do, as far as it is known before it. Printed by `--dry-run`; with `--json` as it is here. */
export interface Plan {
  readonly schema_version: number;
  readonly kind: "plan";
  readonly pipeline: string;
  readonly file: string;
  readonly version: string;
  readonly logical_date: string;
  readonly params: JsonObject;
  readonly timeout_ms?: number;
  readonly max_active_tasks: number;
  readonly tasks: readonly PlannedTask[];
}

export interface PlanRequest {
  readonly params: JsonObject;
  readonly logical_date: EpochMs;
  readonly pools: Readonly<Record<string, number>>;
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  /** Only these run, the others are skipped. */
  readonly only?: readonly string[];
  /** Only these and what is downstream of them run, the others keep what they have. */
  readonly from?: readonly string[];
}

/** Plans a run: its tasks in the order in which they may start. */
export function planRun(pipeline: Pipeline, request: PlanRequest): Plan {
  const order = topologicalOrder(pipeline.tasks) as readonly Task[];
  const level = new Map<string, number>();
  for (const { id, needs } of order) level.set(id, 1 + Math.max(0, ...needs.map((need) => level.get(need) ?? 0)));
  const cleared = request.from === undefined ? undefined : withDownstream(order, request.from);
  const actionOf = (id: string): PlannedTask["action"] => {
    if (request.only !== undefined && !request.only.includes(id)) return "skip";
    return cleared === undefined || cleared.has(id) ? "run" : "keep";
  };
  const tasks = order
    .map((task) => ({
      ...plannedTask(task, level.get(task.id) ?? 1, request.pools, actionOf(task.id)),
      call: previewTask(pipeline, task, request, { vars: request.vars }),
    }))
    // The order among equals stays.
    .sort((a, b) => a.level - b.level);
  return {
    schema_version: JSON_SCHEMA_VERSION,
    kind: "plan",
    pipeline: pipeline.name,
    file: pipeline.file,
    version: pipeline.version,
    logical_date: new Date(request.logical_date).toISOString(),
    params: request.params,
    ...(pipeline.timeout_ms === undefined ? {} : { timeout_ms: pipeline.timeout_ms }),
    max_active_tasks: pipeline.max_active_tasks,
    tasks,
  };
}

function withDownstream(order: readonly Task[], from: readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const { id, needs } of order) if (needs.some((need) => reached.has(need))) reached.add(id);
  return reached;
}

function plannedTask(
  task: Task,
  level: number,
  pools: PlanRequest["pools"],
  action: PlannedTask["action"],
): Omit<PlannedTask, "call"> {
  const { count, delay_ms, backoff, factor, max_delay_ms, jitter } = task.retries;
  const size = task.pool === undefined ? undefined : pools[task.pool];
  return {
    id: task.id,
    level,
    operator: task.operator,
    needs: task.needs,
    trigger_rule: task.trigger_rule,
    ...(task.if === undefined ? {} : { if: task.if }),
    ...(task.for_each === undefined ? {} : { for_each: task.for_each }),
    retries: {
      count,
      delay_ms,
      backoff,
      factor,
      jitter,
      ...(max_delay_ms === undefined ? {} : { max_delay_ms }),
      ...(task.retries.if === undefined ? {} : { if: task.retries.if }),
    },
    ...(task.timeout_ms === undefined ? {} : { timeout_ms: task.timeout_ms }),
    ...(task.pool === undefined ? {} : { pool: task.pool, pool_slots: task.pool_slots }),
    ...(size === undefined ? {} : { pool_size: size }),
    priority: task.priority,
    allow_failure: task.allow_failure,
    action,
  };
}

/** The plan for people. With a width, long cells are cut to fit. */
export function renderPlan(plan: Plan, width: number | undefined): readonly Line[] {
  const params = Object.entries(plan.params).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const facts = [
    `logical date ${exactTime(Date.parse(plan.logical_date))}`,
    `at most ${plan.max_active_tasks} task${plan.max_active_tasks === 1 ? "" : "s"} at once`,
    ...(plan.timeout_ms === undefined ? [] : [`timeout ${formatDuration(plan.timeout_ms)}`]),
  ];
  const columns = [
    { title: "LEVEL", align: "right", drop: 2 },
    { title: "TASK" },
    { title: "OPERATOR", drop: 1 },
    { title: "NEEDS", shrink: true },
    { title: "DETAILS", shrink: true },
  ] as const;
  const rows = plan.tasks.map((task): readonly Cell[] => [
    String(task.level),
    task.id,
    task.operator,
    task.needs.join(", "),
    { text: detailsOf(task).join("; "), style: { dim: true } },
  ]);
  return [
    [
      { text: plan.pipeline, style: { bold: true } },
      { text: `  ${plan.file}`, style: { dim: true } },
    ],
    [{ text: facts.join(", ") }],
    [{ text: params.length === 0 ? "no params" : `params  ${params.join("  ")}` }],
    [{ text: "" }],
    ...layOutTable(columns, rows, width),
    ...plan.tasks.filter(({ action }) => action === "run").flatMap(callOf),
    [{ text: "" }],
    [{ text: "Nothing was started." }],
  ];
}

/** What a task would do, as YAML. */
function callOf({ id, operator, call }: PlannedTask): readonly Line[] {
  const { config, env, cwd } = call;
  const shown = {
    [operator]: config,
    ...(cwd === undefined ? {} : { cwd }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
  const yaml = stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  return [
    [{ text: "" }],
    [{ text: id, style: { bold: true } }],
    ...yaml.split("\n").map((line): Line => [{ text: `  ${plainText(line)}` }]),
  ];
}

function detailsOf(task: PlannedTask): readonly string[] {
  const details: string[] = [];
  if (task.action === "skip") details.push("skipped by --only");
  if (task.action === "keep") details.push("keeps its state");
  if (task.trigger_rule !== "all_success") details.push(task.trigger_rule);
  if (task.if !== undefined) details.push(`if ${task.if}`);
  if (task.for_each !== undefined) details.push(forEachText(task.for_each));
  if (task.retries.count !== 0) details.push(retriesText(task.retries));
  if (task.timeout_ms !== undefined) details.push(`timeout ${formatDuration(task.timeout_ms)}`);
  if (task.pool !== undefined) details.push(poolText(task));
  if (task.priority !== 0) details.push(`priority ${task.priority}`);
  if (task.allow_failure) details.push("may fail");
  return details;
}

function forEachText({ items, max_parallel }: NonNullable<PlannedTask["for_each"]>): string {
  const each =
    typeof items === "string"
      ? `for each of ${items}`
      : `${Object.keys(items ?? []).length} item${Object.keys(items ?? []).length === 1 ? "" : "s"}`;
  return max_parallel === undefined ? each : `${each}, ${max_parallel} at once`;
}

function retriesText({ count, delay_ms, backoff, max_delay_ms, if: condition }: JsonObject): string {
  const delay = delay_ms === 0 ? "at once" : `after ${formatDuration(Number(delay_ms))}`;
  const growth = backoff === "exponential" && delay_ms !== 0 ? ", growing" : "";
  const cap = growth !== "" && max_delay_ms !== undefined ? ` to ${formatDuration(Number(max_delay_ms))}` : "";
  const when = condition === undefined ? "" : ` if ${String(condition)}`;
  return `${String(count)} ${count === 1 ? "retry" : "retries"} ${delay}${growth}${cap}${when}`;
}

function poolText({ pool, pool_slots, pool_size }: PlannedTask): string {
  if (pool_size === undefined) return `pool ${pool} (not in engine.yaml)`;
  return `pool ${pool} (${pool_slots} of ${pool_size} slot${pool_size === 1 ? "" : "s"})`;
}

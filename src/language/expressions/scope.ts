import { TASK_STATES } from "../../core/index.ts";
import type { PipelineSource, TaskSource, TextPlace } from "../model.ts";
import { resultNames } from "../operator-keys.ts";
import { DYN, INT, MAP, STRING, TIMESTAMP, typeOfSchema, type ValueType } from "./types.ts";

/*
 * The names that an expression may use, by the place where it stands, and the types that CEL checks
 * them with.
 */

/** Where an expression stands, as far as names go. */
export interface ScopeRequest {
  readonly place: TextPlace;
  readonly task: TaskSource | undefined;
  /** True where the values of secrets may go. */
  readonly secrets: boolean;
  /** True where the result of the task's operator is there. */
  readonly result: boolean;
}

export interface Scope extends ScopeRequest {
  readonly pipeline: PipelineSource;
  /** The names in scope. `tasks` and `secrets` have rules of their own beside. */
  readonly names: ReadonlyMap<string, ValueType>;
  /** Names that exist, but not here: why not. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

const RUN: ValueType = {
  cel: MAP.cel,
  fields: new Map([
    ["id", STRING],
    ["logical_date", TIMESTAMP],
    ["data_interval_start", TIMESTAMP],
    ["data_interval_end", TIMESTAMP],
    ["trigger", { ...STRING, choices: ["manual", "schedule", "backfill", "pipeline", "api"] }],
    ["attempt", INT],
  ]),
};

/** What `error` is in `retries.if`. */
const ERROR: ValueType = {
  cel: MAP.cel,
  fields: new Map([
    ["reason", STRING],
    ["message", STRING],
  ]),
};

export const STATE: ValueType = { ...STRING, choices: TASK_STATES };

/** The names in scope at a place. `itemType` is the type of the task's items; only asked for a task with `for_each`. */
export function scopeAt(pipeline: PipelineSource, request: ScopeRequest, itemType: () => ValueType): Scope {
  const { place, task } = request;
  if (place === "connection") return connectionScope(pipeline, request);
  const names = new Map<string, ValueType>([
    ["params", paramsType(pipeline)],
    ["run", RUN],
    ["ds", STRING],
    ["vars", varsType(pipeline)],
    ["secrets", MAP],
  ]);
  const elsewhere = new Map<string, string>();
  const offer = (name: string, type: () => ValueType, why: string | undefined): void => {
    if (why === undefined) names.set(name, type());
    else elsewhere.set(name, why);
  };
  const notMapped =
    task?.forEach === undefined ? "only tasks with `for_each` have items" : "`for_each` itself makes the items";
  const hasItem = task?.forEach !== undefined && place !== "for_each";
  offer(
    "tasks",
    () => MAP,
    task === undefined && place !== "notification" && place !== "run_output"
      ? "this place belongs to no task, so no task comes before it"
      : undefined,
  );
  offer("item", itemType, hasItem ? undefined : notMapped);
  offer("item_index", () => INT, hasItem ? undefined : notMapped);
  const onFailure =
    place === "retries_if" || place === "notification"
      ? undefined
      : "only `retries.if` and notifications look at a failure";
  offer("exit_code", () => INT, onFailure);
  offer("error", () => ERROR, onFailure);
  offer("status", () => INT, onFailure);
  const { spec, config } = task?.operator ?? {};
  for (const name of (spec && resultNames(spec, config)) ?? []) {
    offer(name, () => DYN, request.result ? undefined : `\`${task?.operator?.name}\` has it only after its work`);
  }
  const after = task !== undefined && (place === "metrics" || place === "notification");
  offer(
    "outputs",
    () => outputsType(task),
    after ? undefined : "a task's own outputs are there only after it has ended",
  );
  return { ...request, pipeline, names, elsewhere };
}

/** Names of a run, which a connection is no part of. */
const OF_RUNS = ["params", "run", "ds", "tasks", "item", "item_index", "exit_code", "error", "status", "outputs"];

function connectionScope(pipeline: PipelineSource, request: ScopeRequest): Scope {
  const names = new Map([
    ["vars", varsType(pipeline)],
    ["secrets", MAP],
  ]);
  const why = "a connection is the same for every run: it sees `vars` and `secrets` alone";
  return { ...request, pipeline, names, elsewhere: new Map(OF_RUNS.map((name) => [name, why])) };
}

function varsType({ vars }: PipelineSource): ValueType {
  return vars === undefined ? MAP : { cel: MAP.cel, fields: new Map(vars.map((name) => [name, DYN])) };
}

function outputsType(task: TaskSource | undefined): ValueType {
  const fields = new Map<string, ValueType>();
  for (const [name, output] of task?.outputs ?? []) fields.set(name, typeOfSchema(output.schema));
  return { cel: MAP.cel, fields };
}

/** The outputs as tasks further down see them: of a mapped task each is the list of its items' outputs. */
export function outputsTypeFromOutside(task: TaskSource): ValueType {
  const own = outputsType(task);
  if (task.forEach === undefined) return own;
  const lists = [...(own.fields ?? [])].map(([name, type]) => [name, { cel: `list<${type.cel}>` }] as const);
  return { cel: MAP.cel, fields: new Map(lists) };
}

const paramsTypes = new WeakMap<PipelineSource, ValueType>();

/** Worked out once for each pipeline: every expression asks for it. */
function paramsType(pipeline: PipelineSource): ValueType {
  const known = paramsTypes.get(pipeline);
  if (known !== undefined) return known;
  const fields = [...pipeline.params.values()].map((param) => [param.name, typeOfSchema(param.schema)] as const);
  const type = { cel: MAP.cel, fields: new Map(fields) };
  paramsTypes.set(pipeline, type);
  return type;
}

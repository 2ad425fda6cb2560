import type { Environment } from "@marcbachmann/cel-js";
import { TASK_STATES } from "../../core/index.ts";
import type { PipelineSource, TaskSource, TextPlace } from "../model.ts";
import { checkingEnvironment } from "./cel.ts";
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
  const names = new Map<string, ValueType>([
    ["params", paramsType(pipeline)],
    ["run", RUN],
    ["ds", STRING],
    ["vars", MAP],
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
    task === undefined && place !== "notification" ? "it belongs to no task, so no task comes before it" : undefined,
  );
  offer("item", itemType, hasItem ? undefined : notMapped);
  offer("item_index", () => INT, hasItem ? undefined : notMapped);
  const onFailure = place === "retries_if" ? undefined : "only `retries.if` looks at a failed attempt";
  offer("exit_code", () => INT, onFailure);
  offer("error", () => ERROR, onFailure);
  const after = task !== undefined && (place === "metrics" || place === "notification");
  offer(
    "outputs",
    () => outputsType(task),
    after ? undefined : "a task's own outputs are there only after it has ended",
  );
  return { ...request, pipeline, names, elsewhere };
}

export function outputsType(task: TaskSource | undefined): ValueType {
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

function paramsType(pipeline: PipelineSource): ValueType {
  const fields = [...pipeline.params.values()].map((param) => [param.name, typeOfSchema(param.schema)] as const);
  return { cel: MAP.cel, fields: new Map(fields) };
}

const environments = new WeakMap<PipelineSource, TypeEnvironments>();

/** Where the expressions of a pipeline are checked for their types. */
export function typeEnvironment(scope: Scope): Environment {
  let made = environments.get(scope.pipeline);
  if (made === undefined) {
    made = new TypeEnvironments(scope.pipeline);
    environments.set(scope.pipeline, made);
  }
  return made.of(scope.names.get("item") ?? DYN, scope.names.get("outputs"));
}

/** One environment a pipeline, and a clone for each further type of `item` and `outputs`. */
class TypeEnvironments {
  readonly #base: Environment;
  readonly #clones = new Map<string, Environment>();
  #types = 0;

  constructor(pipeline: PipelineSource) {
    const environment = checkingEnvironment().clone();
    const variable = (name: string, type: ValueType) =>
      environment.registerVariable(name, this.#register(environment, type));
    variable("params", paramsType(pipeline));
    variable("run", RUN);
    variable("ds", STRING);
    variable("vars", MAP);
    variable("secrets", MAP);
    variable("item_index", INT);
    variable("exit_code", INT);
    variable("error", ERROR);
    const tasks = new Map<string, ValueType>();
    for (const task of pipeline.tasks.values()) {
      const fields = new Map([
        ["state", STATE],
        ["outputs", outputsTypeFromOutside(task)],
      ]);
      tasks.set(task.id, { cel: MAP.cel, fields });
    }
    variable("tasks", { cel: MAP.cel, fields: tasks });
    this.#base = environment;
  }

  of(item: ValueType, outputs: ValueType | undefined): Environment {
    const key = `${item.cel} ${[...(outputs?.fields ?? [])].map(([name, type]) => `${name}:${type.cel}`).join()}`;
    let clone = this.#clones.get(key);
    if (clone === undefined) {
      clone = this.#base.clone();
      clone.registerVariable("item", item.cel);
      clone.registerVariable("outputs", this.#register(clone, outputs ?? MAP));
      this.#clones.set(key, clone);
    }
    return clone;
  }

  /** The name of a type that CEL knows; a type with known parts becomes one of its own. */
  #register(environment: Environment, type: ValueType): string {
    if (type.fields === undefined) return type.cel;
    const fields: Record<string, string> = {};
    for (const [name, field] of type.fields) fields[name] = this.#register(environment, field);
    this.#types += 1;
    const name = `Object${this.#types}`;
    environment.registerType(name, { fields });
    return name;
  }
}

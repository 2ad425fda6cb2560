import { itemKey, type Run, type TaskId, type TaskKey, type TaskRun } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import { localDate } from "../schedule/index.ts";
import { NameError, type Names } from "./expressions/evaluate.ts";
import type { Reference } from "./expressions/references.ts";
import { type CelValue, toCel } from "./expressions/values.ts";
import type { Pipeline, Task } from "./pipeline.ts";

/** Values that come from outside a pipeline. */
export interface OuterValues {
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Why there is no value of a secret, as far as somebody knows. */
  readonly secretProblem?: (name: string) => string | undefined;
  /** Connections by name, as written: their texts may hold expressions with `vars` and `secrets`. */
  readonly connections: Readonly<Record<string, JsonObject>>;
}

export interface RunNamesOptions {
  /** The task run whose expression it is. */
  readonly key?: TaskKey;
  /** True where the values of secrets may go. */
  readonly secrets?: boolean;
  /** Further names: `exit_code`, `response` … */
  readonly extra?: Readonly<Record<string, CelValue>>;
}

/** The names that expressions see, with the values that they have in a run. */
export class RunNames implements Names {
  readonly #pipeline: Pipeline;
  readonly #run: Run;
  readonly #outer: OuterValues;
  readonly #options: RunNamesOptions;

  constructor(pipeline: Pipeline, run: Run, outer: OuterValues, options: RunNamesOptions = {}) {
    this.#pipeline = pipeline;
    this.#run = run;
    this.#outer = outer;
    this.#options = options;
  }

  resolve(name: string, references: readonly Reference[]): CelValue {
    const { extra, key } = this.#options;
    if (extra !== undefined && Object.hasOwn(extra, name)) return extra[name];
    switch (name) {
      case "params":
        return this.#params();
      case "run":
        return this.#runValues();
      case "ds":
        return localDate(this.#run.created.logical_date, this.#pipeline.schedule?.timezone ?? "UTC");
      case "tasks":
        return this.#tasks(references);
      case "vars":
        this.#askFor("var", this.#outer.vars, references, "set it under `vars` in engine.yaml");
        return toCel({ ...this.#outer.vars });
      case "secrets":
        if (this.#options.secrets !== true) throw new NameError("a secret can't be used here");
        this.#askForSecrets(references);
        return new Map(Object.entries(this.#outer.secrets));
      case "item":
        return this.#item(key)?.item;
      case "item_index": {
        const index = this.#item(key)?.index;
        return index === undefined ? undefined : BigInt(index);
      }
      default:
        return undefined;
    }
  }

  #item(key: TaskKey | undefined): { readonly index: number; readonly item: CelValue } | undefined {
    const taskRun = key === undefined ? undefined : this.#run.task_runs.get(key);
    if (taskRun?.index === undefined) return undefined;
    return { index: taskRun.index, item: toCel(taskRun.item ?? null) };
  }

  #params(): CelValue {
    const { params } = this.#run.created;
    return new Map(
      Object.entries(params).map(([name, value]) => [name, toCel(value, this.#pipeline.params[name]?.schema)]),
    );
  }

  #runValues(): CelValue {
    const { id, created, retries } = this.#run;
    return {
      id,
      logical_date: new Date(created.logical_date),
      data_interval_start: new Date(created.data_interval_start),
      data_interval_end: new Date(created.data_interval_end),
      trigger: created.trigger,
      attempt: BigInt(retries + 1),
    };
  }

  /** Only the tasks that are asked for: a run may have ten thousand. */
  #tasks(references: readonly Reference[]): CelValue {
    const values = new Map<string, CelValue>();
    for (const reference of references) {
      const id = reference.steps[0]?.name;
      const task = id === undefined ? undefined : taskOf(this.#pipeline, id);
      if (task !== undefined && !values.has(task.id)) values.set(task.id, this.#task(task));
    }
    return values;
  }

  #task(task: Task): CelValue {
    const whole = this.#run.task_runs.get(task.id as string as TaskKey);
    const items = task.for_each === undefined ? undefined : this.#items(task);
    const outputs = Object.entries(task.outputs).map(([name, schema]) => {
      const value = items?.map((item) => outputOf(item, name, schema)) ?? outputOf(whole, name, schema);
      return [name, value] as const;
    });
    return { state: whole?.state ?? "none", outputs: new Map(outputs) };
  }

  #items(task: Task): readonly TaskRun[] {
    const { task_runs } = this.#run;
    // Further ones may be left from an earlier expansion.
    const count = task_runs.get(task.id as string as TaskKey)?.items ?? 0;
    return Array.from({ length: count }, (_, index) => task_runs.get(itemKey(task.id as TaskId, index))).filter(
      (item) => item !== undefined,
    );
  }

  /** One that is somewhere and can't be had is another matter than one that is nowhere. */
  #askForSecrets(references: readonly Reference[]): void {
    const { secrets, secretProblem } = this.#outer;
    for (const { steps, tested } of references) {
      const name = steps[0]?.name;
      if (name === undefined || tested || Object.hasOwn(secrets, name)) continue;
      const problem = secretProblem?.(name);
      if (problem !== undefined) throw new NameError(`the secret \`${name}\` could not be read: ${problem}`);
    }
    this.#askFor(
      "secret",
      secrets,
      references,
      "set ENGINE_SECRET_<NAME> where the engine runs, or say under `secrets` in engine.yaml where it comes from",
    );
  }

  /** Says which one is missing, before CEL says only that something is. */
  #askFor(
    kind: string,
    known: Readonly<Record<string, unknown>>,
    references: readonly Reference[],
    hint: string,
  ): void {
    for (const { steps, tested } of references) {
      const name = steps[0]?.name;
      if (name !== undefined && !tested && !Object.hasOwn(known, name)) {
        throw new NameError(`there is no ${kind} \`${name}\`; ${hint.replace("<NAME>", name)}`);
      }
    }
  }
}

/** Null when the task has none: it was skipped, failed, or hasn't run. */
function outputOf(taskRun: TaskRun | undefined, name: string, schema: JsonObject): CelValue {
  const value: JsonValue | undefined = taskRun?.outputs?.[name];
  return value === undefined ? null : toCel(value, schema);
}

const indexes = new WeakMap<Pipeline, ReadonlyMap<string, Task>>();

/** A task of a pipeline by its id. */
export function taskOf(pipeline: Pipeline, id: string | TaskId): Task | undefined {
  let index = indexes.get(pipeline);
  if (index === undefined) {
    index = new Map(pipeline.tasks.map((task) => [task.id, task]));
    indexes.set(pipeline, index);
  }
  return index.get(id);
}

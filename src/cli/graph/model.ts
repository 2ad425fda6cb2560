import type { OperatorSpec, Pipeline, Task } from "../../language/index.ts";

/*
 * A pipeline as a picture shows it: tasks and the lines between them. The same for every format.
 */

export interface Graph {
  readonly pipeline: string;
  readonly description?: string;
  readonly tasks: readonly GraphTask[];
  /** In the order of the tasks that need, then of their `needs`. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphTask {
  readonly id: string;
  readonly operator: string;
  readonly needs: readonly string[];
  /** Absent when it is `all_success`. */
  readonly trigger_rule?: string;
  /** CEL, without the braces. */
  readonly if?: string;
  /** The items of a `for_each`, short: CEL without the braces, or how many there are. */
  readonly for_each?: string;
  readonly allow_failure: boolean;
  /** Of a branch: what it chooses among, in its order. */
  readonly cases?: readonly GraphCase[];
}

export interface GraphCase {
  /** CEL, without the braces. Absent in the `else`. */
  readonly if?: string;
  readonly targets: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Behind a branch: when it is taken. */
  readonly condition?: string;
}

/** Reads a compiled pipeline. */
export function graphOf(pipeline: Pipeline, operators: ReadonlyMap<string, OperatorSpec>): Graph {
  const tasks = pipeline.tasks.map((task) => graphTask(task, operators.get(task.operator)));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return {
    pipeline: pipeline.name,
    ...(pipeline.description === undefined ? {} : { description: pipeline.description }),
    tasks,
    edges: tasks.flatMap(({ id, needs }) =>
      needs.map((from) => {
        const condition = conditionOf(byId.get(from), id);
        return { from, to: id, ...(condition === undefined ? {} : { condition }) };
      }),
    ),
  };
}

function graphTask(task: Task, operator: OperatorSpec | undefined): GraphTask {
  const cases = operator?.cases?.(task.config);
  return {
    id: task.id,
    operator: task.operator,
    needs: [...new Set(task.needs)],
    ...(task.trigger_rule === "all_success" ? {} : { trigger_rule: task.trigger_rule }),
    ...(task.if === undefined ? {} : { if: oneLine(task.if) }),
    ...(task.for_each === undefined ? {} : { for_each: itemsOf(task.for_each.items) }),
    allow_failure: task.allow_failure,
    ...(cases === undefined
      ? {}
      : { cases: cases.map((each) => (each.if === undefined ? each : { ...each, if: oneLine(each.if) })) }),
  };
}

function itemsOf(items: NonNullable<Task["for_each"]>["items"]): string {
  if (typeof items === "string") return oneLine(items);
  const count = Array.isArray(items) ? items.length : Object.keys(items ?? {}).length;
  return count === 1 ? "1 item" : `${count} items`;
}

/** When a branch takes the way to a task; undefined when the task above is no branch. Several cases may lead there. */
function conditionOf(from: GraphTask | undefined, to: string): string | undefined {
  if (from?.cases === undefined) return undefined;
  const leading = from.cases.filter(({ targets }) => targets.includes(to));
  return leading.map((each) => each.if ?? "else").join(" or ") || undefined;
}

/** An expression without braces and line ends. */
function oneLine(text: string): string {
  const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1] ?? text;
  return inner.trim().replaceAll(/\s+/g, " ");
}

/** What is written below a task's name, a line each, in words that the language uses. */
export function detailsOf(task: GraphTask): readonly string[] {
  return [
    ...(task.trigger_rule === undefined ? [] : [`trigger_rule: ${task.trigger_rule}`]),
    ...(task.if === undefined ? [] : [`if: ${task.if}`]),
    ...(task.for_each === undefined ? [] : [`for_each: ${task.for_each}`]),
    ...(task.allow_failure ? ["allow_failure"] : []),
    // The tasks first: where a long condition is cut, they stay.
    ...(task.cases ?? []).map(
      (each) => `→ ${each.targets.join(", ")}: ${each.if === undefined ? "else" : `if ${each.if}`}`,
    ),
  ];
}

import { NOTIFICATION_CAUSES } from "../../core/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import { pipeline_schema } from "../definition/pipeline.ts";
import { validators } from "../generated/validators.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import { type MapEntry, type MapNode, type ScalarNode, type SourceNode, toJson } from "../source.ts";
import { explain } from "./explain.ts";
import { likelyMeant, unknownKey } from "./keys.ts";
import { type Problem, visible } from "./problem.ts";
import type { Schema } from "./schema-words.ts";

/** What is wrong with a task's choice of its operator. `at` is the task's key, or the operator's. */
export type OperatorProblem = Pick<Problem, "at" | "broken"> & { readonly task: string; readonly operator?: never } & (
    | { readonly kind: "no_operator" }
    | { readonly kind: "two_operators"; readonly first: MapEntry; readonly second: MapEntry }
    | { readonly kind: "unknown_operator"; readonly name: string }
  );

/** What doesn't fit the definition of the language; with `operator`, what doesn't fit that operator's schema. */
export type ShapeProblem = (Problem & { readonly operator?: string }) | OperatorProblem;

export interface Shape {
  readonly problems: readonly ShapeProblem[];
  /** Whether a node, with all that stands in it, fits. */
  isSound(node: SourceNode): boolean;
}

const PIPELINE = pipeline_schema as unknown as Schema;
/** The keys that all tasks have. */
export const TASK_KEYS: readonly string[] = Object.keys(pipeline_schema.definitions.task.properties);

/** Keys that are right one level deeper. */
const RETRY_KEYS: readonly string[] = Object.keys(pipeline_schema.definitions.retries.anyOf[1].properties);

/** Holds a file against the definition of the language and the operators' schemas. */
export function checkShape(root: SourceNode, operators: ReadonlyMap<string, OperatorSpec>): Shape {
  const problems: ShapeProblem[] = [];
  const validate = validators.pipeline;
  if (validate === undefined || !validate(toJson(root))) problems.push(...explained(PIPELINE, root));
  const tasks = root.kind === "map" ? root.get("tasks") : undefined;
  for (const entry of tasks?.kind === "map" ? tasks.entries : []) {
    const { value } = entry;
    if (value.kind === "map" && value.entries.length > 0) problems.push(...taskProblems(entry, value, operators));
  }
  for (const { value } of channelEntries(root)) problems.push(...channelProblems(value, operators));
  const broken = new Set(problems.map((problem) => problem.broken));
  const isSound = (node: SourceNode): boolean => {
    if (broken.has(node)) return false;
    if (node.kind === "map") return node.entries.every((entry) => isSound(entry.keyNode) && isSound(entry.value));
    return node.kind === "scalar" || node.items.every(isSound);
  };
  return { problems, isSound };
}

/** The validator has said no; should nobody know why, at least that is said. */
function explained(schema: Schema, node: SourceNode, key?: ScalarNode): readonly Problem[] {
  const found = explain(schema, node, key);
  if (found.length > 0) return found;
  const name = key === undefined ? "the file" : `\`${key.text}\``;
  const message = `${name} does not fit its schema`;
  const at = key === undefined ? { start: 0, end: 0 } : visible({ node, key, name });
  return [{ kind: "bad_value", at, broken: node, message, hint: schema.description }];
}

/** The keys that are not common to all tasks: exactly one has to be an operator's, and no other may be there. */
function taskProblems(
  { key: task, keyNode }: MapEntry,
  node: MapNode,
  operators: ReadonlyMap<string, OperatorSpec>,
): readonly ShapeProblem[] {
  const foreign = node.entries.filter((entry) => !TASK_KEYS.includes(entry.key));
  const [first, second] = foreign.filter((entry) => operators.has(entry.key));
  const unknown = foreign.filter((entry) => !operators.has(entry.key));
  if (first === undefined) return withoutOperator({ task, keyNode, node }, unknown);
  const problems: ShapeProblem[] = unknown.map((entry) => unknownTaskKey(task, node, entry));
  if (second !== undefined)
    problems.push({ kind: "two_operators", at: second.keyNode, broken: node, task, first, second });
  const spec = operators.get(first.key);
  if (second !== undefined || spec?.validate === undefined || spec.validate(toJson(first.value))) return problems;
  const own = explained(spec.schema as JsonObject as Schema, first.value, first.keyNode);
  return [...problems, ...own.map((problem) => ({ ...problem, operator: spec.name }))];
}

const NOTIFICATION_KEYS: readonly string[] = NOTIFICATION_CAUSES;

/** Where somebody is to be told: of the pipeline, of `defaults` and of each task. */
function channelEntries(root: SourceNode): readonly MapEntry[] {
  if (root.kind !== "map") return [];
  const tasks = root.get("tasks");
  const nodes = [root, root.get("defaults"), ...(tasks?.kind === "map" ? tasks.entries.map(({ value }) => value) : [])];
  return nodes.flatMap((node) =>
    node?.kind === "map" ? node.entries.filter(({ key }) => NOTIFICATION_KEYS.includes(key)) : [],
  );
}

/** What doesn't fit the schema of the operator that sends a message. */
function channelProblems(list: SourceNode, operators: ReadonlyMap<string, OperatorSpec>): readonly ShapeProblem[] {
  const channels = list.kind === "list" ? list.items.flatMap((item) => (item.kind === "map" ? item.entries : [])) : [];
  return channels.flatMap(({ key, keyNode, value }) => {
    const spec = operators.get(key);
    if (!spec?.notifies || spec.validate === undefined || spec.validate(toJson(value))) return [];
    return explained(spec.schema as JsonObject as Schema, value, keyNode).map((problem) => ({
      ...problem,
      operator: key,
    }));
  });
}

/** A key that is nearly a common one is a misspelt key; of the rest, a single one must have been meant as the operator. */
function withoutOperator(
  { task, keyNode, node }: { readonly task: string; readonly keyNode: ScalarNode; readonly node: MapNode },
  unknown: readonly MapEntry[],
): readonly ShapeProblem[] {
  const [misspelt, others] = partition(unknown, (entry) => likelyMeant(entry.key, TASK_KEYS) !== undefined);
  const [only, ...more] = others;
  const keys = misspelt.map((entry) => unknownTaskKey(task, node, entry));
  if (only !== undefined && more.length === 0) {
    return [...keys, { kind: "unknown_operator", at: only.keyNode, broken: only.keyNode, task, name: only.key }];
  }
  return [
    { kind: "no_operator", at: keyNode, broken: keyNode, task },
    ...keys,
    ...others.map((entry) => unknownTaskKey(task, node, entry)),
  ];
}

function unknownTaskKey(task: string, node: MapNode, entry: MapEntry): Problem {
  const home = RETRY_KEYS.includes(entry.key) ? "retries" : undefined;
  return unknownKey({ entry, node, allowed: TASK_KEYS, name: `task \`${task}\``, home });
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

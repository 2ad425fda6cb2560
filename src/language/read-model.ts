import { TRIGGER_RULES, type TriggerRule } from "../core/index.ts";
import type { JsonObject } from "../lib/index.ts";
import type { CompileOptions } from "./checks/check.ts";
import type {
  NeedSource,
  OperatorSource,
  OutputSource,
  ParamSource,
  PipelineSource,
  TaskSource,
  TextPlace,
  TextSource,
} from "./model.ts";
import { likelyMeant } from "./shape/keys.ts";
import { type MapEntry, MapNode, type ScalarNode, type SourceNode, stringOf, toJson } from "./source.ts";
import type { SourceText } from "./text.ts";

/** Tells which nodes, with all that stands in them, fit the definition of the language. */
export interface Soundness {
  isSound(node: SourceNode): boolean;
}

/** Reads the well-formed parts of a file; leaves out what isn't. */
export function readPipeline(
  text: SourceText,
  root: MapNode,
  options: CompileOptions,
  soundness: Soundness,
): PipelineSource {
  const nameNode = root.get("name");
  const defaults = mapOf(root.get("defaults"));
  const tasksNode = mapOf(root.get("tasks"));
  const tasks = new Map<string, TaskSource>();
  for (const entry of tasksNode?.entries ?? []) {
    const task = readTask(entry, defaults, options, soundness);
    if (task !== undefined) tasks.set(task.id, task);
  }
  const schedule = root.get("schedule");
  const defaultPool = defaults && readPool(defaults, soundness).pool;
  return {
    text,
    root,
    name: nameIn(text.path, root),
    nameAt: nameNode ?? { start: 0, end: 0 },
    ...(schedule === undefined ? {} : { schedule: soundPart(schedule, soundness) }),
    params: readParams(root.get("params"), soundness),
    env: entriesOf(root.get("env")),
    ...(defaults === undefined ? {} : { defaults }),
    ...(defaultPool === undefined ? {} : { defaultPool }),
    outputs: readRunOutputs(root.get("outputs"), soundness),
    tasks,
    taskIds: new Set(tasksNode?.entries.map((entry) => entry.key)),
    texts: readTexts(root, tasks, soundness),
  };
}

/** What is right of a mapping with mistakes in it, so that the rest is checked in the same go. */
function soundPart(node: SourceNode, soundness: Soundness): SourceNode {
  if (node.kind !== "map") return node;
  const entries = node.entries.filter((entry) => soundness.isSound(entry.keyNode) && soundness.isSound(entry.value));
  return new MapNode(node, new Map(entries.map((entry) => [entry.key, entry])));
}

/** What the pipeline in a file is called: as it says, else as the file is, without its folder and `.yaml` or `.yml`. */
export function nameIn(path: string, root: SourceNode | undefined): string {
  const stem = (path.split(/[/\\]/).at(-1) ?? "").replace(/\.ya?ml$/i, "");
  return (root?.kind === "map" ? stringOf(root.get("name")) : undefined) ?? stem;
}

function readTask(
  entry: MapEntry,
  defaults: MapNode | undefined,
  options: CompileOptions,
  soundness: Soundness,
): TaskSource | undefined {
  const node = mapOf(entry.value);
  if (node === undefined) return undefined;
  const triggerRule = readTriggerRule(node.get("trigger_rule"));
  const condition = conditionNode(node.get("if"));
  const forEach = node.get("for_each");
  const retriesIf = textNode(mapOf(node.get("retries"))?.get("if"));
  const operator = readOperator(node, options, soundness);
  return {
    id: entry.key,
    key: entry.keyNode,
    node,
    needs: readNeeds(node.get("needs")),
    unclear:
      isMisspelt(node, ORDERING, soundness) ||
      [node.get("needs"), node.get("trigger_rule") ?? defaults?.get("trigger_rule")].some(
        (each) => each !== undefined && !soundness.isSound(each),
      ),
    ...(triggerRule === undefined ? {} : { triggerRule }),
    effectiveTriggerRule: (triggerRule ?? readTriggerRule(defaults?.get("trigger_rule")))?.value ?? "all_success",
    ...(condition === undefined ? {} : { if: condition }),
    ...(forEach === undefined ? {} : { forEach }),
    ...(retriesIf === undefined ? {} : { retriesIf }),
    ...readPool(node, soundness),
    env: entriesOf(node.get("env")),
    outputs: readOutputs(node.get("outputs"), soundness),
    ...(operator === undefined ? {} : { operator }),
  };
}

/** Keys that say when a task runs. */
const ORDERING: readonly string[] = ["needs", "trigger_rule"];

/** Whether a key that nobody knows was meant to be one of these. */
function isMisspelt(node: MapNode, keys: readonly string[], soundness: Soundness): boolean {
  const missing = keys.filter((key) => node.entry(key) === undefined);
  return node.entries.some(
    ({ key, keyNode }) => !soundness.isSound(keyNode) && likelyMeant(key, missing) !== undefined,
  );
}

function readPool(node: MapNode, soundness: Soundness): { readonly pool?: ScalarNode } {
  const pool = node.get("pool");
  return pool?.kind === "scalar" && soundness.isSound(pool) ? { pool } : {};
}

function readNeeds(node: SourceNode | undefined): readonly NeedSource[] {
  const nodes = node?.kind === "list" ? node.items : node === undefined ? [] : [node];
  return nodes.flatMap((item) => {
    const id = stringOf(item);
    return item.kind === "scalar" && id !== undefined ? [{ id, node: item }] : [];
  });
}

function readTriggerRule(node: SourceNode | undefined): { value: TriggerRule; node: ScalarNode } | undefined {
  if (node?.kind !== "scalar") return undefined;
  const value = TRIGGER_RULES.find((rule) => rule === node.value);
  return value === undefined ? undefined : { value, node };
}

function readParams(node: SourceNode | undefined, soundness: Soundness): ReadonlyMap<string, ParamSource> {
  const params = new Map<string, ParamSource>();
  for (const { key: name, keyNode: key, value } of mapOf(node)?.entries ?? []) {
    if (!soundness.isSound(value)) {
      // It is reported already; that its name exists counts, so that nobody who reads it is told otherwise.
      params.set(name, { name, key, node: value, schema: {}, sound: false });
      continue;
    }
    const defaultNode = value.kind === "map" ? value.get("default") : value;
    const schema = value.kind === "map" ? (toJson(value) as JsonObject) : shortParam(value);
    params.set(name, {
      name,
      key,
      node: value,
      schema,
      sound: true,
      ...(defaultNode === undefined ? {} : { defaultNode }),
    });
  }
  return params;
}

/** `epochs: 10` is an integer with the default 10, `rate: 1.0` a number. */
function shortParam(node: SourceNode): JsonObject {
  const value = toJson(node);
  if (Array.isArray(value)) return { type: "array", default: value };
  if (typeof value !== "number") return { type: typeof value, default: value };
  const whole = node.kind === "scalar" && Number.isInteger(value) && !/[.e]/i.test(node.text);
  return { type: whole ? "integer" : "number", default: value };
}

function readOutputs(node: SourceNode | undefined, soundness: Soundness): ReadonlyMap<string, OutputSource> {
  const outputs = new Map<string, OutputSource>();
  for (const { key: name, keyNode: key, value } of mapOf(node)?.entries ?? []) {
    const type = stringOf(value);
    const sound = soundness.isSound(value);
    const written = type === undefined ? (toJson(value) as JsonObject) : { type };
    const { value: _, ...schema } = sound ? written : {};
    const expression = textNode(mapOf(value)?.get("value"));
    const given = sound && expression !== undefined && { value: expression };
    outputs.set(name, { name, key, node: value, schema, sound, ...given });
  }
  return outputs;
}

/** Like a task's, but for the short form, which is the expression. */
function readRunOutputs(node: SourceNode | undefined, soundness: Soundness): ReadonlyMap<string, OutputSource> {
  const outputs = new Map(readOutputs(node, soundness));
  for (const [name, output] of outputs) {
    const value = textNode(output.node);
    if (value !== undefined) outputs.set(name, { ...output, schema: {}, value });
  }
  return outputs;
}

/** The operator of a task that has exactly one. */
function readOperator(task: MapNode, options: CompileOptions, soundness: Soundness): OperatorSource | undefined {
  const found = task.entries.filter((entry) => options.operators.has(entry.key));
  const [entry] = found;
  const spec = entry === undefined ? undefined : options.operators.get(entry.key);
  if (entry === undefined || spec === undefined || found.length > 1) return undefined;
  return {
    name: entry.key,
    spec,
    key: entry.keyNode,
    node: entry.value,
    ...(soundness.isSound(entry.value) ? { config: spec.normalise(toJson(entry.value)) } : {}),
  };
}

const NOTIFICATION_KEYS: ReadonlySet<string> = new Set(["on_failure", "on_success", "on_retry"]);

function readTexts(root: MapNode, tasks: ReadonlyMap<string, TaskSource>, soundness: Soundness): readonly TextSource[] {
  const texts: TextSource[] = [];
  // What stands under a key that was reported means nothing.
  const known = (node: MapNode): readonly MapEntry[] =>
    node.entries.filter((entry) => soundness.isSound(entry.keyNode));
  const add = (node: SourceNode, place: TextPlace, path: readonly string[], task?: TaskSource): void => {
    if (node.kind === "map") for (const entry of known(node)) add(entry.value, place, [...path, entry.key], task);
    else if (node.kind === "list")
      for (const [index, item] of node.items.entries()) add(item, place, [...path, String(index)], task);
    else if (typeof node.value === "string" && soundness.isSound(node))
      texts.push({ node, place, path, ...(task === undefined ? {} : { task }) });
  };
  for (const entry of known(root)) {
    if (entry.key === "tasks") {
      for (const task of tasks.values()) for (const own of known(task.node)) addTaskKey(task, own, add);
    } else if (entry.key === "env") add(entry.value, "env", ["env"]);
    else if (NOTIFICATION_KEYS.has(entry.key)) add(entry.value, "notification", [entry.key]);
    else if (entry.key === "outputs") addOutputs(undefined, entry.value, add);
    else if (entry.key === "defaults") {
      for (const own of entry.value.kind === "map" ? known(entry.value) : []) {
        if (own.key === "retries") addRetries(own, ["defaults"], add);
        else if (NOTIFICATION_KEYS.has(own.key)) add(own.value, "notification", ["defaults", own.key]);
        else add(own.value, own.key === "cwd" ? "cwd" : "none", ["defaults", own.key]);
      }
    } else add(entry.value, "none", [entry.key]);
  }
  return texts;
}

type AddTexts = (node: SourceNode, place: TextPlace, path: readonly string[], task?: TaskSource) => void;

function addTaskKey(task: TaskSource, { key, value }: MapEntry, add: AddTexts): void {
  if (key === task.operator?.name) add(value, "operator", [key], task);
  else if (key === "if" || key === "env" || key === "cwd" || key === "metrics") add(value, key, [key], task);
  else if (key === "checks") add(value, "metrics", [key], task);
  else if (key === "for_each") add(value, "for_each", [key], task);
  else if (key === "outputs") addOutputs(task, value, add);
  else if (NOTIFICATION_KEYS.has(key)) add(value, "notification", [key], task);
  else if (key === "retries") addRetries({ key, value }, [], add, task);
  else add(value, "none", [key], task);
}

/** Of a task, or of the pipeline. */
function addOutputs(task: TaskSource | undefined, outputs: SourceNode, add: AddTexts): void {
  const valuePlace = task === undefined ? "run_output" : "output";
  for (const { key, value } of mapOf(outputs)?.entries ?? []) {
    const path = ["outputs", key];
    if (value.kind !== "map") add(value, task === undefined ? valuePlace : "none", path, task);
    else
      for (const own of value.entries)
        add(own.value, own.key === "value" ? valuePlace : "none", [...path, own.key], task);
  }
}

function addRetries(
  { key, value }: Pick<MapEntry, "key" | "value">,
  above: readonly string[],
  add: AddTexts,
  task?: TaskSource,
): void {
  if (value.kind === "map") {
    for (const own of value.entries) {
      add(own.value, own.key === "if" ? "retries_if" : "none", [...above, key, own.key], task);
    }
  } else add(value, "none", [...above, key], task);
}

function mapOf(node: SourceNode | undefined): MapNode | undefined {
  return node?.kind === "map" ? node : undefined;
}

function textNode(node: SourceNode | undefined): ScalarNode | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node : undefined;
}

/** An expression, or the YAML value `true` or `false`. */
function conditionNode(node: SourceNode | undefined): ScalarNode | undefined {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node : textNode(node);
}

function entriesOf(node: SourceNode | undefined): ReadonlyMap<string, MapEntry> {
  return new Map(mapOf(node)?.entries.map((entry) => [entry.key, entry]));
}

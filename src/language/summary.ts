import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { Range } from "./diagnostic.ts";
import { hasTemplate } from "./expressions/template.ts";
import type { PipelineSource, TaskSource } from "./model.ts";
import { type SourceNode, stringOf, toJson } from "./source.ts";
import { usedPipeline } from "./used-pipeline.ts";

/**
 * What others may want to know of a pipeline. All that a check across files sees: plain data, so that it can be
 * kept in a cache and handed between threads, when the file itself is not read again.
 */
export interface PipelineSummary {
  readonly file: string;
  readonly name: string;
  /** Where the name stands; the start of the file when it comes from the file's name. */
  readonly name_at: Range;
  /** The pipelines under `schedule.after`, whether or not they exist, in the order written. */
  readonly after: readonly { readonly name: string; readonly at: Range }[];
  /** The pipelines that its tasks run or wait for, whether or not they exist, in the order written. */
  readonly uses: readonly PipelineUse[];
  /** The schema of each param, with its default when it has one. */
  readonly params: Readonly<Record<string, JsonObject>>;
  /** The schema of what a run hands on. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
}

/** A task that runs another pipeline, or waits for one. */
export interface PipelineUse {
  readonly task: string;
  readonly name: string;
  readonly at: Range;
  /** It runs it. */
  readonly runs: boolean;
  /** What it is run with; a value that an expression gives is not known. */
  readonly params: readonly {
    readonly name: string;
    readonly at: Range;
    readonly value?: JsonValue;
    readonly value_at: Range;
  }[];
  /** The outputs that the task declares. */
  readonly outputs: readonly { readonly name: string; readonly at: Range }[];
}

export function summarise(pipeline: PipelineSource): PipelineSummary {
  const { text, name, nameAt, schedule } = pipeline;
  const after = schedule?.kind === "map" ? schedule.get("after") : undefined;
  return {
    file: text.path,
    name,
    name_at: text.range(nameAt),
    after: scalarsOf(after).map((node) => ({ name: stringOf(node) ?? "", at: text.range(node) })),
    uses: [...pipeline.tasks.values()].flatMap((task) => useOf(pipeline, task) ?? []),
    params: schemasOf(pipeline.params),
    outputs: schemasOf(pipeline.outputs),
  };
}

function useOf({ text }: PipelineSource, task: TaskSource): PipelineUse | undefined {
  const { operator } = task;
  const named = usedPipeline(operator);
  const name = named && stringOf(named);
  if (operator === undefined || named === undefined || name === undefined || hasTemplate(name)) return undefined;
  const given = operator.node.kind === "map" ? operator.node.get("params") : undefined;
  const runs = operator.spec.runs_pipeline === true;
  return {
    task: task.id,
    name,
    at: text.range(named),
    runs,
    params: (runs && given?.kind === "map" ? given.entries : []).map(({ key, keyNode, value }) => ({
      name: key,
      at: text.range(keyNode),
      value_at: text.range(value),
      ...knownValue(toJson(value)),
    })),
    outputs: runs
      ? [...task.outputs.values()].map(({ name: output, key }) => ({ name: output, at: text.range(key) }))
      : [],
  };
}

function schemasOf(
  declared: ReadonlyMap<string, { readonly schema: JsonObject }>,
): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries([...declared].map(([name, { schema }]) => [name, plain(schema)]));
}

function scalarsOf(node: SourceNode | undefined): readonly SourceNode[] {
  if (node?.kind === "list") return node.items.filter((item) => stringOf(item) !== undefined);
  return node !== undefined && stringOf(node) !== undefined ? [node] : [];
}

/** Nothing when an expression gives it. */
function knownValue(value: JsonValue): { readonly value?: JsonValue } {
  const text = JSON.stringify(value);
  return text.includes("${{") ? {} : { value: JSON.parse(text) as JsonValue };
}

/** As it comes back from a cache: YAML has numbers that JSON has not. */
function plain(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

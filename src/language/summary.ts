import type { Range } from "./diagnostic.ts";
import type { PipelineSource } from "./model.ts";
import { type SourceNode, stringOf } from "./source.ts";

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
}

export function summarise(pipeline: PipelineSource): PipelineSummary {
  const { text, name, nameAt, schedule } = pipeline;
  const after = schedule?.kind === "map" ? schedule.get("after") : undefined;
  return {
    file: text.path,
    name,
    name_at: text.range(nameAt),
    after: scalarsOf(after).map((node) => ({ name: stringOf(node) ?? "", at: text.range(node) })),
  };
}

function scalarsOf(node: SourceNode | undefined): readonly SourceNode[] {
  if (node?.kind === "list") return node.items.filter((item) => stringOf(item) !== undefined);
  return node !== undefined && stringOf(node) !== undefined ? [node] : [];
}

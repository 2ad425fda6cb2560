import type { OperatorSource } from "./model.ts";
import { type ScalarNode, stringOf } from "./source.ts";

/** What names the pipeline that a task runs or waits for. */
export function usedPipeline(operator: OperatorSource | undefined): ScalarNode | undefined {
  const key = operator?.spec.pipeline_key;
  if (operator === undefined || key === undefined) return undefined;
  const { node } = operator;
  const named = node.kind === "map" ? node.get(key) : node;
  const name = named?.kind === "map" ? named.get("name") : named;
  return name?.kind === "scalar" && stringOf(name) !== undefined ? name : undefined;
}

import type { PipelineSource } from "../model.ts";
import type { MapEntry } from "../source.ts";

/** Keys by which a pipeline asks for somebody's attention. */
const ASKS_FOR_ATTENTION = ["slo", "on_failure"] as const;

/**
 * What makes a pipeline one that others rely on: it runs by itself, and somebody is called when it fails. Asking more
 * of every pipeline would bury what matters.
 */
export function watchedBy({ root }: PipelineSource): MapEntry | undefined {
  if (root.entry("schedule") === undefined) return undefined;
  for (const key of ASKS_FOR_ATTENTION) {
    const entry = root.entry(key);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

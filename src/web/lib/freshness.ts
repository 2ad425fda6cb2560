import type { PipelineSummary } from "../generated/api.ts";

/** How a pipeline stands to the freshness that its `slo` promises. */
export type Freshness =
  /** No run has succeeded yet. */
  | { readonly state: "never" }
  /** `by_ms`: for how long it stays so; for how long it has been late. */
  | { readonly state: "fresh" | "late"; readonly by_ms: number };

/** Undefined when nothing is promised, or its schedule is paused: then nothing is to be fresh. */
export function freshnessOf(
  { freshness, paused }: Pick<PipelineSummary, "freshness" | "paused">,
  now: number,
): Freshness | undefined {
  if (freshness === undefined || paused !== undefined) return undefined;
  const { target_ms, last_success_at } = freshness;
  if (last_success_at === undefined) return { state: "never" };
  const left = last_success_at + target_ms - now;
  return left >= 0 ? { state: "fresh", by_ms: left } : { state: "late", by_ms: -left };
}

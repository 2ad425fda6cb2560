import type { MapEntry, SourceNode } from "./source.ts";
import type { Span } from "./text.ts";

/** What doesn't fit the definition of the language. Each kind has a check that words it. */
export type ShapeProblem = { readonly at: Span } & (
  | { readonly kind: "unknown_key"; readonly entry: MapEntry; readonly allowed: readonly string[] }
  | { readonly kind: "missing_key"; readonly key: string }
  | { readonly kind: "wrong_type"; readonly node: SourceNode; readonly expected: string }
);

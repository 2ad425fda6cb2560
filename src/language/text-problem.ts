import type { FindingFix } from "./mend.ts";
import type { Span } from "./text.ts";

/** What can be wrong with a file before anybody asks what it says. Each kind has a check that reports it. */
export type TextProblem = PlainTextProblem | DuplicateKey;

export interface PlainTextProblem {
  /** `file`: its encoding, size or number of documents. */
  readonly kind: "file" | "syntax" | "alias";
  readonly at: Span;
  /** In one sentence, without a full stop. */
  readonly message: string;
  readonly hint?: string;
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
  readonly fix?: FindingFix | undefined;
}

/** A key that its mapping already has; the first one counts. */
export interface DuplicateKey {
  readonly kind: "duplicate_key";
  readonly at: Span;
  readonly key: string;
  readonly first: Span;
  /** Leads to the mapping. */
  readonly path: readonly string[];
}

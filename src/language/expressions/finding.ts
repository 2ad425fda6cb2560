import type { Span } from "../text.ts";

/** What can be wrong with an expression. Each has a check with a code of its own. */
export type ExpressionFindingKind =
  | "syntax"
  | "unknown_reference"
  | "type"
  | "arity"
  | "output_not_upstream"
  | "output_undeclared"
  | "constant_condition"
  | "context_unavailable"
  | "secret_exposed"
  | "nullable_output"
  | "shell_injection"
  | "shell_quoting";

/** Other text for a stretch of an expression. Offsets as in the finding. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Nothing else can have been meant. */
  readonly safe: boolean;
}

/** Offsets count from the beginning of the expression's source. */
export interface ExpressionFinding {
  readonly kind: ExpressionFindingKind;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
  /** What to write instead. */
  readonly instead?: Replacement | undefined;
  /** The task that has to come before the one with the expression. */
  readonly lacks?: string;
}

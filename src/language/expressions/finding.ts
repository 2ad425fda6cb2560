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

/** Offsets count from the beginning of the expression's source. */
export interface ExpressionFinding {
  readonly kind: ExpressionFindingKind;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
}

import type { FindingFix } from "../mend.ts";
import type { MapEntry, ScalarNode, SourceNode } from "../source.ts";
import type { Span } from "../text.ts";

export type ProblemKind =
  | "unknown_key"
  | "missing_key"
  | "wrong_type"
  | "bad_value"
  | "empty"
  | "bad_duration"
  | "bad_name"
  | "bad_env_name"
  | "bad_metric_name"
  /** An expression where none is evaluated. */
  | "expression"
  /** A secret in such an expression. */
  | "secret";

/** What is wrong with a value, and where. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly at: Span;
  /** What nobody should look at any more. */
  readonly broken: SourceNode;
  /** In one sentence, without a full stop. */
  readonly message: string;
  readonly hint?: string | undefined;
  /** A key with nothing behind it, where `{}` would do. */
  readonly fill?: MapEntry | undefined;
  /** Of a name that can't be used: one that could. */
  readonly better?: string | undefined;
  /** How to mend it. */
  readonly fix?: FindingFix | undefined;
}

/** A value, the key that it stands under, and how to speak of it. */
export interface Place {
  readonly node: SourceNode;
  readonly key?: ScalarNode;
  readonly name: string;
}

/** Where to point: a value that takes no room in the file is shown by its key. */
export function visible({ node, key }: Place): Span {
  return node.start === node.end ? (key ?? node) : node;
}

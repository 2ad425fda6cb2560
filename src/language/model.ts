import type { TriggerRule } from "../core/index.ts";
import type { JsonObject } from "../lib/index.ts";
import type { OperatorSpec } from "./operator-spec.ts";
import type { MapEntry, MapNode, ScalarNode, SourceNode } from "./source.ts";
import type { SourceText, Span } from "./text.ts";

/*
 * A pipeline as it stands in its file: what the checks look at. It holds the well-formed parts alone; what
 * was already reported as wrong is not in it, so that one cause gives one report.
 */

export interface PipelineSource {
  readonly text: SourceText;
  readonly root: MapNode;
  readonly name: string;
  /** Where the name stands; the start of the file when it comes from the file's name. */
  readonly nameAt: Span;
  /** Of a mapping only what fits the definition of the language. */
  readonly schedule?: SourceNode;
  readonly params: ReadonlyMap<string, ParamSource>;
  readonly env: ReadonlyMap<string, MapEntry>;
  /** `defaults` of the tasks. */
  readonly defaults?: MapNode;
  /** The pool that `defaults` gives to every task. */
  readonly defaultPool?: ScalarNode;
  /** What a run hands on. */
  readonly outputs: ReadonlyMap<string, OutputSource>;
  /** The names of the vars; absent when nobody knows, and then any will do. */
  readonly vars?: readonly string[];
  /** In the order written. */
  readonly tasks: ReadonlyMap<string, TaskSource>;
  /** Every key under `tasks`, also of those that are too broken to be in `tasks`. */
  readonly taskIds: ReadonlySet<string>;
  /** Every place in which an expression may stand, in the order of the file. */
  readonly texts: readonly TextSource[];
}

export interface ParamSource {
  readonly name: string;
  readonly key: ScalarNode;
  readonly node: SourceNode;
  /** The JSON Schema, short forms widened, its `default` included. */
  readonly schema: JsonObject;
  /** False when it doesn't fit the definition of the language, which is reported already; its schema is empty then. */
  readonly sound: boolean;
  /** Where the default stands: the value itself in the short form. */
  readonly defaultNode?: SourceNode;
}

export interface TaskSource {
  readonly id: string;
  readonly key: ScalarNode;
  readonly node: MapNode;
  readonly needs: readonly NeedSource[];
  /** Its `needs` or its rule can't be read, or the key is misspelt, so when it runs is anybody's guess. */
  readonly unclear: boolean;
  /** As written on the task itself. */
  readonly triggerRule?: { readonly value: TriggerRule; readonly node: ScalarNode };
  /** The rule that counts: the task's own, else that of `defaults`, else `all_success`. */
  readonly effectiveTriggerRule: TriggerRule;
  /** An expression, or a YAML boolean. */
  readonly if?: ScalarNode;
  /** What stands under `for_each`: a list, a map, or the text with the expression. */
  readonly forEach?: SourceNode;
  readonly retriesIf?: ScalarNode;
  /** As written on the task itself. */
  readonly pool?: ScalarNode;
  readonly env: ReadonlyMap<string, MapEntry>;
  readonly outputs: ReadonlyMap<string, OutputSource>;
  readonly operator?: OperatorSource;
}

export interface NeedSource {
  readonly id: string;
  readonly node: ScalarNode;
}

export interface OutputSource {
  readonly name: string;
  readonly key: ScalarNode;
  readonly node: SourceNode;
  /** The JSON Schema, short form widened, without `value`. */
  readonly schema: JsonObject;
  /** The expression that gives it, from the operator's result. */
  readonly value?: ScalarNode;
  /** False when it doesn't fit the definition of the language, which is reported already; its schema is empty then. */
  readonly sound: boolean;
}

export interface OperatorSource {
  readonly name: string;
  readonly spec: OperatorSpec;
  readonly key: ScalarNode;
  /** What stands under the key. */
  readonly node: SourceNode;
  /** The same in its long form; absent when it doesn't fit the operator's schema. */
  readonly config?: JsonObject;
}

/** Where a text stands decides what it may name and whether it has to be one expression. */
export type TextPlace =
  /** `if` of a task: one boolean expression, with or without the braces. */
  | "if"
  /** `retries.if`: the same, with `exit_code` and `error` in scope. */
  | "retries_if"
  /** `for_each`: one expression that gives a list or a map. */
  | "for_each"
  /** A value of `env`, on a task or on the pipeline. */
  | "env"
  | "cwd"
  /** A value inside an operator's config. */
  | "operator"
  /** The `value` of an output, evaluated after the operator's work with its result in scope. */
  | "output"
  /** The `value` of an output of the pipeline, evaluated after a run that has succeeded. */
  | "run_output"
  /** A value inside `metrics` or `checks`, evaluated after the task with `outputs` in scope. */
  | "metrics"
  /** A value inside `on_failure`, `on_success` or `on_retry`. */
  | "notification"
  /** A value of a connection in engine.yaml: it sees `vars` and `secrets`, and nothing of a run. */
  | "connection"
  /** Anywhere else: expressions are not evaluated there, and braces are a mistake. */
  | "none";

/** A string in the file that may hold expressions. */
export interface TextSource {
  readonly node: ScalarNode;
  readonly place: TextPlace;
  /** Absent for the pipeline's own keys. */
  readonly task?: TaskSource;
  /** The keys (and list positions) from the task, or from the file's root, to the text: `["http", "headers", "Authorization"]`. */
  readonly path: readonly string[];
  /** Its key is there to hold a credential. */
  readonly credential?: boolean;
}

import type { JsonObject, JsonValue } from "../lib/index.ts";

/**
 * What the language has to know of an operator to check and complete it. The operators bring it;
 * the language names none of them.
 */
export interface OperatorSpec {
  /** The key in a task: `bash`. */
  readonly name: string;
  /** One line, for lists and hovers. */
  readonly summary: string;
  /** Markdown: what it does, with an example. The operator's section of the docs. */
  readonly docs: string;
  /** JSON Schema (draft-07) of what stands under the key, short form included, with descriptions, defaults and examples. */
  readonly schema: JsonObject;
  /** Whether a value fits `schema`; compiled ahead of time, by `npm run gen`. Absent: anything does. */
  readonly validate?: (value: JsonValue) => boolean;
  /** Widens the short form and fills defaults in. The value has passed the schema. */
  normalise(value: JsonValue): JsonObject;
  /**
   * Names of config keys (after `normalise`) whose text is a bash script: expressions there become environment variables.
   * Here and in the lists below a key that stands deeper is written with dots: `http.url`.
   */
  readonly shell_keys: readonly string[];
  /** Names of config keys that may hold `secrets.*`. */
  readonly secret_keys: readonly string[];
  /** Names of config keys that the operator itself evaluates; they are handed over as written. */
  readonly expression_keys: readonly string[];
  /** Config keys whose text is taken as written, so that no value becomes code; each with what to do instead of an expression. */
  readonly literal_keys?: Readonly<Record<string, string>>;
  /** Config keys that name a time zone of the IANA database, or hold an expression that gives one. */
  readonly timezone_keys?: readonly string[];
  /**
   * Names that it adds to the scope of its `expression_keys` and of the `value` of an output: what it found, such as
   * `response`; a function where that depends on the normalised config. None: then outputs have no `value`.
   */
  readonly result_names?: readonly string[] | ((config: JsonObject) => readonly string[]);
  /**
   * The key of its config that names another pipeline, itself or in a key `name` of its own; the short form, where there
   * is one, is that name.
   */
  readonly pipeline_key?: string;
  /** True when it runs that pipeline, with the params under `params`, and hands its outputs on. */
  readonly runs_pipeline?: boolean;
  /** Of an operator without `result_names`: how its outputs are handed on, as a hint: "write `name=value` to …". */
  readonly outputs_hint?: string;
  /**
   * The types of connection that the key `connection` of its config may name, or that each key may which is named here;
   * absent: it has no such key. At most one of them is there in a config.
   */
  readonly connections?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** True when it tells somebody: it stands as a channel under `on_failure` and its like, too, and has a message to send when its config has none. */
  readonly notifies?: boolean;
  /** True when it may give its slot back and wait; then the task's time-out counts from the first attempt's start. */
  readonly waits?: boolean;
  /**
   * True when it goes on after a crash from its config alone, and finds nothing that went on outside. An attempt of it
   * whose expressions can't be evaluated any more fails then.
   */
  readonly begins_again?: boolean;
  /** Whether, by its normalised config, it waits for something outside that may never come. */
  waits_forever?(config: JsonObject): boolean;
  /** True when the operator itself decides, from its config, what a time-out means; the engine then has none. */
  decides_timeout?(config: JsonObject): boolean;
  /** True when it ends at once, inside the engine: nothing in it could hang. */
  readonly instant?: boolean;
  /** True when the operator chooses among its direct dependants. */
  readonly branch: boolean;
  /** Of a branch: the task ids that it may choose, in the order written (with duplicates), from a normalised config. */
  targets?(config: JsonObject): readonly string[];
  /** Of a branch: its cases in order, for pictures. `if` as written; absent in the `else`. */
  cases?(config: JsonObject): readonly { readonly if?: string; readonly targets: readonly string[] }[];
}

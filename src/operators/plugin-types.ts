/*
 * What the author of a plugin writes and is handed. The package ships this file as its types: it must import nothing,
 * and what it says stays true within a major version.
 */

/** What stands under the operator's key, after `normalise` and with expressions worked out. */
export type OperatorConfig = { readonly [key: string]: unknown };

/** What a task hands on, by name. Every value is one that JSON has. */
export type OutputValues = { readonly [name: string]: unknown };

/** Why an attempt failed, in one word; `retries.if` sees it as `error.reason`. */
export type OperatorFailureReason =
  | "exit_code"
  | "signal"
  | "timeout"
  | "cancelled"
  | "spawn_failed"
  | "output_invalid"
  | "connection_failed"
  | "dns_failed"
  | "tls_failed"
  | "refused"
  | "response_invalid"
  | "unexpected"
  | "out_of_memory"
  | "exception"
  | "not_found"
  | "rejected"
  | "operator_failed";

/** How an attempt ended. A mistake that is known of is a failure, not a throw. */
export type OperatorOutcome =
  | { readonly state: "success"; readonly outputs: OutputValues }
  | {
      readonly state: "failed";
      readonly failure: {
        readonly reason: OperatorFailureReason;
        /** One sentence for a person. */
        readonly message: string;
        readonly exit_code?: number;
        readonly status?: number;
        /** Another attempt would end the same way. */
        readonly final?: true;
      };
    };

/** What became of a process that an operator ran. */
export type OperatorProcessEnd =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: string }
  | { readonly type: "spawn_failed"; readonly message: string }
  | { readonly type: "lost"; readonly message: string };

/** What a task hands on, or why that is not what it declares. */
export type CheckedOutputs =
  | { readonly ok: true; readonly outputs: OutputValues }
  | { readonly ok: false; readonly message: string };

/** The attempt that an operator carries out, and what it may do for it. */
export interface OperatorHost {
  readonly work: {
    readonly run_id: string;
    readonly pipeline: string;
    /** The task, with its place in square brackets when it is one of many: `load[3]`. */
    readonly key: string;
    /** 1 for the first attempt. */
    readonly attempt: number;
    /** In milliseconds since 1970, as are all times here. */
    readonly logical_date: number;
    readonly config: OperatorConfig;
    readonly env: { readonly [name: string]: string };
    /** Absolute: where relative paths begin. */
    readonly cwd: string;
    /** The connection that the config names: `{type, …}`. */
    readonly connection?: OperatorConfig;
    /** The JSON Schema of each declared output, by name. */
    readonly outputs: { readonly [name: string]: OperatorConfig };
    readonly timeout_ms?: number;
  };
  /** Aborted when the attempt is to stop. */
  readonly signal: AbortSignal;
  readonly stopReason: "timeout" | "cancelled" | undefined;
  now(): number;
  /** Writes a line to the attempt's log; secrets are masked. */
  log(line: string): void;
  /** Runs a bash script that outlives the engine; in `adopt` it finds that script again. One an attempt. */
  process(spec: {
    readonly script: string;
    readonly env: { readonly [name: string]: string };
    readonly cwd: string;
  }): Promise<OperatorProcessEnd>;
  /** What the script wrote to `$ENGINE_OUTPUT`. */
  readOutputs(): Promise<CheckedOutputs>;
  /** Holds values against the declared outputs; those with a `value` are worked out with `result`, by `result_names`. */
  checkOutputs(values: OutputValues, result?: OutputValues): Promise<CheckedOutputs>;
  /** For an operator with `waits`: gives its slot back, and is started again with `adopt` should the engine end. */
  giveSlotBack(): void;
  /** Resolves after so many milliseconds, or at once when the attempt is to stop. */
  sleep(ms: number): Promise<void>;
}

/** An operator: the default export of a plugin, or one of a list of them. */
export interface Operator {
  /** The key in a task: small letters, digits and `_`. */
  readonly name: string;
  /** One line, for lists and hovers. */
  readonly summary: string;
  /** Markdown, for hovers. Default: the summary. */
  readonly docs?: string;
  /** JSON Schema (draft-07) of what stands under the key. */
  readonly schema: OperatorConfig;
  /**
   * Makes a mapping of what fits the schema. Default: a mapping gets the `default` of each of the schema's
   * `properties`; anything else becomes `{value}`.
   */
  normalise?(value: never): OperatorConfig;
  /** Keys of the config that are bash: expressions there become environment variables. */
  readonly shell_keys?: readonly string[];
  /** Keys of the config that may hold `secrets.*`. */
  readonly secret_keys?: readonly string[];
  /** Keys of the config that are taken to the letter; each with what to do instead of an expression. */
  readonly literal_keys?: { readonly [key: string]: string };
  /** Names that outputs with a `value` see: the keys of the `result` given to `checkOutputs`. */
  readonly result_names?: readonly string[];
  /** How outputs are handed on when there are no `result_names`. */
  readonly outputs_hint?: string;
  /** The types of connection that the key `connection` of the config may name. */
  readonly connections?: readonly string[];
  /** It may give its slot back; then the time-out counts from the start of the first attempt. */
  readonly waits?: boolean;
  /**
   * Its `adopt` begins again, from the config: where expressions can't be evaluated any more, the attempt fails
   * instead. Without it `adopt` gets the config as it is written then, to find what `process` began.
   */
  readonly begins_again?: boolean;
  /** It ends at once: no time-out is asked for. */
  readonly instant?: boolean;
  /** Carries the attempt out. A throw is a bug, and fails the attempt as `operator_failed`. */
  start(host: OperatorHost): Promise<OperatorOutcome>;
  /** Carries on after the engine was killed. Without it such an attempt is lost. */
  adopt?(host: OperatorHost): Promise<OperatorOutcome>;
}

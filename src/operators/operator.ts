import type { AttemptOutcome, EpochMs, StopReason } from "../core/index.ts";
import type { AttemptWork } from "../engine/index.ts";
import type { OperatorSpec } from "../language/index.ts";

/** A process to start for an attempt. */
export interface ProcessSpec {
  /** A bash script, run with `bash -euo pipefail`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How the process of an attempt ended. */
export type ProcessEnd =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: string }
  | { readonly type: "spawn_failed"; readonly message: string }
  /** It is gone and left no exit status. */
  | { readonly type: "lost"; readonly message: string };

/** What an operator gets to carry one attempt out. */
export interface AttemptHost {
  readonly work: AttemptWork;
  /** Aborted when the attempt is told to stop; its reason is a `StopReason`. */
  readonly signal: AbortSignal;
  readonly stopReason: StopReason | undefined;
  now(): EpochMs;
  /** Writes a line to the attempt's log, in the stream `engine`. */
  log(line: string): void;
  /**
   * Starts the attempt's process, detached, and waits for its end; on an attempt that was adopted,
   * finds that process and waits. At most one process an attempt.
   */
  process(spec: ProcessSpec): Promise<ProcessEnd>;
  /** What the process wrote to `$ENGINE_OUTPUT`, checked against the declared outputs; or why it is not valid. */
  readOutputs(): Promise<
    | { readonly ok: true; readonly outputs: Extract<AttemptOutcome, { state: "success" }>["outputs"] }
    | { readonly ok: false; readonly message: string }
  >;
}

/** What came of it, or a wish to be called again later without holding a slot. */
export type OperatorResult = AttemptOutcome | { readonly state: "waiting"; readonly wake_at?: EpochMs };

/** An operator: one small module, listed in one place. */
export interface Operator extends OperatorSpec {
  /** Carries the attempt out. A throw is a bug of the operator and fails the attempt as `operator_failed`. */
  start(host: AttemptHost): Promise<OperatorResult>;
  /** Carries on with an attempt that an earlier process started. Absent: such an attempt is lost. */
  adopt?(host: AttemptHost): Promise<OperatorResult>;
}

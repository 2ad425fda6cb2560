import type { AttemptOutcome, EpochMs, StopReason } from "../core/index.ts";
import type { AttemptWork, RunService } from "../engine/index.ts";
import type { OperatorSpec } from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";

/** A process to start for an attempt. */
export interface ProcessSpec {
  /** A bash script, run with `bash -euo pipefail`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /**
   * What the script is told of its attempt, in a JSON file that `$ENGINE_CONTEXT` names and that goes when the script
   * ends. It then may write why it failed, as an `AttemptError`, to the file that `$ENGINE_ERROR` names.
   */
  readonly context?: JsonObject;
}

/** A function of a JavaScript or TypeScript module to call for an attempt. */
export interface CallSpec {
  /** The module's absolute path. */
  readonly module: string;
  /** The name that it is exported under; `default` for the default export. */
  readonly function: string;
  /** Its first argument, but for what only the process itself can give; times are text. */
  readonly context: JsonObject;
  /** Its second argument. */
  readonly args: JsonObject;
  /** In a process that had no attempt before and gets none after. */
  readonly isolated: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Why the code of a task failed, as it says itself. */
export interface AttemptError {
  readonly reason: "exception" | "not_found" | "output_invalid";
  readonly message: string;
  /** Another attempt would end the same way. */
  readonly final?: boolean;
}

/** How the process of an attempt ended. */
export type ProcessEnd =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: string }
  | { readonly type: "spawn_failed"; readonly message: string }
  /** It is gone and left no exit status. */
  | { readonly type: "lost"; readonly message: string };

/** A line that the task wrote somewhere else, such as in a container. */
export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** When it was written, in nanoseconds since 1970. */
  readonly at_ns: bigint;
}

/** How far the log has the lines of one stream. */
export interface OutputMark {
  /** The time of the last one, in nanoseconds since 1970. */
  readonly at_ns: bigint;
  /** How many lines of exactly that time the log has. */
  readonly lines: number;
}

/** For an operator whose work goes on outside the engine in something that is no process of it, such as a container. */
export interface OutsideHost {
  /** The data folder, by its one true path: it tells what belongs to this engine. */
  readonly data: string;
  /** Aborted when the attempt is to end now, without what is left of its grace. */
  readonly killSignal: AbortSignal;
  /** Aborted when this engine lets go of the attempt: from then on its operator does nothing for it, and it goes on. */
  readonly detachSignal: AbortSignal;
  /** The file that `readOutputs` reads, made if need be, for any user to write to. Throws when it can't be made. */
  outputFile(): string;
  /** Adds lines to the attempt's log; of each stream in the order of their times. */
  output(lines: readonly OutputLine[]): void;
  /** How far an engine before this one has brought a stream into the log; undefined: it has no line of it. */
  outputMark(stream: OutputLine["stream"]): OutputMark | undefined;
}

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
  /**
   * The same with a Node process that calls a function; what it returns is what `readOutputs` gives. The process
   * may have carried out other attempts before.
   */
  call(spec: CallSpec): Promise<ProcessEnd>;
  /** Why the code failed, if it said so. Once: what it wrote is removed, for it is not masked. */
  readError(): AttemptError | undefined;
  /** What the process wrote to `$ENGINE_OUTPUT`, checked against the declared outputs; or why it is not valid. */
  readOutputs(): Promise<Outputs>;
  /**
   * Holds the values that the operator found, by name, against the declared outputs; one that isn't declared is
   * refused. Outputs with a `value` are worked out with `result` in scope: its keys are the `result_names`.
   */
  checkOutputs(values: JsonObject, result?: JsonObject): Promise<Outputs>;
  /**
   * Gives the attempt's slot back: from here on the operator waits, inside the engine, and an engine that is started
   * again calls its `adopt`. Only for an operator with `waits`; idempotent.
   */
  giveSlotBack(): void;
  readonly outside: OutsideHost;
  /** Runs of other pipelines. */
  readonly runs: RunService;
  /** Resolves after so many milliseconds, or at once when the attempt is told to stop. */
  sleep(ms: number): Promise<void>;
}

/** What an attempt hands on, or why it is not valid. */
export type Outputs =
  | { readonly ok: true; readonly outputs: JsonObject }
  | { readonly ok: false; readonly message: string };

/** A person's answer to a task that waits for one. */
export interface Answer {
  /** Who gave it. */
  readonly by: string;
  readonly at: EpochMs;
  readonly approved: boolean;
  /** What was filled in. */
  readonly values: JsonObject;
  readonly comment?: string;
}

export type Answered =
  | { readonly ok: true; readonly outcome: AttemptOutcome }
  | { readonly ok: false; readonly problem: string };

/** An operator: one small module, listed in one place. */
export interface Operator extends OperatorSpec {
  /** Carries the attempt out. A throw is a bug of the operator and fails the attempt as `operator_failed`. */
  start(host: AttemptHost): Promise<AttemptOutcome>;
  /** What a person's answer makes of an attempt that waits for one, or why it can't be taken. */
  answer?(work: Pick<AttemptWork, "config" | "outputs">, answer: Answer): Answered;
  /** Carries on with an attempt that an earlier process started. Absent: such an attempt is lost. */
  adopt?(host: AttemptHost): Promise<AttemptOutcome>;
}

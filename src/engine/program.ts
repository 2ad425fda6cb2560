import type { Evaluated, Failure, NotificationRequested, Run, RunPlan, TaskKey } from "../core/index.ts";
import type { Message, MetricValues, Pipeline } from "../language/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { AttemptWork } from "./ports.ts";

/** What an attempt runs with, after its expressions were evaluated. */
export interface ResolvedTask {
  readonly ok: true;
  readonly operator: string;
  readonly grace_ms: number;
  readonly config: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly outputs: Readonly<Record<string, JsonObject>>;
  readonly output_values: Readonly<Record<string, string>>;
  readonly timeout_ms?: number;
  readonly connection?: JsonObject;
  readonly message?: Message;
  readonly secrets: readonly string[];
  readonly evaluate: (expression: string, extra?: JsonObject) => Evaluated<JsonValue>;
}

export type NotificationResolution =
  | { readonly ok: true; readonly work: AttemptWork }
  | { readonly ok: false; readonly problem: string };

/** A pipeline's version, ready to run. */
export interface Program {
  readonly pipeline: Pipeline;
  readonly plan: RunPlan;
  /** Evaluates what the task run's next attempt needs. Pure; a value that can't be evaluated is a failure, not a throw. */
  resolve(run: Run, key: TaskKey): ResolvedTask | { readonly ok: false; readonly failure: Failure };
  /** The custom metrics and the checks of an attempt that has done its work, with these outputs. */
  metrics(run: Run, key: TaskKey, outputs: JsonObject): MetricValues;
  /** What a run that has succeeded hands on, or why it can't. */
  outputs(run: Run): Evaluated<JsonObject>;
  /** Evaluates what a message needs. A value that can't be evaluated is a problem, not a throw. */
  notification(run: Run, number: number, request: NotificationRequested): NotificationResolution;
  /**
   * What is known of an attempt without evaluating anything: enough to go on with one that runs already. Undefined where
   * it is not: nothing runs, and what there is to do is in the expressions.
   */
  asWritten(run: Run, key: TaskKey): ResolvedTask | undefined;
}

/** Turns a stored version back into a program that is ready to resolve. Throws (or rejects) when the stored source no longer compiles, saying why. */
export type LoadProgram = (source: { readonly file: string; readonly source: string }) => Program | Promise<Program>;

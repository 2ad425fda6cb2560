import type { JsonObject } from "../lib/index.ts";
import type { TaskId } from "./names.ts";

/* What became of an attempt. Data, never an exception. */

/** Why an attempt failed, in one word. */
export type FailureReason =
  /** The process ended with a code other than 0. */
  | "exit_code"
  /** The process was ended by a signal that we did not send. */
  | "signal"
  /** The attempt, or the run, took longer than its `timeout`. */
  | "timeout"
  /** Somebody cancelled it. */
  | "cancelled"
  /** What ran it is gone and nobody knows how it ended. */
  | "lost"
  /** The process could not be started: no such program, no such folder, arguments too long, too many files. */
  | "spawn_failed"
  /** What it handed on does not fit its declared outputs. */
  | "output_invalid"
  /** An expression could not be evaluated with the values of this run. */
  | "expression_failed"
  /** What it talks to could not be reached: refused, reset, no route, no such socket. */
  | "connection_failed"
  /** The host's name has no address. */
  | "dns_failed"
  /** The other side's certificate, or ours, was not accepted. */
  | "tls_failed"
  /** The other side answered with an error: an HTTP status, a database's refusal, a mail server's. */
  | "refused"
  /** The answer can't be used: too large, cut off, of another type than was asked for. */
  | "response_invalid"
  /** The answer is not what the task expects of it. */
  | "unexpected"
  /** Its outputs don't keep what its `checks` say. */
  | "check_failed"
  /** It needed more memory than it was given. */
  | "out_of_memory"
  /** The code of the task threw an error. */
  | "exception"
  /** What it runs or needs is not there: an image, a module, a function, a file. */
  | "not_found"
  /** A person said no. */
  | "rejected"
  /** The run that it started failed. */
  | "run_failed"
  /** The operator said no, for a reason of its own. */
  | "operator_failed"
  /** Its pool does not exist, or has fewer slots than the task needs: it could never start. */
  | "pool_unavailable";

/** Why an attempt failed: one reason, a sentence, and what belongs to that reason. */
export interface Failure {
  readonly reason: FailureReason;
  /** One sentence for a person; secrets already masked. */
  readonly message: string;
  readonly exit_code?: number;
  readonly signal?: string;
  /** The status of the HTTP response. */
  readonly status?: number;
  /** Another attempt would end the same way: it is not retried, unless `retries.if` says so. */
  readonly final?: true;
  /** What refused it asked to be left alone for so long: a retry comes no earlier. */
  readonly retry_after_ms?: number;
  /** The last lines of the log, bounded and masked. */
  readonly log_tail?: readonly string[];
}

/** What an executor says of an attempt that ended. */
export type AttemptOutcome =
  | {
      readonly state: "success";
      readonly outputs: JsonObject;
      /** The task's own metrics. */
      readonly metrics?: readonly MetricSample[];
      /** How its outputs did in its checks. */
      readonly checks?: readonly CheckResult[];
      /** What is not as it should be and fails nothing, a sentence each; secrets already masked. */
      readonly warnings?: readonly string[];
      /** Of a branch: the direct dependants to run. */
      readonly chosen?: readonly TaskId[];
    }
  | { readonly state: "skipped"; readonly message: string }
  | { readonly state: "failed"; readonly failure: Failure; readonly checks?: readonly CheckResult[] }
  | { readonly state: "lost"; readonly message: string };

/**
 * How an attempt counts, as recorded: the outputs of a success stand in `task_finished` alone, and
 * whatever a stopped attempt reported counts as the reason it was stopped for.
 */
export type AttemptEnd =
  | {
      readonly state: "success";
      readonly metrics?: readonly MetricSample[];
      readonly checks?: readonly CheckResult[];
      readonly warnings?: readonly string[];
    }
  | Exclude<AttemptOutcome, { readonly state: "success" }>;

/** How an attempt's outputs did in one of its checks. */
export interface CheckResult {
  readonly name: string;
  /** Absent: it could not be worked out, which is no pass. */
  readonly value?: number;
  readonly passed: boolean;
}

/** The value of a custom metric, as an attempt gave it. */
export interface MetricSample {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

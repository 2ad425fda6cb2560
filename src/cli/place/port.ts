import type { ControlRequest } from "../../daemon/index.ts";
import type { AttemptKey, Store } from "../../engine/index.ts";
import type { LogLine } from "../../executors/index.ts";
import type { Pipeline } from "../../language/index.ts";
import type { JsonValue } from "../../lib/index.ts";

/** What commands look things up in. */
export type ReadStore = Pick<
  Store,
  | "listRuns"
  | "getRun"
  | "findRuns"
  | "listTaskRuns"
  | "listAttempts"
  | "listSchedules"
  | "listSkippedSlots"
  | "listBackfills"
  | "getPipelineVersion"
>;

/** What a list shows of a pipeline. */
export interface LiveOutline extends Pick<Pipeline, "name" | "file" | "version" | "tags" | "schedule"> {
  readonly description?: string;
  readonly owner?: string;
  readonly tasks: number;
  readonly has_run: boolean;
}

/** The pipelines that a daemon has. */
export interface LivePipelines {
  /** By name; and the files with errors, with the pipeline that stays live in their place. */
  list(): Promise<{
    readonly pipelines: readonly LiveOutline[];
    readonly broken: readonly { readonly file: string; readonly pipeline?: string }[];
    readonly findings: readonly { readonly file: string; readonly severity: string }[];
  }>;
  /** Rejects with "PIPELINE_UNKNOWN". */
  pipeline(name: string): Promise<Pipeline>;
}

/** Where runs are: the data folder here, or the daemon that ENGINE_URL names. Commands work on both alike. */
export interface Place {
  /** Of a daemon elsewhere: its address. Absent: the data folder here. */
  readonly url?: string;
  /** Whether a process drives runs there; undefined where that can't be told. */
  isDriven(): boolean | undefined;
  /** Of a daemon elsewhere: its pipelines. Those here stand in files. */
  readonly live?: LivePipelines;
  /** Looks things up; also beside a process that writes. */
  read<T>(use: (store: ReadStore) => Promise<T>): Promise<T>;
  /** Has the process there carry something out; the result is its answer. */
  ask(request: ControlRequest): Promise<JsonValue>;
  /** The log of an attempt as it is now. */
  readLog(attempt: AttemptKey): Promise<readonly LogLine[]>;
  /** The log of an attempt as it grows, until that has ended or `signal` aborts. */
  followLog(attempt: AttemptKey, signal: AbortSignal): AsyncIterable<LogLine>;
}

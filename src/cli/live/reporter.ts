import type { Committed } from "../../daemon/index.ts";
import type { RunRow, TaskRunRow } from "../../engine/index.ts";
import type { Pipeline } from "../../language/index.ts";
import type { RunSummary } from "./summary.ts";

/** Shows a run to whoever started it, while it goes and when it ends. */
export interface RunReporter {
  /** A run that was there before: how it stands. Not called for a new one. */
  resumed(run: RunRow, task_runs: readonly TaskRunRow[], pipeline: Pipeline): void;
  /** An event of the run was committed. */
  committed(committed: Committed): void;
  /** Something the person should know now: that a cancel is under way, for example. */
  notice(message: string): void;
  /** The run has ended. */
  ended(summary: RunSummary, exit_code: number): void;
  /** Gives the terminal back. Idempotent; called whatever happened. */
  close(): void;
}

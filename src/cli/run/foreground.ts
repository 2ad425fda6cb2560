import type { RunId, RunState } from "../../core/index.ts";
import type { EngineHandle } from "../../daemon/index.ts";
import { EXIT } from "../command.ts";
import type { RunReporter } from "../live/reporter.ts";
import { summarise } from "../live/summary.ts";
import { type OnStopSignal, STOP_SIGNALS, type StopSignal } from "./signals.ts";

/** What starts the run, or brings an old one back to life. The id is known before anything is committed, or comes with the first event. */
export interface RunStart {
  /** The run, if it was there before. */
  readonly run_id?: RunId;
  /** Resolves with the run's id once that is committed. */
  begin(): Promise<RunId>;
}

export interface ForegroundOptions {
  readonly handle: EngineHandle;
  readonly reporter: RunReporter;
  readonly onStopSignal: OnStopSignal;
  /** Who cancels when a signal comes. */
  readonly by: string;
}

/**
 * Drives one run in the foreground until it has ended, and reports it. The first signal cancels the run and
 * waits for what stops; each further one kills what is still stopping. Either way the end is recorded.
 * While the store takes no cancel there is nothing to wait for: the third signal leaves the run as it is.
 * The result is the exit code: 0 for a success, 1 for a run that failed or was cancelled, 128 + the signal's
 * number for one that a signal cancelled, 3 for one that was left.
 */
export async function driveInForeground(start: RunStart, options: ForegroundOptions): Promise<number> {
  const { handle, reporter, onStopSignal, by } = options;
  let run_id = start.run_id;
  const stopListening = handle.subscribe((committed) => {
    run_id ??= committed.run.id;
    if (committed.run.id === run_id) reporter.committed(committed);
  });
  const begun = Promise.withResolvers<RunId>();
  let asked: StopSignal | undefined;
  let cancelled: Promise<void> | undefined;
  let isCancelStored = false;
  const left = Promise.withResolvers<"left">();
  const stopSignals = onStopSignal((signal, before) => {
    asked ??= signal;
    if (before >= SIGNALS_TO_LEAVE && !isCancelStored) return left.resolve("left");
    if (before === 0) reporter.notice(cancelNotice(signal));
    else reporter.notice(isCancelStored ? "killing what still runs" : NOT_STORED_NOTICE);
    cancelled ??= begun.promise.then((id) => handle.act(id, { type: "cancel_requested", by, why: signal }));
    void cancelled.then(
      () => {
        isCancelStored = true;
      },
      () => {},
    );
    // A kill reaches only what was told to stop, so it waits for the cancel.
    const done = before === 0 ? cancelled : cancelled.then(() => handle.killStopping());
    done.catch((error: unknown) => reporter.notice(`the run could not be cancelled: ${messageOf(error)}`));
  });
  // When the run can't begin there is nothing to cancel.
  begun.promise.catch(() => {});
  try {
    const finished = start.begin().then(
      (id) => {
        begun.resolve(id);
        return handle.finished(id);
      },
      (error: unknown) => {
        begun.reject(error);
        throw error;
      },
    );
    const result = await Promise.race([finished, left.promise]);
    if (result === "left") {
      finished.catch(() => {});
      reporter.notice(leftNotice(run_id));
      return EXIT.internal;
    }
    const { run_id: id, state } = result;
    const row = await handle.store.getRun(id);
    if (row === undefined) throw new Error(`run ${id} has ended, but the store does not know it`);
    const exit_code = exitCodeOf(state, asked);
    reporter.ended(summarise(row, await handle.store.listTaskRuns(id)), exit_code);
    return exit_code;
  } finally {
    stopListening();
    stopSignals();
    reporter.close();
  }
}

/** What the process ends with after a run that ended so. */
export function exitCodeOf(state: RunState, asked: StopSignal | undefined): number {
  if (state === "success") return EXIT.ok;
  return state === "cancelled" && asked !== undefined ? 128 + STOP_SIGNALS[asked] : EXIT.failed;
}

/** Signals that come before the one that leaves a run whose cancel can't be stored. */
const SIGNALS_TO_LEAVE = 2;
const NOT_STORED_NOTICE = "killing what still runs once the cancel is stored; Ctrl-C again leaves the run as it is";

function leftNotice(run_id: RunId | undefined): string {
  const resume = run_id === undefined ? "" : `; \`engine run --resume ${run_id}\` takes it up again`;
  return `left as it is: what runs goes on${resume}`;
}

function cancelNotice(signal: StopSignal): string {
  return signal === "SIGINT"
    ? "cancelling, and waiting for what still runs; Ctrl-C again kills it"
    : `cancelling after ${signal}, and waiting for what still runs`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

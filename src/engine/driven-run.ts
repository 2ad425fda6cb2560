import type { EpochMs, Input, Run, RunEvent, TaskKey } from "../core/index.ts";
import type { Clock, RunLease } from "./ports.ts";
import type { Program } from "./program.ts";
import type { LiveAttempt } from "./rows.ts";

/** An input, and who waits for what it changes to be committed. */
export interface TakenInput {
  readonly input: Input;
  readonly resolve?: () => void;
  readonly reject?: (error: unknown) => void;
}

/** What the executor was told of an attempt, and whether its report has come. */
export interface ToldAttempt {
  readonly attempt: number;
  readonly grace_ms: number;
  stopping: boolean;
  /** Its report waits to be decided: until then the run still wants it to be live. */
  reported: boolean;
}

/** A run that this engine decides for. */
export interface DrivenRun {
  readonly program: Program;
  /** As decided; ahead of the store by `pending`. */
  run: Run;
  lease: RunLease;
  /** What happened and was not decided yet. */
  readonly inputs: TakenInput[];
  /** Decided and not yet committed. */
  readonly pending: RunEvent[];
  /** The inputs behind `pending`: decided again if the commit turns out to conflict. */
  readonly deciding: TakenInput[];
  /** Sequence number of the last event that listeners were told of. */
  published: number;
  /** Attempts whose row says running or waiting. */
  readonly live: Map<TaskKey, LiveAttempt>;
  /** Attempts that the executor knows of and whose report was not decided yet. */
  readonly told: Map<TaskKey, ToldAttempt>;
  /** Attempts that an earlier process started: to be found, not started. */
  readonly inherited: Map<TaskKey, number>;
  /** Attempts that an earlier process left waiting, as they were found: to be taken up, and those that ended since to be stopped. */
  readonly waiting: Map<TaskKey, { readonly attempt: number; readonly epoch: number }>;
  /** Messages that the notifier was given, by number. */
  readonly sending: Set<number>;
  wake: { readonly at: EpochMs; readonly cancel: () => void } | undefined;
}

/** A run as it is stored, before anything happens to it. */
export function newDrivenRun(program: Program, run: Run, lease: RunLease): DrivenRun {
  return {
    program,
    run,
    lease,
    inputs: [],
    pending: [],
    deciding: [],
    published: run.seq,
    live: new Map(),
    told: new Map(),
    inherited: new Map(),
    waiting: new Map(),
    sending: new Set(),
    wake: undefined,
  };
}

/** Whether nothing more can come of a driven run: it has ended, everything is stored, nothing of it is live and all is told. */
export function isSettled(driven: DrivenRun): boolean {
  const { state } = driven.run;
  return (
    state !== "queued" &&
    state !== "running" &&
    driven.inputs.length === 0 &&
    driven.pending.length === 0 &&
    driven.told.size === 0 &&
    driven.run.notifications.size === 0
  );
}

/** Has `wake` called at a time, in place of an earlier wish of this run. */
export function wakeRunAt(driven: DrivenRun, at: EpochMs | undefined, clock: Clock, wake: () => void): void {
  if (driven.wake?.at === at) return;
  driven.wake?.cancel();
  driven.wake = undefined;
  if (at === undefined) return;
  const cancel = clock.wakeAt(at, () => {
    driven.wake = undefined;
    wake();
  });
  driven.wake = { at, cancel };
}

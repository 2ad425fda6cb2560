import type { EpochMs } from "../core/index.ts";
import type { RunWrite } from "../engine/index.ts";

/** The epoch of a lease that a new run begins with. */
export const FIRST_LEASE_EPOCH = 1;

/** The end of a lease that lasts until it is renewed or given back. */
export const NO_END: EpochMs = Number.MAX_SAFE_INTEGER;

/** Throws an `Error` when a write contradicts itself: a bug of the caller, found before anything is stored. */
export function checkWrite(write: RunWrite): void {
  const { run_id, expected_seq, events, run } = write;
  const broken = (what: string) => new Error(`broken invariant in a write to run ${run_id}: ${what}`);
  for (const [index, event] of events.entries()) {
    const seq = expected_seq + 1 + index;
    if (event.seq !== seq) throw broken(`event ${event.type} has number ${event.seq} instead of ${seq}`);
  }
  const last = expected_seq + events.length;
  if (run.seq !== last) throw broken(`the run's row is at ${run.seq}, its journal at ${last}`);
  if (expected_seq === 0 && events.length === 0) throw broken("a new run without an event");
  if (expected_seq === 0 && write.lease_epoch !== FIRST_LEASE_EPOCH) {
    throw broken(`a new run under lease epoch ${write.lease_epoch} instead of ${FIRST_LEASE_EPOCH}`);
  }
  const stranger = [run, ...write.task_runs, ...write.attempts].find((row) => row.run_id !== run_id);
  if (stranger !== undefined) throw broken(`a row of run ${stranger.run_id}`);
}

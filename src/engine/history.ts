import type { EpochMs, RunId } from "../core/index.ts";

/*
 * How a store forgets. What is asked for goes in small pieces, so that nobody who writes beside it waits for long.
 */

/** Which runs are old. Only runs that have ended, and that nothing unfinished rests on, are ever among them. */
export interface OldRuns {
  /** Those that ended before this moment, */
  readonly before: EpochMs;
  /** but for the newest of each pipeline: so many stay, whatever their age. At least 1. */
  readonly keep: number;
  /** And those beyond the newest so many of each pipeline, whatever their age. At least `keep`. Absent: none. */
  readonly max?: number;
  /** At most so many of them. At least 1. */
  readonly limit: number;
}

/** Records that only tell what was, by the table that they stand in. */
export const RECORDS = ["skipped_slots", "backfills", "audit"] as const;
export type Records = (typeof RECORDS)[number];

/** What was live when a daemon last looked: the version of a file, from which its last good one is known to the next daemon. */
export interface LivePipeline {
  /** As in `PipelineVersionRow`. */
  readonly file: string;
  readonly pipeline: string;
  readonly version: string;
  readonly source: string;
}

/** The part of the `Store` port by which it forgets, and remembers what is live. */
export interface StoreHistory {
  /** Runs that may be deleted, oldest first within a pipeline. */
  findOldRuns(old: OldRuns): Promise<readonly RunId[]>;
  /**
   * Deletes those of these runs that have ended, have nothing unsent, are leased to nobody, have no unfinished run above or
   * below them and belong to no backfill that goes on; the result is those. They are gone at once; what was stored of them beside is
   * removed by `removeRemains`.
   */
  deleteRuns(run_ids: readonly RunId[]): Promise<readonly RunId[]>;
  /** Removes at most `limit` rows of what is left of deleted runs. The result is how many: 0 when nothing is left. */
  removeRemains(limit: number): Promise<number>;
  /** Deletes at most `limit` versions of pipelines that no run began with, that are not live, not among `keep`, and were stored before. The result is how many. */
  deleteVersions(before: EpochMs, keep: readonly string[], limit: number): Promise<number>;
  /** Deletes at most `limit` records of a kind from before a moment: skipped slots by when that was decided, backfills that have ended by their end. The result is how many. */
  deleteRecords(kind: Records, before: EpochMs, limit: number): Promise<number>;
  /** Gives a piece of what is free in the store's files back to the disk. The result is whether there is more. */
  shrink(): Promise<boolean>;

  /** Puts files in step with what is live of them, versions with them: those of `live` are replaced whole, those of `gone` forgotten. */
  putLive(live: readonly LivePipeline[], gone: readonly string[], now: EpochMs): Promise<void>;
  /** By file. */
  listLive(): Promise<readonly LivePipeline[]>;
}

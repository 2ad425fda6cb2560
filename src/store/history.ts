import type { DatabaseSync } from "node:sqlite";
import type { EpochMs, RunId } from "../core/index.ts";
import type { LivePipeline, OldRuns, Records } from "../engine/index.ts";
import type { Statements } from "./statements.ts";
import { putPipelineVersion } from "./writes.ts";

/*
 * How the store on SQLite forgets. What is here runs inside a transaction of the group commit, but for the questions and
 * for `cutLog`.
 */

/** After every moment. */
const END_OF_TIME: EpochMs = Number.MAX_SAFE_INTEGER;

/** Pages that are given back to the disk at once: 2 MiB, in a few milliseconds. */
const SHRINK_PAGES = 500;
/** This part of the file may be free: what is written next needs room, and a file that shrinks and grows in turns wears the disk. */
const FREE_PART = 0.1;

export function findOldRuns(sql: Statements, { before, keep, max, limit }: OldRuns): readonly RunId[] {
  const found = new Set<RunId>();
  const find = (pipeline: string, newest: number, until: EpochMs): void => {
    const boundary = sql.nth_newest_run.get(pipeline, newest);
    if (boundary === undefined || found.size >= limit) return;
    const { created_at = 0, run_id = "" } = boundary;
    const rows = sql.old_runs.all(pipeline, created_at, run_id, until, limit - found.size);
    for (const row of rows) found.add(row.run_id as RunId);
  };
  for (const { pipeline } of sql.pipelines_with_runs.all()) {
    if (max !== undefined) find(pipeline as string, max, END_OF_TIME);
    find(pipeline as string, keep, before);
    if (found.size >= limit) break;
  }
  return [...found];
}

export function deleteRuns(sql: Statements, run_ids: readonly RunId[]): readonly RunId[] {
  return run_ids.filter((run_id) => {
    if (sql.delete_run.run(run_id).changes === 0) return false;
    sql.delete_lease.run(run_id);
    sql.add_deleted_run.run(run_id);
    return true;
  });
}

export function removeRemains(sql: Statements, limit: number): number {
  let left = limit;
  while (left > 0) {
    const run_id = sql.a_deleted_run.get()?.run_id;
    if (run_id === undefined) break;
    for (const remove of [sql.remove_events, sql.remove_task_runs, sql.remove_attempts]) {
      if (left > 0) left -= Number(remove.run(run_id, left).changes);
    }
    if (left === 0) break;
    sql.forget_deleted_run.run(run_id);
    left--;
  }
  return limit - left;
}

export function deleteVersions(sql: Statements, before: EpochMs, keep: readonly string[], limit: number): number {
  return Number(sql.delete_versions.run(before, JSON.stringify(keep), limit).changes);
}

export function deleteRecords(sql: Statements, kind: Records, before: EpochMs, limit: number): number {
  const { delete_skipped_slots: skipped_slots, delete_backfills: backfills, delete_audit: audit } = sql;
  return Number({ skipped_slots, backfills, audit }[kind].run(before, limit).changes);
}

/** The result is whether there is more to give back. A store that was made without the means to has nothing to give. */
export function shrink(db: DatabaseSync): boolean {
  if (pragma(db, "auto_vacuum") === 0 || !hasMuchFree(db)) return false;
  db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
  return hasMuchFree(db);
}

function hasMuchFree(db: DatabaseSync): boolean {
  return pragma(db, "freelist_count") > pragma(db, "page_count") * FREE_PART;
}

/** Brings the write-ahead log into the main file and empties it, unless somebody reads it now. */
export function cutLog(db: DatabaseSync): void {
  const patience_ms = pragma(db, "busy_timeout", "timeout");
  db.exec("PRAGMA busy_timeout = 0");
  try {
    db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  } finally {
    db.exec(`PRAGMA busy_timeout = ${patience_ms}`);
  }
}

function pragma(db: DatabaseSync, name: string, column = name): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[column]);
}

export function putLive(
  sql: Statements,
  live: readonly LivePipeline[],
  gone: readonly string[],
  stored_at: EpochMs,
): void {
  for (const file of gone) sql.delete_live.run(file);
  for (const row of live) {
    putPipelineVersion(sql, { ...row, stored_at });
    sql.put_live.run(row.file, row.pipeline, row.version);
  }
}

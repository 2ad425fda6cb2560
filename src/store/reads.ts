import type { StatementSync } from "node:sqlite";
import type { RunEvent, RunId, TaskKey } from "../core/index.ts";
import {
  type AttemptRow,
  type AuditRow,
  type BackfillRow,
  type LivePipeline,
  type Page,
  type PipelineVersionRow,
  type RunBrief,
  type RunCount,
  type RunFilter,
  type RunRow,
  type ScheduleRow,
  type SkippedSlotsRow,
  StoreError,
  type TaskRunRow,
} from "../engine/index.ts";
import { runQuery, toPage } from "./paging.ts";
import { fromColumns } from "./rows.ts";
import type { Statements } from "./statements.ts";

/*
 * The questions of the Store port, each answered by one statement, so that every answer is of one
 * moment. They throw SQLite's own errors.
 */

/** Sorts behind everything that can follow a prefix. */
const LAST_CHARACTER = "\u{10ffff}";

export function readEvents(sql: Statements, run_id: RunId, after_seq: number): readonly RunEvent[] {
  const events = sql.events_after.all(run_id, after_seq).map(({ event }) => JSON.parse(event as string) as RunEvent);
  const last = events.at(-1);
  if (last !== undefined && last.seq !== after_seq + events.length) {
    throw new StoreError(
      "corrupt",
      `the journal of run ${run_id} has ${events.length} events from ${after_seq + 1} to ${last.seq}: some are missing. Restore a backup of the data folder.`,
    );
  }
  return events;
}

export function listRuns(sql: Statements, filter: RunFilter): Page<RunRow> {
  const { states, behind, limit, since, pipelines, backfill_id } = runQuery(filter);
  const position = [JSON.stringify(states), behind.created_at, behind.run_id, limit + 1, since] as const;
  // Of a backfill all runs have one pipeline.
  if (backfill_id !== undefined) return page(sql.list_runs_of_backfill.all(...position, backfill_id));
  if (pipelines !== undefined) return page(sql.list_runs_of_pipelines.all(...position, JSON.stringify(pipelines)));
  return page(sql.list_runs.all(...position));

  function page(found: ReturnType<StatementSync["all"]>): Page<RunRow> {
    return toPage(found.map(fromColumns<RunRow>), limit);
  }
}

export function newestRuns(sql: Statements, pipelines: readonly string[], count: number): readonly RunBrief[] {
  return sql.newest_runs.all(JSON.stringify(pipelines), count).map(fromColumns<RunBrief>);
}

export function getRunByKey(sql: Statements, pipeline: string, key: string): RunRow | undefined {
  const found = sql.get_run_by_key.get(pipeline, key);
  return found && fromColumns<RunRow>(found);
}

export function getBackfill(sql: Statements, backfill_id: string): BackfillRow | undefined {
  const found = sql.get_backfill.get(backfill_id);
  return found && fromColumns<BackfillRow>(found);
}

export function listBackfills(sql: Statements, limit: number, pipeline?: string): readonly BackfillRow[] {
  const found = pipeline === undefined ? sql.list_backfills.all(limit) : sql.list_backfills_of.all(limit, pipeline);
  return found.map(fromColumns<BackfillRow>);
}

export function listAudit(sql: Statements, limit: number): readonly AuditRow[] {
  return sql.list_audit.all(limit).map(fromColumns<AuditRow>);
}

export function listRunsOfSlot(sql: Statements, pipeline: string, logical_date: number): readonly RunRow[] {
  return sql.list_runs_of_slot.all(pipeline, logical_date).map(fromColumns<RunRow>);
}

export function listTakenSlots(sql: Statements, pipeline: string, first: number, last: number): readonly number[] {
  return sql.list_taken_slots.all(pipeline, first, last).map(({ slot }) => Number(slot));
}

export function countRuns(sql: Statements, pipeline: string, since: number, stretch_ms: number): readonly RunCount[] {
  return sql.count_runs.all(pipeline, since, stretch_ms).map(fromColumns<RunCount>);
}

export function getRunBefore(sql: Statements, pipeline: string, logical_date: number): RunRow | undefined {
  const found = sql.get_run_before.get(pipeline, logical_date);
  return found && fromColumns<RunRow>(found);
}

export function listSchedules(sql: Statements): readonly ScheduleRow[] {
  return sql.list_schedules.all().map(fromColumns<ScheduleRow>);
}

export function listSkippedSlots(
  sql: Statements,
  limit: number,
  pipeline: string | undefined,
): readonly SkippedSlotsRow[] {
  const found =
    pipeline === undefined ? sql.list_skipped_slots.all(limit) : sql.list_skipped_slots_of.all(limit, pipeline);
  return found.map(fromColumns<SkippedSlotsRow>);
}

export function listChildRuns(sql: Statements, run_id: RunId): readonly RunRow[] {
  return sql.list_child_runs.all(run_id).map(fromColumns<RunRow>);
}

export function getRun(sql: Statements, run_id: RunId): RunRow | undefined {
  const found = sql.get_run.get(run_id);
  return found && fromColumns<RunRow>(found);
}

export function findRuns(sql: Statements, prefix: string): readonly RunRow[] {
  return sql.find_runs.all(prefix, prefix + LAST_CHARACTER).map(fromColumns<RunRow>);
}

export function listTaskRuns(sql: Statements, run_id: RunId): readonly TaskRunRow[] {
  return sql.list_task_runs.all(run_id).map(fromColumns<TaskRunRow>);
}

export function listAttempts(sql: Statements, run_id: RunId, key: TaskKey | undefined): readonly AttemptRow[] {
  const found = key === undefined ? sql.list_attempts.all(run_id) : sql.list_attempts_of_task.all(run_id, key);
  return found.map(fromColumns<AttemptRow>);
}

export function getPipelineVersion(sql: Statements, version: string): PipelineVersionRow | undefined {
  const found = sql.get_pipeline_version.get(version);
  return found && fromColumns<PipelineVersionRow>(found);
}

export function listLive(sql: Statements): readonly LivePipeline[] {
  return sql.list_live.all().map(fromColumns<LivePipeline>);
}

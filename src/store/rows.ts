import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type {
  AttemptRow,
  AuditRow,
  BackfillRow,
  PipelineVersionRow,
  RunBrief,
  RunLease,
  RunRow,
  ScheduleRow,
  SkippedSlotsRow,
  TaskRunRow,
} from "../engine/index.ts";

/*
 * The only place where rows meet columns. A column has the name of its field, an absent field is
 * NULL, and what is not a number or a text is compact JSON.
 */

export const RUN_COLUMNS = [
  "run_id",
  "pipeline",
  "version",
  "state",
  "trigger",
  "by",
  "logical_date",
  "data_interval_start",
  "data_interval_end",
  "params",
  "created_at",
  "started_at",
  "finished_at",
  "why",
  "seq",
  "unsent",
  "parent_run_id",
  "parent_key",
  "parent_attempt",
  "slot",
  "idempotency_key",
  "backfill_id",
  "revision",
  "note",
] as const satisfies readonly (keyof RunRow)[];

/** What lists of very many runs show of each. */
export const RUN_BRIEF_COLUMNS = [
  "run_id",
  "pipeline",
  "state",
  "trigger",
  "logical_date",
  "created_at",
  "started_at",
  "finished_at",
] as const satisfies readonly (keyof RunBrief)[];

/** What of a run can change after its creation, behind its key. */
export const RUN_CHANGES = [
  "run_id",
  "state",
  "started_at",
  "finished_at",
  "why",
  "seq",
  "unsent",
] as const satisfies readonly (keyof RunRow)[];

export const TASK_RUN_COLUMNS = [
  "run_id",
  "key",
  "task",
  "index",
  "state",
  "attempt",
  "queued_at",
  "started_at",
  "finished_at",
  "wake_at",
  "outputs",
  "failure",
  "why",
  "item",
] as const satisfies readonly (keyof TaskRunRow)[];

export const ATTEMPT_COLUMNS = [
  "run_id",
  "key",
  "attempt",
  "state",
  "epoch",
  "started_at",
  "finished_at",
  "exit_code",
  "failure",
  "metrics",
  "warnings",
] as const satisfies readonly (keyof AttemptRow)[];

export const SCHEDULE_COLUMNS = [
  "pipeline",
  "known_since",
  "decided_until",
  "paused_at",
  "paused_by",
  "paused_why",
] as const satisfies readonly (keyof ScheduleRow)[];

export const SKIPPED_SLOTS_COLUMNS = [
  "pipeline",
  "reason",
  "first",
  "last",
  "count",
  "decided_at",
] as const satisfies readonly (keyof SkippedSlotsRow)[];

export const BACKFILL_COLUMNS = [
  "backfill_id",
  "pipeline",
  "state",
  "by",
  "created_at",
  "finished_at",
  "from",
  "to",
  "reprocess",
  "max_active",
  "params",
  "slots",
  "decided",
] as const satisfies readonly (keyof BackfillRow)[];

export const AUDIT_COLUMNS = [
  "at",
  "by",
  "role",
  "action",
  "target",
  "detail",
] as const satisfies readonly (keyof AuditRow)[];

export const LEASE_COLUMNS = ["run_id", "owner", "epoch", "until"] as const satisfies readonly (keyof RunLease)[];

export const PIPELINE_VERSION_COLUMNS = [
  "version",
  "pipeline",
  "file",
  "source",
  "stored_at",
] as const satisfies readonly (keyof PipelineVersionRow)[];

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  "params",
  "outputs",
  "failure",
  "item",
  "metrics",
  "warnings",
  "slots",
  "detail",
  "note",
]);

/** A row as parameters, in the order of `columns`. */
export function toParameters<Row>(row: Row, columns: readonly (keyof Row & string)[]): SQLInputValue[] {
  return columns.map((column) => {
    const value = row[column];
    if (value === undefined) return null;
    return JSON_COLUMNS.has(column) ? JSON.stringify(value) : (value as SQLInputValue);
  });
}

/** What a statement gave as a row. Throws a `SyntaxError` when stored JSON is damaged. */
export function fromColumns<Row>(columns: Readonly<Record<string, SQLOutputValue>>): Row {
  const row: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(columns)) {
    if (value === null) continue;
    row[column] = JSON_COLUMNS.has(column) ? JSON.parse(value as string) : value;
  }
  return row as Row;
}

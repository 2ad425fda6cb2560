import type { EpochMs, RunId } from "../core/index.ts";
import type {
  AttemptKey,
  AuditRow,
  BackfillRow,
  PipelineVersionRow,
  RunLease,
  RunNote,
  RunWrite,
  RunWriteResult,
  ScheduleRow,
  SkippedSlotsRow,
  WriteConflict,
} from "../engine/index.ts";
import { FIRST_LEASE_EPOCH, NO_END } from "./check-write.ts";
import {
  ATTEMPT_COLUMNS,
  AUDIT_COLUMNS,
  BACKFILL_COLUMNS,
  fromColumns,
  PIPELINE_VERSION_COLUMNS,
  RUN_CHANGES,
  RUN_COLUMNS,
  SCHEDULE_COLUMNS,
  SKIPPED_SLOTS_COLUMNS,
  TASK_RUN_COLUMNS,
  toParameters,
} from "./rows.ts";
import type { Statements } from "./statements.ts";

/*
 * The changes of the Store port. Each runs inside a transaction of the group commit, looks for
 * conflicts before it writes anything, and throws SQLite's own errors.
 */

export function storeRun(sql: Statements, owner: string, write: RunWrite): RunWriteResult {
  const conflict = findConflict(sql, owner, write);
  if (conflict !== undefined) return { ok: false, conflict };
  const { run_id, run } = write;
  if (write.expected_seq === 0) {
    sql.insert_run.run(...toParameters(run, RUN_COLUMNS));
    sql.insert_lease.run(run_id, owner, FIRST_LEASE_EPOCH, write.lease_until ?? NO_END);
  } else {
    sql.update_run.run(...toParameters(run, RUN_CHANGES));
  }
  for (const event of write.events) sql.insert_event.run(run_id, event.seq, JSON.stringify(event));
  for (const row of write.task_runs) sql.put_task_run.run(...toParameters(row, TASK_RUN_COLUMNS));
  for (const row of write.attempts) sql.put_attempt.run(...toParameters(row, ATTEMPT_COLUMNS));
  return { ok: true };
}

function findConflict(sql: Statements, owner: string, write: RunWrite): WriteConflict | undefined {
  const known = sql.run_guard.get(write.run_id);
  if (write.expected_seq === 0) {
    const { pipeline, slot, idempotency_key: key } = write.run;
    if (known !== undefined) return "seq";
    if (slot !== undefined && sql.slot_run.get(pipeline, slot) !== undefined) return "slot";
    return key !== undefined && sql.get_run_by_key.get(pipeline, key) !== undefined ? "key" : undefined;
  }
  if (known?.owner !== owner || known.epoch !== write.lease_epoch) return "lease";
  if (known.seq !== write.expected_seq) return "seq";
  const late = write.attempts.some((row) => {
    const stored = sql.attempt_epoch.get(row.run_id, row.key, row.attempt);
    return stored !== undefined && stored.epoch !== row.epoch;
  });
  return late ? "attempt" : undefined;
}

export function leaseRuns(
  sql: Statements,
  owner: string,
  now: EpochMs,
  until: EpochMs,
  run_ids: readonly RunId[] | undefined,
): readonly RunLease[] {
  const taken =
    run_ids === undefined
      ? sql.lease_unfinished.all(owner, until, now)
      : sql.lease_unfinished_of.all(owner, until, now, JSON.stringify(run_ids));
  const leases = taken.map(fromColumns<RunLease>);
  return leases.sort((a, b) => (a.run_id < b.run_id ? -1 : 1));
}

export function leaseRun(
  sql: Statements,
  owner: string,
  now: EpochMs,
  until: EpochMs,
  run_id: RunId,
): RunLease | undefined {
  const taken = sql.lease_run.get(owner, until, now, run_id);
  return taken && fromColumns<RunLease>(taken);
}

export function renewLeases(sql: Statements, leases: readonly RunLease[], until: EpochMs): readonly RunLease[] {
  const held = leases.filter((lease) => sql.renew_lease.get(lease.run_id, lease.owner, lease.epoch, until));
  return held.map((lease) => ({ ...lease, until }));
}

export function releaseLeases(sql: Statements, leases: readonly RunLease[]): void {
  for (const { run_id, owner, epoch } of leases) sql.release_lease.run(run_id, owner, epoch);
}

export function claimAttempt(sql: Statements, { run_id, key, attempt }: AttemptKey): number | undefined {
  return sql.claim_attempt.get(run_id, key, attempt)?.epoch as number | undefined;
}

export function setRunNote(sql: Statements, run_id: RunId, note: RunNote | undefined): boolean {
  return sql.set_run_note.get(run_id, note === undefined ? null : JSON.stringify(note)) !== undefined;
}

export function putPipelineVersion(sql: Statements, row: PipelineVersionRow): void {
  sql.put_pipeline_version.run(...toParameters(row, PIPELINE_VERSION_COLUMNS));
}

export function putSchedule(
  sql: Statements,
  row: ScheduleRow,
  skipped: readonly SkippedSlotsRow[],
  taken_back: readonly SkippedSlotsRow[],
): void {
  sql.put_schedule.run(...toParameters(row, SCHEDULE_COLUMNS));
  for (const { pipeline, decided_at, first } of taken_back) sql.remove_skipped_slots.run(pipeline, decided_at, first);
  for (const each of skipped) sql.add_skipped_slots.run(...toParameters(each, SKIPPED_SLOTS_COLUMNS));
}

export function putBackfill(sql: Statements, row: BackfillRow): void {
  sql.put_backfill.run(...toParameters(row, BACKFILL_COLUMNS));
}

export function addAudit(sql: Statements, row: AuditRow): void {
  sql.add_audit.run(...toParameters(row, AUDIT_COLUMNS));
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { SLOT_RUNS_MAX } from "./paging.ts";
import {
  ATTEMPT_COLUMNS,
  AUDIT_COLUMNS,
  BACKFILL_COLUMNS,
  LEASE_COLUMNS,
  PIPELINE_VERSION_COLUMNS,
  RUN_BRIEF_COLUMNS,
  RUN_COLUMNS,
  SCHEDULE_COLUMNS,
  SKIPPED_SLOTS_COLUMNS,
  TASK_RUN_COLUMNS,
} from "./rows.ts";

/*
 * Every statement that the store runs, by name. They keep to what SQLite and PostgreSQL share
 * (numbered parameters, ON CONFLICT … excluded, RETURNING, row values), so that a second adapter
 * differs in few of them. Lists are handed over as JSON text.
 */

/** Column names, quoted because a few of them are words of SQL. */
const names = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(", ");

/** `?1, ?2, …`: one for each column. */
const numbers = (columns: readonly string[]) => columns.map((_, index) => `?${index + 1}`).join(", ");

/** A lease that nobody holds has no owner; its epoch stays, so that the next one is higher. */
const LEASE_IS_FREE = "(owner IS NULL OR until <= ?3)";

/** Runs that somebody has to drive: those that have not ended, or have messages to send. */
const UNFINISHED = `
  SELECT run_id FROM runs WHERE state IN ('queued', 'running')
  UNION ALL SELECT run_id FROM runs WHERE unsent > 0`;

/**
 * The newest runs of each wanted state come from an index that is ordered by time, at most a page of each, and are
 * merged: the cost is that of the page, however many runs there are.
 */
const newestRuns = (where: string) => `
  SELECT ${names(RUN_COLUMNS)} FROM json_each(?1) AS wanted CROSS JOIN runs WHERE runs.run_id IN (
    SELECT run_id FROM runs
    WHERE state = wanted.value ${where} AND (created_at, run_id) < (?2, ?3) AND created_at >= ?5
    ORDER BY created_at DESC, run_id DESC LIMIT ?4)
  ORDER BY created_at DESC, run_id DESC LIMIT ?4`;

/**
 * The newest runs of each named pipeline that have a wanted state, merged. Its index has them by time and not by state,
 * so that a burst of runs touches few pages: a state that a pipeline seldom has is looked for through all its runs.
 */
const NEWEST_RUNS_OF_PIPELINES = `
  SELECT ${names(RUN_COLUMNS)} FROM json_each(?6) AS named CROSS JOIN runs WHERE runs.run_id IN (
    SELECT run_id FROM runs
    WHERE pipeline = named.value AND (created_at, run_id) < (?2, ?3) AND created_at >= ?5
      AND state || '' IN (SELECT value FROM json_each(?1))
    ORDER BY created_at DESC, run_id DESC LIMIT ?4)
  ORDER BY created_at DESC, run_id DESC LIMIT ?4`;

/** Nothing that goes on rests on this run. */
const NOT_NEEDED = `
  state NOT IN ('queued', 'running') AND unsent IS NULL
  AND EXISTS (SELECT 1 FROM run_leases WHERE run_leases.run_id = runs.run_id AND owner IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM runs AS child WHERE child.parent_run_id = runs.run_id AND child.state IN ('queued', 'running'))
  AND NOT EXISTS (
    SELECT 1 FROM runs AS parent WHERE parent.run_id = runs.parent_run_id AND parent.state IN ('queued', 'running'))
  AND NOT EXISTS (
    SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND backfills.state = 'running')`;

/** Rows of a run that was deleted; what comes last goes first, so that a reader sees a beginning and no gap. */
const removeOf = (table: string, key: string) => `
  DELETE FROM ${table} WHERE run_id = ?1 AND (${key}) IN (
    SELECT ${key} FROM ${table} WHERE run_id = ?1 ORDER BY ${key.replaceAll(",", " DESC,")} DESC LIMIT ?2)`;

const SQL = {
  // Runs and their journals.
  run_guard: `
    SELECT runs.seq, run_leases.owner, run_leases.epoch
    FROM runs JOIN run_leases ON run_leases.run_id = runs.run_id WHERE runs.run_id = ?1`,
  insert_run: `
    INSERT INTO runs (${names(RUN_COLUMNS)}) VALUES (${numbers(RUN_COLUMNS)})`,
  /** With `RUN_CHANGES`. */
  update_run: `
    UPDATE runs SET state = ?2, started_at = ?3, finished_at = ?4, why = ?5, seq = ?6, unsent = ?7 WHERE run_id = ?1`,
  set_run_note: "UPDATE runs SET note = ?2 WHERE run_id = ?1 RETURNING run_id",
  insert_event: "INSERT INTO events (run_id, seq, event) VALUES (?1, ?2, ?3)",
  events_after: "SELECT event FROM events WHERE run_id = ?1 AND seq > ?2 ORDER BY seq",
  get_run: `SELECT ${names(RUN_COLUMNS)} FROM runs WHERE run_id = ?1`,
  find_runs: `SELECT ${names(RUN_COLUMNS)} FROM runs WHERE run_id >= ?1 AND run_id < ?2 ORDER BY run_id LIMIT 2`,
  get_run_by_key: `SELECT ${names(RUN_COLUMNS)} FROM runs WHERE pipeline = ?1 AND idempotency_key = ?2`,
  list_runs: newestRuns(""),
  list_runs_of_pipelines: NEWEST_RUNS_OF_PIPELINES,
  /** Without what only one run's page shows: there may be very many. */
  newest_runs: `
    SELECT ${names(RUN_BRIEF_COLUMNS)} FROM json_each(?1) AS named CROSS JOIN runs WHERE runs.run_id IN (
      SELECT run_id FROM runs WHERE pipeline = named.value ORDER BY created_at DESC, run_id DESC LIMIT ?2)
    ORDER BY named.id, created_at DESC, run_id DESC`,
  list_runs_of_backfill: newestRuns("AND backfill_id = ?6"),
  list_runs_of_slot: `
    SELECT ${names(RUN_COLUMNS)} FROM runs WHERE pipeline = ?1 AND logical_date = ?2
    ORDER BY +created_at DESC, run_id DESC LIMIT ${SLOT_RUNS_MAX}`,
  list_taken_slots: `SELECT slot FROM runs WHERE slot BETWEEN ?2 AND ?3 AND pipeline = ?1 ORDER BY slot`,
  /** A number comes as one with a fraction, and would be divided as such. */
  count_runs: `
    SELECT created_at / CAST(?3 AS INTEGER) * CAST(?3 AS INTEGER) AS at, state, count(*) AS count FROM runs WHERE pipeline = ?1 AND created_at >= ?2
    GROUP BY at, state ORDER BY at, state`,
  get_run_before: `
    SELECT ${names(RUN_COLUMNS)} FROM runs
    WHERE pipeline = ?1 AND logical_date < ?2 AND "trigger" IN ('schedule', 'backfill')
    ORDER BY logical_date DESC, created_at DESC, run_id DESC LIMIT 1`,
  list_child_runs: `SELECT ${names(RUN_COLUMNS)} FROM runs WHERE parent_run_id = ?1 ORDER BY created_at, run_id`,

  // Task runs and attempts.
  put_task_run: `
    INSERT INTO task_runs (${names(TASK_RUN_COLUMNS)}) VALUES (${numbers(TASK_RUN_COLUMNS)})
    ON CONFLICT (run_id, key) DO UPDATE SET
      state = excluded.state, attempt = excluded.attempt, queued_at = excluded.queued_at,
      started_at = excluded.started_at, finished_at = excluded.finished_at, wake_at = excluded.wake_at,
      outputs = excluded.outputs, failure = excluded.failure, why = excluded.why, item = excluded.item`,
  list_task_runs: `
    SELECT ${names(TASK_RUN_COLUMNS)} FROM task_runs WHERE run_id = ?1 ORDER BY task, "index" NULLS FIRST`,
  attempt_epoch: "SELECT epoch FROM attempts WHERE run_id = ?1 AND key = ?2 AND attempt = ?3",
  put_attempt: `
    INSERT INTO attempts (${names(ATTEMPT_COLUMNS)}) VALUES (${numbers(ATTEMPT_COLUMNS)})
    ON CONFLICT (run_id, key, attempt) DO UPDATE SET
      state = excluded.state, started_at = excluded.started_at, finished_at = excluded.finished_at,
      exit_code = excluded.exit_code, failure = excluded.failure,
      metrics = excluded.metrics, warnings = excluded.warnings
    WHERE attempts.epoch = excluded.epoch`,
  claim_attempt: `
    UPDATE attempts SET epoch = epoch + 1
    WHERE run_id = ?1 AND key = ?2 AND attempt = ?3 AND state IN ('running', 'waiting')
    RETURNING epoch`,
  list_attempts: `SELECT ${names(ATTEMPT_COLUMNS)} FROM attempts WHERE run_id = ?1 ORDER BY key, attempt`,
  list_attempts_of_task: `SELECT ${names(ATTEMPT_COLUMNS)} FROM attempts WHERE run_id = ?1 AND key = ?2 ORDER BY attempt`,

  // Leases.
  insert_lease: `INSERT INTO run_leases (${names(LEASE_COLUMNS)}) VALUES (${numbers(LEASE_COLUMNS)})`,
  lease_unfinished: `
    UPDATE run_leases SET owner = ?1, epoch = epoch + 1, until = ?2
    WHERE ${LEASE_IS_FREE} AND run_id IN (${UNFINISHED})
    RETURNING ${names(LEASE_COLUMNS)}`,
  lease_unfinished_of: `
    UPDATE run_leases SET owner = ?1, epoch = epoch + 1, until = ?2
    WHERE ${LEASE_IS_FREE} AND run_id IN (SELECT value FROM json_each(?4))
      AND run_id IN (${UNFINISHED})
    RETURNING ${names(LEASE_COLUMNS)}`,
  lease_run: `
    UPDATE run_leases SET owner = ?1, epoch = epoch + 1, until = ?2
    WHERE ${LEASE_IS_FREE} AND run_id = ?4
    RETURNING ${names(LEASE_COLUMNS)}`,
  renew_lease: "UPDATE run_leases SET until = ?4 WHERE run_id = ?1 AND owner = ?2 AND epoch = ?3 RETURNING until",
  release_lease: "UPDATE run_leases SET owner = NULL, until = 0 WHERE run_id = ?1 AND owner = ?2 AND epoch = ?3",
  release_all_leases: "UPDATE run_leases SET owner = NULL, until = 0 WHERE owner IS NOT NULL",

  // Schedules.
  slot_run: "SELECT run_id FROM runs WHERE pipeline = ?1 AND slot = ?2",
  list_schedules: `SELECT ${names(SCHEDULE_COLUMNS)} FROM schedules ORDER BY pipeline`,
  put_schedule: `
    INSERT INTO schedules (${names(SCHEDULE_COLUMNS)}) VALUES (${numbers(SCHEDULE_COLUMNS)})
    ON CONFLICT (pipeline) DO UPDATE SET
      known_since = excluded.known_since, decided_until = excluded.decided_until, paused_at = excluded.paused_at,
      paused_by = excluded.paused_by, paused_why = excluded.paused_why`,
  add_skipped_slots: `
    INSERT INTO skipped_slots (${names(SKIPPED_SLOTS_COLUMNS)}) VALUES (${numbers(SKIPPED_SLOTS_COLUMNS)})`,
  remove_skipped_slots: `DELETE FROM skipped_slots WHERE pipeline = ?1 AND decided_at = ?2 AND first = ?3`,
  list_skipped_slots: `
    SELECT ${names(SKIPPED_SLOTS_COLUMNS)} FROM skipped_slots ORDER BY decided_at DESC, first DESC LIMIT ?1`,
  list_skipped_slots_of: `
    SELECT ${names(SKIPPED_SLOTS_COLUMNS)} FROM skipped_slots WHERE pipeline = ?2
    ORDER BY decided_at DESC, first DESC LIMIT ?1`,

  // Backfills and what people changed.
  put_backfill: `
    INSERT INTO backfills (${names(BACKFILL_COLUMNS)}) VALUES (${numbers(BACKFILL_COLUMNS)})
    ON CONFLICT (backfill_id) DO UPDATE SET
      state = excluded.state, finished_at = excluded.finished_at, decided = excluded.decided`,
  get_backfill: `SELECT ${names(BACKFILL_COLUMNS)} FROM backfills WHERE backfill_id = ?1`,
  list_backfills: `
    SELECT ${names(BACKFILL_COLUMNS)} FROM backfills ORDER BY created_at DESC, backfill_id DESC LIMIT ?1`,
  list_backfills_of: `
    SELECT ${names(BACKFILL_COLUMNS)} FROM backfills WHERE pipeline = ?2
    ORDER BY created_at DESC, backfill_id DESC LIMIT ?1`,
  add_audit: `INSERT INTO audit (${names(AUDIT_COLUMNS)}) VALUES (${numbers(AUDIT_COLUMNS)})`,
  list_audit: `SELECT ${names(AUDIT_COLUMNS)} FROM audit ORDER BY at DESC, rowid DESC LIMIT ?1`,

  // Pipeline versions.
  put_pipeline_version: `
    INSERT INTO pipeline_versions (${names(PIPELINE_VERSION_COLUMNS)}) VALUES (${numbers(PIPELINE_VERSION_COLUMNS)})
    ON CONFLICT (version) DO NOTHING`,
  get_pipeline_version: `SELECT ${names(PIPELINE_VERSION_COLUMNS)} FROM pipeline_versions WHERE version = ?1`,
  put_live: `
    INSERT INTO live_pipelines (file, pipeline, version) VALUES (?1, ?2, ?3)
    ON CONFLICT (file) DO UPDATE SET pipeline = excluded.pipeline, version = excluded.version`,
  delete_live: "DELETE FROM live_pipelines WHERE file = ?1",
  list_live: `
    SELECT live_pipelines.file, live_pipelines.pipeline, live_pipelines.version, source
    FROM live_pipelines CROSS JOIN pipeline_versions ON pipeline_versions.version = live_pipelines.version
    ORDER BY live_pipelines.file`,

  // Forgetting.
  pipelines_with_runs: `
    WITH RECURSIVE named (pipeline) AS (
      SELECT min(pipeline) FROM runs
      UNION ALL SELECT (SELECT min(runs.pipeline) FROM runs WHERE runs.pipeline > named.pipeline) FROM named
      WHERE named.pipeline IS NOT NULL)
    SELECT pipeline FROM named WHERE pipeline IS NOT NULL`,
  /** The run behind which those of a pipeline stand that are older than the newest so many. */
  nth_newest_run: `
    SELECT created_at, run_id FROM runs WHERE pipeline = ?1
    ORDER BY created_at DESC, run_id DESC LIMIT 1 OFFSET ?2 - 1`,
  old_runs: `
    SELECT run_id FROM runs
    WHERE pipeline = ?1 AND (created_at, run_id) < (?2, ?3) AND created_at < ?4 AND finished_at < ?4 AND ${NOT_NEEDED}
    ORDER BY created_at, run_id LIMIT ?5`,
  delete_run: `DELETE FROM runs WHERE run_id = ?1 AND ${NOT_NEEDED}`,
  delete_lease: "DELETE FROM run_leases WHERE run_id = ?1",
  add_deleted_run: "INSERT INTO deleted_runs (run_id) VALUES (?1) ON CONFLICT (run_id) DO NOTHING",
  a_deleted_run: "SELECT run_id FROM deleted_runs ORDER BY run_id LIMIT 1",
  forget_deleted_run: "DELETE FROM deleted_runs WHERE run_id = ?1",
  remove_events: removeOf("events", "seq"),
  remove_task_runs: removeOf("task_runs", "key"),
  remove_attempts: removeOf("attempts", "key, attempt"),
  delete_versions: `
    DELETE FROM pipeline_versions WHERE version IN (
      SELECT version FROM pipeline_versions AS old
      WHERE stored_at < ?1 AND version NOT IN (SELECT value FROM json_each(?2))
        AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.pipeline = old.pipeline AND runs.version = old.version)
        AND NOT EXISTS (SELECT 1 FROM live_pipelines WHERE live_pipelines.version = old.version)
      ORDER BY stored_at LIMIT ?3)`,
  delete_skipped_slots: `
    DELETE FROM skipped_slots WHERE rowid IN (
      SELECT rowid FROM skipped_slots WHERE decided_at < ?1 ORDER BY decided_at LIMIT ?2)`,
  delete_backfills: `
    DELETE FROM backfills WHERE backfill_id IN (
      SELECT backfill_id FROM backfills WHERE finished_at < ?1 AND state <> 'running' ORDER BY finished_at LIMIT ?2)`,
  delete_audit: "DELETE FROM audit WHERE rowid IN (SELECT rowid FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
} as const;

/** The statements of one connection, prepared once. */
export type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** Throws SQLite's own error when a table or column is missing, which only damage can do. */
export function prepareStatements(db: DatabaseSync): Statements {
  const prepared = Object.entries(SQL).map(([name, text]) => [name, db.prepare(text)] as const);
  return Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
}

import type { DatabaseSync } from "node:sqlite";

/*
 * The format of the store, step by step. A step that was released is never edited: a change is a
 * new step at the end. Steps go forward only and keep the data.
 */

/** One step. It brings a store of the version before to `version`. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** Marks a file as a store of this engine ("Engn" in ASCII), so that another program's database is not mistaken for one. */
export const APPLICATION_ID = 0x456e676e;

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE runs (
        run_id TEXT PRIMARY KEY NOT NULL,
        pipeline TEXT NOT NULL,
        version TEXT NOT NULL,
        state TEXT NOT NULL,
        "trigger" TEXT NOT NULL,
        "by" TEXT NOT NULL,
        logical_date INTEGER NOT NULL,
        data_interval_start INTEGER NOT NULL,
        data_interval_end INTEGER NOT NULL,
        params TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        finished_at INTEGER,
        why TEXT,
        seq INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runs_by_state ON runs (state, created_at, run_id);
      CREATE INDEX runs_by_pipeline ON runs (pipeline, state, created_at, run_id);

      CREATE TABLE events (
        run_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        event TEXT NOT NULL,
        PRIMARY KEY (run_id, seq)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE task_runs (
        run_id TEXT NOT NULL,
        key TEXT NOT NULL,
        task TEXT NOT NULL,
        "index" INTEGER,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        queued_at INTEGER,
        started_at INTEGER,
        finished_at INTEGER,
        wake_at INTEGER,
        outputs TEXT,
        failure TEXT,
        why TEXT,
        item TEXT,
        PRIMARY KEY (run_id, key)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE attempts (
        run_id TEXT NOT NULL,
        key TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        finished_at INTEGER,
        exit_code INTEGER,
        failure TEXT,
        PRIMARY KEY (run_id, key, attempt)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE run_leases (
        run_id TEXT PRIMARY KEY NOT NULL,
        owner TEXT,
        epoch INTEGER NOT NULL,
        until INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX run_leases_held ON run_leases (run_id) WHERE owner IS NOT NULL;

      CREATE TABLE pipeline_versions (
        version TEXT PRIMARY KEY NOT NULL,
        pipeline TEXT NOT NULL,
        file TEXT NOT NULL,
        source TEXT NOT NULL,
        stored_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 2,
    sql: `
      ALTER TABLE runs ADD COLUMN parent_run_id TEXT;
      ALTER TABLE runs ADD COLUMN parent_key TEXT;
      ALTER TABLE runs ADD COLUMN parent_attempt INTEGER;
      CREATE INDEX runs_by_parent ON runs (parent_run_id, created_at) WHERE parent_run_id IS NOT NULL;
      CREATE INDEX runs_by_logical_date ON runs (pipeline, logical_date);
      ALTER TABLE runs ADD COLUMN unsent INTEGER;
      CREATE INDEX runs_unsent ON runs (unsent) WHERE unsent IS NOT NULL;
      ALTER TABLE attempts ADD COLUMN metrics TEXT;
      ALTER TABLE attempts ADD COLUMN warnings TEXT;
    `,
  },
  {
    version: 3,
    sql: `
      ALTER TABLE runs ADD COLUMN slot INTEGER;
      CREATE UNIQUE INDEX runs_by_slot ON runs (pipeline, slot) WHERE slot IS NOT NULL;

      CREATE TABLE schedules (
        pipeline TEXT PRIMARY KEY NOT NULL,
        known_since INTEGER NOT NULL,
        decided_until INTEGER NOT NULL,
        paused_at INTEGER,
        paused_by TEXT,
        paused_why TEXT
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE skipped_slots (
        pipeline TEXT NOT NULL,
        reason TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        count INTEGER NOT NULL,
        decided_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX skipped_slots_by_time ON skipped_slots (decided_at, first);
      CREATE INDEX skipped_slots_by_pipeline ON skipped_slots (pipeline, decided_at, first);
    `,
  },
  {
    version: 4,
    sql: `
      ALTER TABLE runs ADD COLUMN idempotency_key TEXT;
      CREATE UNIQUE INDEX runs_by_key ON runs (pipeline, idempotency_key) WHERE idempotency_key IS NOT NULL;
      ALTER TABLE runs ADD COLUMN backfill_id TEXT;
      CREATE INDEX runs_by_backfill ON runs (backfill_id, state, created_at, run_id) WHERE backfill_id IS NOT NULL;
      ALTER TABLE runs ADD COLUMN revision TEXT;

      CREATE TABLE backfills (
        backfill_id TEXT PRIMARY KEY NOT NULL,
        pipeline TEXT NOT NULL,
        state TEXT NOT NULL,
        "by" TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        "from" INTEGER NOT NULL,
        "to" INTEGER NOT NULL,
        reprocess TEXT NOT NULL,
        max_active INTEGER NOT NULL,
        params TEXT NOT NULL,
        slots TEXT NOT NULL,
        decided INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX backfills_by_time ON backfills (created_at, backfill_id);
      CREATE INDEX backfills_by_pipeline ON backfills (pipeline, created_at, backfill_id);

      CREATE TABLE audit (
        at INTEGER NOT NULL,
        "by" TEXT NOT NULL,
        role TEXT NOT NULL,
        action TEXT NOT NULL,
        target TEXT NOT NULL,
        detail TEXT
      ) STRICT;
      CREATE INDEX audit_by_time ON audit (at);
    `,
  },
  {
    version: 5,
    sql: `
      CREATE INDEX runs_by_age ON runs (pipeline, created_at, run_id);
      CREATE INDEX runs_by_version ON runs (version);
      CREATE INDEX pipeline_versions_by_time ON pipeline_versions (stored_at);
      CREATE INDEX backfills_by_end ON backfills (finished_at) WHERE finished_at IS NOT NULL;

      CREATE TABLE deleted_runs (
        run_id TEXT PRIMARY KEY NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE live_pipelines (
        file TEXT PRIMARY KEY NOT NULL,
        pipeline TEXT NOT NULL,
        version TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX live_pipelines_by_version ON live_pipelines (version);
    `,
  },
  {
    // Each index that begins with the pipeline costs a page for every run of a burst: there are as few as can be.
    version: 6,
    sql: `
      DROP INDEX runs_by_pipeline;
      DROP INDEX runs_by_age;
      DROP INDEX runs_by_version;
      DROP INDEX runs_by_slot;
      CREATE INDEX runs_by_pipeline ON runs (pipeline, created_at, run_id, state, version);
      CREATE UNIQUE INDEX runs_by_slot ON runs (slot, pipeline) WHERE slot IS NOT NULL;
    `,
  },
  {
    version: 7,
    sql: "ALTER TABLE runs ADD COLUMN note TEXT;",
  },
];

/** The version that these steps lead to. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/**
 * Brings the store up to date in one transaction: interrupted at any point, the old version is still
 * there, whole. Throws SQLite's own errors; closing the connection then undoes what was begun.
 */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  db.exec("BEGIN IMMEDIATE");
  const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  for (const { version, sql } of migrations) if (version > user_version) db.exec(sql);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${latestVersion(migrations)}; COMMIT`);
}

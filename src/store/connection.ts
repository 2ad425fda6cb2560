import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../engine/index.ts";
import { explain } from "./errors.ts";
import { createPrivateFile } from "./files.ts";
import { APPLICATION_ID, latestVersion, MIGRATIONS, type Migration, migrate } from "./migrations.ts";
import { prepareStatements, type Statements } from "./statements.ts";

/** The store's file in the data folder. */
export const STORE_FILE = "engine.db";

/** The same, and what SQLite keeps beside it. */
export const STORE_FILES = [STORE_FILE, `${STORE_FILE}-wal`, `${STORE_FILE}-shm`] as const;

/**
 * How long a statement waits for a lock of another connection. Readers and the writer don't lock each
 * other out; only recovery after a crash and the last close of a file take a lock for a moment.
 */
const LOCK_PATIENCE_MS = 5_000;

/** The write-ahead log is cut back to this size once its content is in the main file. */
const LOG_SIZE_MAX_BYTES = 64 * 1024 * 1024;

/**
 * So many pages (of 4 KiB) may the log hold before a commit brings them into the main file itself, and its callers wait
 * for that. The group commit does it in quiet moments long before.
 */
const LOG_PAGES_MAX = 8_000;

/** Memory for pages, in KiB: what a burst of a thousand runs touches, or it is written to the log more than once. */
const CACHE_KIB = 16_384;

/** An open store file of the right format. */
export interface Connection {
  readonly path: string;
  /** Number of the file that was opened: another one at `path` means that the store is not there any more. */
  readonly inode: number;
  readonly db: DatabaseSync;
  readonly sql: Statements;
}

/**
 * Opens the store of a data folder to write: creates it, brings it up to date and frees every run. The
 * caller holds the lock on the folder, which proves that whoever leased them is gone, however long the
 * leases still had to go. Throws a `StoreError`.
 */
export function connectToWrite(folder: string, migrations: readonly Migration[] = MIGRATIONS): Connection {
  const path = join(folder, STORE_FILE);
  return openAt(path, () => {
    createPrivateFile(path);
    const db = new DatabaseSync(path, { timeout: LOCK_PATIENCE_MS });
    return closedOnError(db, () => {
      // Looked at first: the file of a newer version or of another program stays as it is.
      const version = formatVersion(db, path, migrations);
      // Only now can it be said: what is deleted later can then be given back to the disk.
      if (version === EMPTY) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      writeAhead(db, path);
      if (version < latestVersion(migrations)) migrate(db, migrations);
      const sql = prepareStatements(db);
      sql.release_all_leases.run();
      return { path, inode: statSync(path).ino, db, sql };
    });
  });
}

/** Opens the store of a data folder to read; undefined while there is none. Throws a `StoreError`. */
export function connectToRead(folder: string, migrations: readonly Migration[] = MIGRATIONS): Connection | undefined {
  const path = join(folder, STORE_FILE);
  return openAt(path, () => {
    // A folder that this user may not look into is not an empty one: this throws.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const db = new DatabaseSync(path, { readOnly: true, timeout: LOCK_PATIENCE_MS });
    return closedOnError(db, () => {
      const version = formatVersion(db, path, migrations);
      if (version === EMPTY) {
        db.close();
        return undefined;
      }
      if (version < latestVersion(migrations)) throw olderVersion(path, version, latestVersion(migrations));
      return { path, inode: statSync(path).ino, db, sql: prepareStatements(db) };
    });
  });
}

/**
 * Throws an "io" `StoreError` when the store's file is not where it was opened. SQLite would go on
 * writing into a file that was deleted or moved, and everything would be lost with the process.
 */
export function mustBeInPlace({ path, inode }: Connection): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino === inode) return;
  throw new StoreError(
    "io",
    `${path}: the store was deleted or moved while the engine had it open, so nothing more is stored. ` +
      "Put it back where it was, or stop the engine: what runs goes on, and is lost if the store is.",
  );
}

function openAt<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw explain(error, "open the store", path);
  }
}

function closedOnError<T>(db: DatabaseSync, use: () => T): T {
  try {
    return use();
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The version of a file in which nothing was stored yet. */
const EMPTY = 0;

/** The format of an open file; 0 for one in which nothing was stored yet. Throws a `StoreError`: "corrupt", "newer_version". */
export function formatVersion(db: DatabaseSync, path: string, migrations: readonly Migration[]): number {
  const { application_id } = db.prepare("PRAGMA application_id").get() as { application_id: number };
  const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const { tables } = db.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
  if (tables === 0 && user_version === 0) return EMPTY;
  if (application_id !== APPLICATION_ID) {
    throw new StoreError(
      "corrupt",
      `${path}: this is the database of another program, not a store. Choose another data folder.`,
    );
  }
  if (user_version > latestVersion(migrations)) throw newerVersion(path, user_version, latestVersion(migrations));
  return user_version;
}

/** Readers work beside the writer; a commit is on the disk, past every cache, before it is acknowledged. */
function writeAhead(db: DatabaseSync, path: string): void {
  const { journal_mode } = db.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string };
  if (journal_mode !== "wal") {
    throw new StoreError(
      "io",
      `${path}: this file system can't share memory between processes, which the store needs. Choose a data folder on a local disk.`,
    );
  }
  // The last two matter on macOS alone, where a plain sync stops at the disk's own cache.
  db.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX};
    PRAGMA journal_size_limit = ${LOG_SIZE_MAX_BYTES};
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON`);
}

function newerVersion(path: string, found: number, known: number): StoreError {
  return new StoreError(
    "newer_version",
    `${path}: the store has format ${found}, and this version of the engine knows formats up to ${known}. ` +
      "It was written by a newer version: use that one, or choose another data folder. Nothing was changed.",
  );
}

function olderVersion(path: string, found: number, known: number): StoreError {
  return new StoreError(
    "older_version",
    `${path}: the store has format ${found}, and this version of the engine reads format ${known}. ` +
      "Restart the engine that holds the data folder with this version, or start a run with it: that brings the store up to date.",
  );
}

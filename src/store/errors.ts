import { StoreError, type StoreErrorCode } from "../engine/index.ts";

/*
 * What SQLite and the file system say, told to a person: where, what, why, and what to do.
 */

/** SQLite's primary result codes that are told apart (https://sqlite.org/rescode.html). An extended code has more in its upper bits. */
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** The index of the write-ahead log could not grow: in practice, a full disk. An extended code of SQLITE_IOERR. */
const SQLITE_IOERR_SHMSIZE = 4874;
/** The primary code is in the lowest eight bits of an extended one. */
const PRIMARY_CODE = 0xff;

const READ_ONLY = "Let this user read and write there, or choose another data folder.";
const DISK_FULL = "What was stored before is intact. Free some space and try again.";
const IO = "Check the disk, and that this user may read and write the folder; then try again.";

const CORRUPT =
  "Stop the engine and keep a copy of the whole folder. Then restore a backup, " +
  "or move the file away to begin a new store (`sqlite3 FILE .recover` rescues what is still readable).";

/** What node:sqlite and node:fs add to the errors that they throw. */
interface SystemError extends Error {
  readonly errcode?: number;
  readonly code?: string;
  readonly syscall?: string;
}

/**
 * `error` as a `StoreError`, when it came from SQLite, the file system or stored JSON; anything else
 * is a bug and stays as it is. `doing` completes "could not …"; `where` is the file or folder.
 */
export function explain(error: unknown, doing: string, where: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const found = diagnose(error);
  if (found === undefined) return error;
  return new StoreError(found.code, `${where}: could not ${doing}: ${found.why}. ${found.advice}`, { cause: error });
}

/** Whether another process holds a lock that SQLite needs. */
export function isBusy(error: unknown): boolean {
  const errcode = (error as SystemError).errcode;
  return errcode !== undefined && (errcode & PRIMARY_CODE) === SQLITE_BUSY;
}

interface Finding {
  readonly code: StoreErrorCode;
  readonly why: string;
  readonly advice: string;
}

function diagnose(error: SystemError): Finding | undefined {
  const why = error.message;
  if (error instanceof SyntaxError) return { code: "corrupt", why: `stored JSON is damaged (${why})`, advice: CORRUPT };
  if (error.errcode !== undefined) return diagnoseSqlite(error.errcode, why);
  if (error.syscall === undefined) return undefined;
  switch (error.code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return { code: "read_only", why, advice: READ_ONLY };
    case "ENOSPC":
    case "EDQUOT":
      return { code: "disk_full", why, advice: DISK_FULL };
    case "EEXIST":
    case "ENOTDIR":
      return {
        code: "io",
        why: `${why} (a file stands where a folder should be)`,
        advice: "Choose another data folder.",
      };
    default:
      return { code: "io", why, advice: IO };
  }
}

function diagnoseSqlite(errcode: number, why: string): Finding | undefined {
  if (errcode === SQLITE_IOERR_SHMSIZE) return { code: "disk_full", why, advice: DISK_FULL };
  switch (errcode & PRIMARY_CODE) {
    case SQLITE_READONLY:
      return { code: "read_only", why, advice: READ_ONLY };
    case SQLITE_FULL:
      return { code: "disk_full", why, advice: DISK_FULL };
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return { code: "corrupt", why, advice: CORRUPT };
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return { code: "io", why, advice: "Another program has the store locked: close it and try again." };
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return { code: "io", why, advice: IO };
    case SQLITE_ERROR:
      // Our statements are right, so a table or a column that they need is not there.
      return { code: "corrupt", why, advice: CORRUPT };
    default:
      // A constraint, a wrong parameter: a bug of ours.
      return undefined;
  }
}

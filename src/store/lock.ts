import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EpochMs } from "../core/index.ts";
import { StoreError } from "../engine/index.ts";
import { explain, isBusy } from "./errors.ts";
import { createPrivateFile } from "./files.ts";

/*
 * One process at a time writes to a data folder. The proof is a lock of the operating system, taken
 * through an empty SQLite database, because it vanishes with the process, however that ends; a file
 * beside it only says who the holder is. Children of the holder don't inherit the lock.
 */

const LOCK_FILE = "engine.lock";
const HOLDER_FILE = "engine.lock.json";

/** How long to wait for a holder that is just letting go, and for two that start together to sort it out. */
const LOCK_PATIENCE_MS = 100;

/** Who holds a data folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: EpochMs;
  /** The command line, for a person. */
  readonly command: string;
}

/** The right to write to a data folder. */
export interface FolderLock {
  release(): void;
}

/** Takes the folder. Throws a `StoreError`: "held", with who has it, or why it can't be taken. */
export function lockFolder(folder: string, command: string, now: EpochMs): FolderLock {
  const holderPath = join(folder, HOLDER_FILE);
  let lock: DatabaseSync | undefined;
  try {
    lock = openLock(join(folder, LOCK_FILE));
    lock.exec("BEGIN EXCLUSIVE");
    writeHolder(holderPath, { pid: process.pid, host: hostname(), since: now, command });
  } catch (error) {
    lock?.close();
    if (isBusy(error)) throw held(folder, nameHolder(holderPath));
    throw explain(error, "take the data folder", folder);
  }
  const taken = lock;
  return {
    release() {
      // First the name, then the lock: an orderly end never leaves a name beside a free folder.
      rmSync(holderPath, { force: true });
      taken.close();
    },
  };
}

/**
 * Whether a process holds the folder; undefined when that can't be told. Looking takes a shared lock for as long as it
 * takes to read nothing: a holder is not touched by it, and whoever starts at that moment waits longer than that.
 */
export function isFolderHeld(folder: string): boolean | undefined {
  const path = join(folder, LOCK_FILE);
  if (!existsSync(path)) return false;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    lock.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return isBusy(error) ? true : undefined;
  } finally {
    lock?.close();
  }
}

function openLock(path: string): DatabaseSync {
  createPrivateFile(path);
  const lock = new DatabaseSync(path, { timeout: LOCK_PATIENCE_MS });
  // Without a rollback journal nothing is ever written, and nothing is left behind to be rolled back.
  lock.exec("PRAGMA journal_mode = MEMORY");
  return lock;
}

function held(folder: string, holder: string): StoreError {
  const advice = "Only one process can write to it: stop that one first, or choose another data folder.";
  return new StoreError("held", `${folder}: the data folder is in use by ${holder}. ${advice}`);
}

/** Replaces the file whole, so that nobody reads half of it. */
function writeHolder(path: string, holder: Holder): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}

/** For a person. A holder that has not said who it is, or not legibly, is just another process. */
function nameHolder(path: string): string {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Holder;
    const since = new Date(holder.since).toISOString();
    return `process ${holder.pid} on ${holder.host} since ${since} (${holder.command})`;
  } catch {
    return "another process";
  }
}

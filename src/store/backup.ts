import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EpochMs } from "../core/index.ts";
import { StoreError } from "../engine/index.ts";
import { formatVersion, STORE_FILE, STORE_FILES } from "./connection.ts";
import { explain } from "./errors.ts";
import { createPrivateFile, createPrivateFolder, syncFolder } from "./files.ts";
import { lockFolder } from "./lock.ts";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Writes the store of a data folder as it is at this moment into one new file, also beside a process that writes to it.
 * Logs are not part of it. Throws a `StoreError`; "io" when the folder has no store or `file` is there already.
 */
export function backupStore(folder: string, file: string): void {
  const path = join(folder, STORE_FILE);
  if (!existsSync(path)) throw new StoreError("io", `${path}: there is no store yet, so there is nothing to back up.`);
  if (existsSync(file)) {
    throw new StoreError("io", `${file}: this file is there already. Name another, or remove it first.`);
  }
  const written = `${file}.new`;
  try {
    // Left by a backup that was killed.
    rmSync(written, { force: true });
    createPrivateFile(written);
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      formatVersion(db, path, MIGRATIONS);
      const { auto_vacuum } = db.prepare("PRAGMA auto_vacuum").get() as { auto_vacuum: number };
      // A store from before format 5 can't shrink; its copy can.
      if (auto_vacuum === 0) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      db.prepare("VACUUM INTO ?").run(written);
    } finally {
      db.close();
    }
    sync(written);
    renameSync(written, file);
    syncFolder(dirname(file));
  } catch (error) {
    discard(written);
    throw explain(error, "back the store up", file);
  }
}

/**
 * Puts a backup in the place of the store of a data folder, which must not be held. The store that was there is kept
 * under the name that is returned; undefined when there was none. Throws a `StoreError`: "held", "newer_version",
 * "corrupt" when the backup is damaged or is none; then nothing was changed.
 */
export function restoreStore(
  file: string,
  folder: string,
  options: { readonly describe: string; readonly now: EpochMs },
): string | undefined {
  try {
    createPrivateFolder(folder);
  } catch (error) {
    throw explain(error, "create the data folder", folder);
  }
  const lock = lockFolder(folder, options.describe, options.now);
  const path = join(folder, STORE_FILE);
  const fresh = `${path}.restored`;
  try {
    checkBackup(file);
  } catch (error) {
    lock.release();
    throw explain(error, "read the backup", file);
  }
  try {
    rmSync(fresh, { force: true });
    createPrivateFile(fresh);
    copyFileSync(file, fresh);
    sync(fresh);
    const kept = existsSync(path)
      ? `${path}.before-${new Date(options.now).toISOString().replaceAll(/[:.]/g, "")}`
      : undefined;
    if (kept !== undefined) {
      for (const name of STORE_FILES) {
        const from = join(folder, name);
        if (existsSync(from)) renameSync(from, kept + name.slice(STORE_FILE.length));
      }
    }
    renameSync(fresh, path);
    syncFolder(folder);
    return kept;
  } catch (error) {
    discard(fresh);
    throw explain(error, "restore the store", path);
  } finally {
    lock.release();
  }
}

function checkBackup(file: string): void {
  if (!existsSync(file)) throw new StoreError("io", `${file}: there is no such file.`);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const version = formatVersion(db, file, MIGRATIONS);
    const { quick_check } = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (version === 0 || quick_check !== "ok") {
      const why = version === 0 ? "it is empty" : quick_check;
      throw new StoreError("corrupt", `${file}: this is no backup that can be restored: ${why}. Nothing was changed.`);
    }
  } finally {
    db.close();
  }
}

/** What is half done. The error that led here is the one to tell. */
function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It is in the way of the next time, which says so.
  }
}

function sync(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

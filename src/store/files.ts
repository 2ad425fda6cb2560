import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Only the user that runs the engine may look: a data folder holds parameters, outputs and logs. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * Makes the folder and those above it that are missing. Throws the file system's own errors.
 *
 * One by one, because the recursive mkdir of Node tries for ever where the file system says ENOENT of a
 * folder whose parent is there, as /proc does.
 */
export function createPrivateFolder(folder: string): void {
  const above = dirname(folder);
  if (!existsSync(above)) createPrivateFolder(above);
  try {
    mkdirSync(folder, { mode: PRIVATE_FOLDER });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && statSync(folder).isDirectory()) return;
    throw error;
  }
  syncFolder(above);
}

/**
 * Makes an empty file if there is none; what SQLite puts beside it gets the same mode. The folder is
 * synced, so that a file whose content is safe can't lose its name to a power cut. Throws the file
 * system's own errors.
 *
 * A file that exists is left alone, not even opened: closing it would drop every lock that this
 * process holds on it, because POSIX locks belong to the process and not to the handle.
 */
export function createPrivateFile(path: string): void {
  if (existsSync(path)) return;
  closeSync(openSync(path, "a", PRIVATE_FILE));
  syncFolder(dirname(path));
}

/** Makes names that were given in a folder safe from a power cut. Throws the file system's own errors. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

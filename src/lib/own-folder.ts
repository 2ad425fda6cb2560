import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Whether nobody but this user can write to a folder: otherwise somebody could put something into what is kept there. */
export function isOwnFolder(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Makes a folder for this user alone, and the one that it stands in. Throws Node's error when that can't be done. */
export function makeOwnFolder(folder: string): void {
  // Step by step: Node never comes back from making a path that /proc does not take.
  for (const path of [dirname(folder), folder]) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { NO_FILE } from "./find.ts";
import { reasonOf } from "./unreadable.ts";

/** More than a pipeline may have: what is longer is refused, and need not be read to its end. */
const BYTES_MAX = 1024 * 1024 + 1;

/** The bytes, or why there are none, in words. */
export type ReadFile = { readonly bytes: Uint8Array } | { readonly reason: string };

/** Reads what somebody named. It may be a pipe, as in `engine validate <(generate)`. */
export function readNamed(path: string): ReadFile {
  return read(path, constants.O_RDONLY, false);
}

/** Reads what a walk of a folder has found; "gone" when it is there no more. Never waits: whatever has taken the file's place in between is refused. */
export function readFound(path: string): ReadFile | "gone" {
  const content = read(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY, true);
  if ("bytes" in content) return content;
  // It was there when the folder was listed.
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? "gone" : content;
}

/** One for all files, as most are small. */
const buffer = Buffer.allocUnsafeSlow(BYTES_MAX);

function read(path: string, flags: number, regular: boolean): ReadFile {
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    if (regular && !fstatSync(file).isFile()) return { reason: NO_FILE };
    let length = 0;
    while (length < BYTES_MAX) {
      const more = readSync(file, buffer, length, BYTES_MAX - length, null);
      if (more === 0) break;
      length += more;
    }
    return { bytes: new Uint8Array(buffer.subarray(0, length)) };
  } catch (error) {
    return { reason: reasonOf(error) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

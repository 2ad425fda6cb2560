import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { AttemptKey } from "../../engine/index.ts";
import { type AttemptFiles, attemptFiles } from "./files.ts";
import { watchPath } from "./folder-watch.ts";
import { type LogLine, parseLine, readLines, readText } from "./log-file.ts";
import { parseStatus } from "./wrapper.ts";

/** Bytes that are read at a time. */
const READ_BYTES = 1024 * 1024;

/** The log of an attempt as it is now; empty when it has none. `data` is the data folder. */
export function readLog(data: string, attempt: AttemptKey): readonly LogLine[] {
  return readLines(attemptFiles(data, attempt).log);
}

/**
 * The log of an attempt from its beginning, and each line that comes, until the attempt has ended or
 * `signal` aborts. Any process may follow, beside the engine that runs the attempt. An attempt that
 * keeps no files (a `noop`) is waited for until `signal` aborts.
 */
export async function* followLog(
  data: string,
  attempt: AttemptKey,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<LogLine, void, undefined> {
  const files = attemptFiles(data, attempt);
  let changed = Promise.withResolvers<void>();
  const note = (): void => changed.resolve();
  const stops = [files.log, files.status, files.stdout, files.stderr].map((path) => watchPath(path, note));
  signal?.addEventListener("abort", note);
  try {
    for (let offset = 0, rest = ""; signal?.aborted !== true; ) {
      changed = Promise.withResolvers();
      // In this order: what an attempt that has ended logged is all there.
      const ended = hasEnded(files);
      const bytes = readFrom(files.log, offset);
      offset += bytes.length;
      const lines = (rest + bytes.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const parsed = parseLine(Buffer.from(line, "latin1").toString("utf8"));
        if (parsed !== undefined) yield parsed;
      }
      if (bytes.length > 0) continue;
      if (ended) return;
      await changed.promise;
    }
  } finally {
    for (const stop of stops) stop();
    signal?.removeEventListener("abort", note);
  }
}

/** Whether the attempt has ended with all of its output in the log: its spool files are empty then, or it was closed. */
function hasEnded(files: AttemptFiles): boolean {
  const status = parseStatus(readText(files.status));
  if (status.type !== "ended") return status.type === "closed";
  return [files.stdout, files.stderr].every((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0);
}

function readFrom(path: string, offset: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(Math.max(Math.min(fstatSync(fd).size - offset, READ_BYTES), 0));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}

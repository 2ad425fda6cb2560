import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { AttemptKey } from "../../engine/index.ts";
import { type AttemptFiles, attemptFiles } from "./files.ts";
import { watchPath } from "./folder-watch.ts";
import { type LogLine, parseLine, readLines, readText } from "./log-file.ts";
import { parseStatus } from "./wrapper.ts";

/** Bytes that are read at a time. */
const READ_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** The log of an attempt as it is now; empty when it has none. `data` is the data folder. */
export function readLog(data: string, attempt: AttemptKey): readonly LogLine[] {
  return readLines(attemptFiles(data, attempt).log);
}

/** A line, and the byte of the log at which the next one begins. */
export interface PlacedLine extends LogLine {
  readonly next_offset: number;
}

/**
 * The complete lines of a part of a log: from a byte on, at which a line should begin (what is before the next beginning
 * is left out), and at most so many bytes, or one line if that is longer. `size` is the whole log's.
 */
export function readLogPart(
  data: string,
  attempt: AttemptKey,
  from: number,
  max_bytes: number,
): { readonly lines: readonly PlacedLine[]; readonly size: number } {
  const path = attemptFiles(data, attempt).log;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const isCut = from > 0 && readFrom(path, from - 1, 1).toString("latin1") !== "\n";
  for (let length = max_bytes; length > 0; length *= 2) {
    const bytes = readFrom(path, from, length);
    const begin = isCut ? bytes.indexOf(NEWLINE) + 1 : 0;
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > begin) return { lines: placedLines(bytes.subarray(begin, end), from + begin), size };
    if (from + bytes.length >= size) break;
  }
  return { lines: [], size };
}

/** Whole lines, of which the first begins at a byte of the log. */
function placedLines(bytes: Buffer, offset: number): readonly PlacedLine[] {
  const lines: PlacedLine[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at) + 1;
    const line = parseLine(bytes.toString("utf8", at, end - 1));
    if (line !== undefined)
      lines.push({ at: line.at, stream: line.stream, text: line.text, next_offset: offset + end });
    at = end;
  }
  return lines;
}

/**
 * The log of an attempt from a byte on (its beginning, unless said), and each line that comes, until the attempt has ended
 * or `signal` aborts. Any process may follow, beside the engine that runs the attempt. An attempt that
 * keeps no files (a `noop`) is waited for until `signal` aborts.
 */
export async function* followLog(
  data: string,
  attempt: AttemptKey,
  { signal, from = 0 }: { readonly signal?: AbortSignal; readonly from?: number } = {},
): AsyncGenerator<PlacedLine, void, undefined> {
  const files = attemptFiles(data, attempt);
  let changed = Promise.withResolvers<void>();
  const note = (): void => changed.resolve();
  const stops = [files.log, files.status, files.stdout, files.stderr].map((path) => watchPath(path, note));
  signal?.addEventListener("abort", note);
  try {
    for (let offset = from; signal?.aborted !== true; ) {
      changed = Promise.withResolvers();
      // In this order: what an attempt that has ended logged is all there.
      const ended = hasEnded(files);
      const { lines } = readLogPart(data, attempt, offset, READ_BYTES);
      offset = lines.at(-1)?.next_offset ?? offset;
      yield* lines;
      if (lines.length > 0) continue;
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

function readFrom(path: string, offset: number, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(Math.max(Math.min(fstatSync(fd).size - offset, length), 0));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}

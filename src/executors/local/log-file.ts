import { readFileSync } from "node:fs";
import type { EpochMs } from "../../core/index.ts";

/*
 * The log of an attempt: lines of UTF-8 text, each
 *
 *   <time, ISO 8601 in UTC> <stream> <offset> <text>
 *
 * The offset says where in the stream's spool file the next line begins (0 for the engine's own
 * lines). A line that comes from elsewhere with a time of its own has the nanoseconds there which that
 * time has beyond its milliseconds. A line and the offset get into the log with one write, so whoever
 * takes the attempt over knows exactly which output the log has already.
 */

/** Where a line comes from: the script's standard output, its standard error, or the engine. */
export type LogStream = "stdout" | "stderr" | "engine";

/** A line of an attempt's log. Secrets are masked already. */
export interface LogLine {
  readonly at: EpochMs;
  readonly stream: LogStream;
  readonly text: string;
}

/** A line as it stands in the file. */
export interface StoredLine extends LogLine {
  readonly offset: number;
}

export function formatLine({ at, stream, offset, text }: StoredLine): string {
  return `${new Date(at).toISOString()} ${stream} ${offset} ${text}\n`;
}

/** Reads a line without its end; undefined when it is not one of a log. */
export function parseLine(line: string): StoredLine | undefined {
  const match = /^(\S+) (stdout|stderr|engine) (\d+) (.*)$/su.exec(line);
  if (match === null) return undefined;
  const [, time = "", stream, offset, text = ""] = match;
  return { at: Date.parse(time), stream: stream as LogStream, offset: Number(offset), text };
}

/** All lines that are complete; none when there is no such file. */
export function readLines(path: string): readonly StoredLine[] {
  const lines = readText(path).split("\n");
  lines.pop();
  return lines.map(parseLine).filter((line) => line !== undefined);
}

/** The text of a file; empty when there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

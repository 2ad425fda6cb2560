import { setImmediate } from "node:timers/promises";
import type { AttemptKey } from "../engine/index.ts";
import type { ServerApi } from "./api.ts";

export interface FindQuery {
  readonly text?: string;
  readonly errors?: boolean;
  readonly from?: number;
  readonly limit?: number;
}

/** Lines that are found at once. */
export const FOUND_DEFAULT = 100;
export const FOUND_MAX = 1000;
/** Bytes that are read at a time; in between others are served. */
const PART_BYTES = 1024 * 1024;

/**
 * Whether a line tells of an error: of what programs of many kinds print then, the words that stand alone or at the end
 * of an exception's name, but not behind a number of them.
 */
export function tellsOfError(line: string): boolean {
  const words = /\b(error|fatal|panic|exception|traceback|critical|failed|failure|abort(ed)?)\b(?!s?[=_])/i;
  const named = /\b[A-Z]\w*(Error|Exception)\b/;
  const none = /\b(0|no) (errors?|failed|failures?)\b/i;
  return (words.test(line) || named.test(line)) && !none.test(line);
}

/** Looks through a log, from a byte on. */
export async function findInLog(
  api: ServerApi,
  attempt: AttemptKey,
  { text = "", errors = false, from = 0, limit = FOUND_DEFAULT }: FindQuery,
): Promise<{ readonly found: readonly { offset: number; text: string }[]; readonly more: boolean }> {
  const wanted = text.toLowerCase();
  const fits = errors ? tellsOfError : (line: string): boolean => line.toLowerCase().includes(wanted);
  const found: { offset: number; text: string }[] = [];
  for (let at = from; ; ) {
    const { lines } = api.readLog(attempt, at, PART_BYTES);
    if (lines.length === 0) return { found, more: false };
    for (const line of lines) {
      if (fits(line.text)) found.push({ offset: at, text: line.text });
      if (found.length > limit) return { found: found.slice(0, limit), more: true };
      at = line.next_offset;
    }
    await setImmediate();
  }
}

import type { EpochMs } from "../../core/index.ts";
import { usageError } from "../errors.ts";

const DATE_TIME = /^([1-9]\d{3}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** Milliseconds in a day. */
const DAY_MS = 86_400_000;

/**
 * The moment that an option, `--logical-date` unless it is another, names: a date or a date with a time, in ISO 8601. Without an offset it
 * is meant in the pipeline's time zone, so that `ds` is the date that was typed. Throws a usage error.
 */
export function readLogicalDate(text: string, timezone: string, option = "--logical-date"): EpochMs {
  const [, date = "", time = "00:00", seconds = ":00", offset] = DATE_TIME.exec(text.trim()) ?? [];
  const wall = Date.parse(`${date}T${time}${seconds}Z`);
  // A day that the month does not have may be taken for one of the next month.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(`${date}T${time}`)) {
    throw usageError(`${option} ${text} is not a date`, "write 2026-01-31, 2026-01-31T02:00 or 2026-01-31T02:00:00Z");
  }
  return offset === undefined ? fromWall(wall, timezone) : Date.parse(`${date}T${time}${seconds}${offset}`);
}

/** The same for the end of a range: of a date without a time, the last moment of that day. */
export function readLastMoment(text: string, timezone: string, option: string): EpochMs {
  const moment = readLogicalDate(text, timezone, option);
  const [, date = "", time, , offset = ""] = DATE_TIME.exec(text.trim()) ?? [];
  if (time !== undefined) return moment;
  const next = new Date(Date.parse(`${date}T00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  return readLogicalDate(`${next}${offset}`, timezone, option) - 1;
}

/** Whether a date names a moment by itself, whatever the time zone. */
export function hasOffset(text: string): boolean {
  return DATE_TIME.exec(text.trim())?.[4] !== undefined;
}

/** The moment at which clocks in a zone show this wall time; where they skip it, as if they had not been changed yet or had been. */
function fromWall(wall: number, timezone: string): EpochMs {
  // The offset at the guess is the right one, except next to a change of the clocks: there the second look is.
  const guess = wall - offsetAt(wall, timezone);
  return wall - offsetAt(guess, timezone);
}

/** How far clocks in a zone are ahead of UTC at a moment, in milliseconds. */
function offsetAt(at: EpochMs, timezone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(at / 1000) * 1000;
}

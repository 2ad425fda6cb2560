import { suggest } from "../lib/index.ts";

/*
 * Time zones by their IANA names, as this Node knows them. Milliseconds since the epoch in, local dates
 * out; nothing here asks what time it is.
 */

/** A moment as a clock on the wall shows it. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Formatters are dear to make, and a process meets few zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether `name` is `UTC` or a time zone of the IANA database. Offsets such as `+02:00` are not: they know no summer time. */
export function isTimeZone(name: string): boolean {
  // Asking for a formatter makes Node load what it knows of calendars, which takes longer than checking a file.
  if (name === "UTC") return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatter(name);
    return true;
  } catch {
    return false;
  }
}

/** The time zones that this machine knows. */
export function timeZones(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone")];
}

/** The known time zone nearest to a misspelt one: by the whole name, or by the city alone (`Berlin`). */
export function suggestTimeZone(name: string): string | undefined {
  const zones = timeZones();
  const city = name.slice(name.lastIndexOf("/") + 1).replaceAll(" ", "_");
  const cityOf = (zone: string) => zone.slice(zone.lastIndexOf("/") + 1);
  return (
    suggest(name.replaceAll(" ", "_"), zones) ??
    zones.find((zone) => cityOf(zone).toLowerCase() === city.toLowerCase()) ??
    zones.find((zone) => cityOf(zone) === suggest(city, zones.map(cityOf)))
  );
}

/** What clocks in `zone` show at `at` (milliseconds since the epoch). Throws a RangeError for an unknown zone or a date that no calendar holds. */
function localTime(at: number, zone: string): LocalTime {
  if (zone === "UTC") return utcTime(at);
  const parts = new Map(
    formatter(zone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  // Before the year 1 the formatter counts down; no pipeline goes there.
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}

function utcTime(at: number): LocalTime {
  const date = new Date(at);
  // As the formatter refuses it.
  if (Number.isNaN(date.getTime())) throw new RangeError("no calendar holds that date");
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/**
 * Reads a date (`2024-01-01`, its midnight) or a date and time, in ISO 8601; without an offset it counts in
 * `zone`. Milliseconds since the epoch; undefined for a day or an hour that no calendar has. A time that
 * summer time skips is read as the one an hour later.
 */
export function parsePointInTime(text: string, zone: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(asUtc);
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) return undefined;
  const offset = match[7];
  if (offset !== undefined) return Date.parse(`${date.toISOString().slice(0, 19)}${offset}`);
  // The offset of the zone is known only for a moment, so the guess is corrected once.
  const guess = asUtc - offsetMs(asUtc, zone);
  return asUtc - offsetMs(guess, zone);
}

/** How far clocks in `zone` are ahead of UTC at a moment, in milliseconds. Throws a RangeError for an unknown zone. */
export function offsetMs(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = localTime(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The local date as `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  const { year, month, day } = localTime(at, zone);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/**
 * Writes a moment as a pattern of `strftime` says: %Y %y %m %d %j %H %M %S %F (%Y-%m-%d) %T (%H:%M:%S)
 * %s (seconds since the epoch) and %%. Undefined when the pattern holds another one.
 */
export function formatTime(at: number, zone: string, pattern: string): string | undefined {
  const local = localTime(at, zone);
  let known = true;
  const text = pattern.replaceAll(/%(.?)/gs, (_, letter: string) => {
    const part = formatPart(letter, local, at);
    if (part === undefined) known = false;
    return part ?? "";
  });
  return known ? text : undefined;
}

function formatPart(letter: string, local: LocalTime, at: number): string | undefined {
  const part = (each: string) => formatPart(each, local, at);
  switch (letter) {
    case "Y":
      return padded(local.year, 4);
    case "y":
      return padded(local.year % 100, 2);
    case "m":
      return padded(local.month, 2);
    case "d":
      return padded(local.day, 2);
    case "j":
      return padded(dayOfYear(local), 3);
    case "H":
      return padded(local.hour, 2);
    case "M":
      return padded(local.minute, 2);
    case "S":
      return padded(local.second, 2);
    case "F":
      return `${part("Y")}-${part("m")}-${part("d")}`;
    case "T":
      return `${part("H")}:${part("M")}:${part("S")}`;
    case "s":
      return String(Math.floor(at / 1000));
    case "%":
      return "%";
    default:
      return undefined;
  }
}

function dayOfYear({ year, month, day }: LocalTime): number {
  const dayMs = 86_400_000;
  return (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / dayMs + 1;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, found);
  }
  return found;
}

import { zone } from "./settings.ts";

/** A moment to the second in the reader's zone, or in UTC: `2026-01-31 02:00:00 UTC`. */
export function exact(at: number, timeZone = chosenZone()): string {
  const parts = partsOf(at, timeZone);
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second} ${parts.timeZoneName}`;
}

/** `2026-01-31`. */
export function dayOf(at: number, timeZone = chosenZone()): string {
  const { year, month, day } = partsOf(at, timeZone);
  return `${year}-${month}-${day}`;
}

/** `02:00:00`. */
export function timeOf(at: number, timeZone = chosenZone()): string {
  const { hour, minute, second } = partsOf(at, timeZone);
  return `${hour}:${minute}:${second}`;
}

/** The name of the zone that times are shown in. */
export function zoneName(): string {
  return chosenZone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Undefined: the reader's own. */
function chosenZone(): string | undefined {
  return zone.value === "utc" ? "UTC" : undefined;
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function partsOf(at: number, timeZone: string | undefined): Readonly<Record<string, string>> {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
      timeZoneName: "short",
      ...(timeZone !== undefined && { timeZone }),
    });
    formats.set(timeZone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** A time to look at: as the address has it, as people read it, and in seconds. */
export interface Range {
  readonly from: string;
  readonly label: string;
  readonly seconds: number;
}

/** How often a board is looked at anew: as Grafana writes it, and in milliseconds; undefined: not by itself. */
export interface Refresh {
  readonly value: string;
  readonly label: string;
  readonly ms: number | undefined;
}

const SIX_HOURS: Range = { from: "now-6h", label: "Last 6 hours", seconds: 6 * 3_600 };
const NEVER: Refresh = { value: "off", label: "No refresh", ms: undefined };

const RANGES: readonly Range[] = [
  { from: "now-15m", label: "Last 15 minutes", seconds: 15 * 60 },
  { from: "now-1h", label: "Last hour", seconds: 3_600 },
  SIX_HOURS,
  { from: "now-24h", label: "Last 24 hours", seconds: 24 * 3_600 },
  { from: "now-7d", label: "Last 7 days", seconds: 7 * 24 * 3_600 },
];

const REFRESHES: readonly Refresh[] = [
  NEVER,
  { value: "5s", label: "Every 5 s", ms: 5_000 },
  { value: "30s", label: "Every 30 s", ms: 30_000 },
  { value: "1m", label: "Every minute", ms: 60_000 },
  { value: "5m", label: "Every 5 minutes", ms: 300_000 },
];

/** Texts that somebody may have said, first those that count first. */
type Said = readonly (string | null | undefined)[];

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** The first of the texts that is a time up to now; else the last six hours. */
export function rangeOf(...said: Said): Range {
  return first(said, RANGES, ({ from }) => from, madeRange) ?? SIX_HOURS;
}

/** What there is to choose from, the present one among it. */
export function rangesWith(range: Range): readonly Range[] {
  return RANGES.includes(range) ? RANGES : [...RANGES, range].toSorted((a, b) => a.seconds - b.seconds);
}

/** The first of the texts that is a length of time, or `off`; else off. */
export function refreshOf(...said: Said): Refresh {
  return first(said, REFRESHES, ({ value }) => value, madeRefresh) ?? NEVER;
}

/** What there is to choose from, the present one among it. */
export function refreshesWith(refresh: Refresh): readonly Refresh[] {
  return REFRESHES.includes(refresh)
    ? REFRESHES
    : [...REFRESHES, refresh].toSorted((a, b) => (a.ms ?? 0) - (b.ms ?? 0));
}

function first<T>(
  said: Said,
  known: readonly T[],
  nameOf: (each: T) => string,
  made: (text: string) => T[],
): T | undefined {
  return said
    .flatMap((text) => (text == null ? [] : [text]))
    .flatMap((text) => known.find((each) => nameOf(each) === text) ?? made(text))
    .at(0);
}

function madeRange(text: string): Range[] {
  const length = /^now-(.*)$/.exec(text)?.[1] ?? "";
  const seconds = secondsOf(length);
  return seconds === undefined ? [] : [{ from: text, label: `Last ${length}`, seconds }];
}

function madeRefresh(text: string): Refresh[] {
  const seconds = secondsOf(text);
  return seconds === undefined ? [] : [{ value: text, label: `Every ${text}`, ms: seconds * 1_000 }];
}

/** Undefined: it is no length of time. */
function secondsOf(text: string): number | undefined {
  const [, count, unit = ""] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (SECONDS[unit] ?? 1);
}

/** Milliseconds in each unit, in the order in which a duration names them. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/**
 * What a duration looks like: whole numbers with units, from the largest to the smallest. The digits are
 * bounded so that no sum runs over what dates and timers can hold (each unit alone stays under 300 years).
 */
export const DURATION_PATTERN = "^(?=\\d)(?:\\d{1,5}d)?(?:\\d{1,6}h)?(?:\\d{1,8}m)?(?:\\d{1,9}s)?(?:\\d{1,12}ms)?$";

const FORM = new RegExp(DURATION_PATTERN);
const PART = /(\d+)(d|h|ms|m|s)/g;

/** Reads a duration such as `500ms`, `30s` or `1h30m` as milliseconds; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (!FORM.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit] of text.matchAll(PART)) {
    ms += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return ms;
}

/** The shortest way to write whole milliseconds: 5400000 is `1h30m`, 0 is `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, factor] of UNITS) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text === "" ? "0s" : text;
}

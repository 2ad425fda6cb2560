/*
 * Numbers as Grafana writes them.
 */

interface Scale {
  /** The unit's size in that of the number. */
  readonly size: number;
  readonly one: string;
  readonly many: string;
}

const scale = (size: number, one: string, many = one): Scale => ({ size, one, many });

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** From large to small; the last is for what is smaller too. */
const SECONDS = [
  scale(365 * DAY_S, " year", " years"),
  scale(7 * DAY_S, " week", " weeks"),
  scale(DAY_S, " day", " days"),
  scale(HOUR_S, " hour", " hours"),
  scale(MINUTE_S, " min", " mins"),
  scale(1, " s"),
  scale(1e-3, " ms"),
  scale(1e-6, " µs"),
  scale(1e-9, " ns"),
];
const SHORT = [scale(1e12, " Tri"), scale(1e9, " Bil"), scale(1e6, " Mil"), scale(1e3, " K"), scale(1, "")];
const BYTES = [
  scale(1024 ** 4, " TiB"),
  scale(1024 ** 3, " GiB"),
  scale(1024 ** 2, " MiB"),
  scale(1024, " KiB"),
  scale(1, " B"),
];

/** Below that much of a unit, another digit behind the point tells something. */
const [NO_DIGIT_FROM, ONE_DIGIT_FROM] = [100, 10];

/** A number with its unit. `decimals`: digits behind the point; without them, as many as tell something. */
export function formatValue(value: number, unit = "short", decimals?: number): string {
  switch (unit) {
    case "s":
      return scaled(value, SECONDS, decimals);
    case "bytes":
      return scaled(value, BYTES, decimals);
    case "percentunit":
      return `${digits(value * 100, decimals)}%`;
    case "percent":
      return `${digits(value, decimals)}%`;
    case "ops":
      return `${scaled(value, SHORT, decimals)} ops/s`;
    case "reqps":
      return `${scaled(value, SHORT, decimals)} req/s`;
    case "bool_yes_no":
      return value === 0 ? "No" : "Yes";
    case "short":
    case "none":
      return scaled(value, SHORT, decimals);
    default:
      // Grafana writes the name of a unit that it doesn't know behind the number.
      return `${scaled(value, SHORT, decimals)} ${unit}`;
  }
}

/** The most digits behind the point that tell ticks apart. */
const TICK_DIGITS_MAX = 6;

/** The words on an axis: with as many digits as tell them apart. */
export function formatTicks(ticks: readonly number[], unit: string | undefined, decimals?: number): readonly string[] {
  for (let digits = decimals; ; digits = (digits ?? 1) + 1) {
    const words = ticks.map((tick) => formatValue(tick, unit, digits));
    if (new Set(words).size === words.length || (digits ?? 0) >= TICK_DIGITS_MAX) return words;
  }
}

function scaled(value: number, scales: readonly Scale[], decimals: number | undefined): string {
  const plain = scales.find(({ size }) => size === 1);
  const fits = value === 0 ? plain : scales.find(({ size }) => Math.abs(value) >= size);
  const { size, one, many } = fits ?? scales.at(-1) ?? scale(1, "");
  const text = digits(value / size, decimals);
  return `${text}${text === "1" ? one : many}`;
}

function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  const text = value.toFixed(size >= NO_DIGIT_FROM ? 0 : size >= ONE_DIGIT_FROM ? 1 : 2);
  return text.includes(".") ? text.replace(/\.?0+$/, "").replace(/^-0$/, "0") : text;
}

const TENS = Array.from({ length: 25 }, (_, i) => [1, 2, 2.5, 5].map((by) => by * 10 ** (i - 9))).flat();

/** Distances between the ticks of an axis that are round numbers in a unit. */
export function stepsOf(unit: string | undefined): readonly number[] {
  if (unit === "s") {
    const times = [1, 2, 5, 10, 15, 30].flatMap((by) => [by, by * MINUTE_S]);
    const long = [1, 2, 3, 6, 12]
      .map((by) => by * HOUR_S)
      .concat([1, 2, 7, 14, 28, 91, 182, 365].map((by) => by * DAY_S));
    return [...TENS.filter((step) => step < 1), ...times, ...long].sort((a, b) => a - b);
  }
  if (unit === "bytes") return Array.from({ length: 50 }, (_, i) => 2 ** i);
  return TENS;
}

/** Whether the value of a label is asked for, by label. */
export type Matchers = Readonly<Record<string, (value: string) => boolean>>;

/** What is read of an expression, to make numbers up for it. */
export interface SampleQuery {
  readonly expr: string;
  /** The first metric in it; empty when there is none. */
  readonly metric: string;
  readonly matchers: Matchers;
  /** What a series is told by; undefined: by all that it has. */
  readonly by: readonly string[] | undefined;
  /** Of `rate` and `increase`, in seconds. */
  readonly window: number;
  /** Of `histogram_quantile`. */
  readonly quantile: number;
  /** Whether only what is more than nothing stays, as of what is told once when it is new. */
  readonly above_zero: boolean;
  /** Series that are left at most. */
  readonly at_most: number;
}

const SELECTOR = /([a-zA-Z_:][\w:]*)\s*\{((?:[^}"]|"(?:[^"\\]|\\.)*")*)\}/;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
/** Of an expression without a window. */
const WINDOW_DEFAULT_S = 60;

/** Reads an expression as far as made-up numbers need it. It need not be right. */
export function parseQuery(expr: string): SampleQuery {
  const [, named, selector = ""] = SELECTOR.exec(expr) ?? [];
  const metric = named ?? /^\s*([a-zA-Z_:][\w:]*)\s*$/.exec(expr)?.[1] ?? "";
  const matchers: Record<string, (value: string) => boolean> = {};
  for (const [, label = "", how = "", quoted = ""] of selector.matchAll(MATCHER)) {
    matchers[label] = matcher(how, quoted.replace(/\\(.)/g, "$1"));
  }
  const grouped = /\bby\s*\(([^)]*)\)/.exec(expr)?.[1];
  const quantile = /\bhistogram_quantile\(\s*([\d.]+)/.exec(expr)?.[1];
  const names = grouped?.split(",").map((label) => label.trim());
  const [, length, unit = "s"] = /\[(\d+)([smhdw])\]/.exec(expr) ?? [];
  return {
    expr,
    metric,
    matchers,
    // A quantile has no buckets any more.
    by: quantile === undefined ? (names ?? (isOne(expr) ? [] : undefined)) : names?.filter((label) => label !== "le"),
    window: length === undefined ? WINDOW_DEFAULT_S : Number(length) * (SECONDS[unit] ?? 1),
    quantile: Number(quantile ?? 1),
    above_zero: /> 0\s*$|\bunless\b/.test(expr),
    at_most: Number(/\btopk\((\d+)/.exec(expr)?.[1] ?? Number.POSITIVE_INFINITY),
  };
}

function isOne(expr: string): boolean {
  return /\b(sum|min|max|avg|count)\s*\(/.test(expr);
}

function matcher(how: string, value: string): (value: string) => boolean {
  switch (how) {
    case "=":
      return (each) => each === value;
    case "!=":
      return (each) => each !== value;
    default: {
      const pattern = patternOf(value);
      return (each) => pattern.test(each) === (how === "=~");
    }
  }
}

/** Prometheus' own patterns are near enough to those of JavaScript; one that isn't takes nothing away. */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    return /^/;
  }
}

import type { Series } from "./model.ts";

/*
 * Texts with places to fill in: expressions, legends, links.
 */

/** What stands for a variable: its values, and the text that Grafana puts into a query for them. */
export interface Chosen {
  readonly values: readonly string[];
  readonly in_query: string;
}

export type Choices = ReadonlyMap<string, Chosen>;

/** Behind `$__all` every value. */
export const ALL = "$__all";

/** How far apart Prometheus looks at what it scrapes, in seconds, as Grafana takes it when nobody says. */
const SCRAPE_S = 15;
/** A rate over fewer scrapes than that may find nothing. */
const RATE_SCRAPES = 4;
/** Steps that people know the meaning of, in seconds. */
const STEPS_S = [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
/** Points of a series that a panel has room for. */
const POINTS = 240;

/** How far the points of a panel stand apart, in seconds. */
export function stepOf(rangeS: number): number {
  return STEPS_S.find((step) => rangeS / step <= POINTS) ?? 86_400;
}

/** What Grafana knows of the time that is shown, by name. */
export function timeVariables(rangeS: number): Choices {
  const step = stepOf(rangeS);
  const texts = {
    __interval: `${step}s`,
    __interval_ms: String(step * 1_000),
    __rate_interval: `${Math.max(step + SCRAPE_S, RATE_SCRAPES * SCRAPE_S)}s`,
    __range: `${rangeS}s`,
    __range_s: String(rangeS),
    __range_ms: String(rangeS * 1_000),
  };
  return new Map(Object.entries(texts).map(([name, text]) => [name, { values: [text], in_query: text }]));
}

/** What goes into a query for some values of a variable. */
export function inQuery(
  values: readonly string[],
  { allValue, multi = false }: { allValue?: string; multi?: boolean },
): string {
  if (values.includes(ALL) || values.length === 0) return allValue ?? ".*";
  if (!multi) return escaped(values[0] ?? "");
  const patterns = values.map((value) => escaped(value.replace(/[\\^$*+?.()|{}[\]]/g, "\\$&")));
  return patterns.length === 1 ? (patterns[0] ?? "") : `(${patterns.join("|")})`;
}

/** As it stands between the quotes of PromQL. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&");
}

const PLACE = /\$\{([\w.]+)(?::(\w+))?\}|\$(\w+)/g;

/** A query with its variables filled in; those that nobody declares stay as they are. */
export function fillIn(text: string, choices: Choices): string {
  return text.replace(PLACE, (whole, braced?: string, _format?: string, plain?: string) => {
    return choices.get(braced ?? plain ?? "")?.in_query ?? whole;
  });
}

/** The names of variables that a text asks for. */
export function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(PLACE)].map(([, braced, , plain]) => braced ?? plain ?? ""));
}

/** The name of a series: its legend filled in, or what Grafana calls one without. */
export function seriesName({ labels }: Pick<Series, "labels">, legend = ""): string {
  if (legend !== "" && legend !== "__auto") {
    return legend.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, label: string) => labels[label] ?? "").trim();
  }
  const { __name__: name = "", ...others } = labels;
  const pairs = Object.entries(others).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name || "Value" : `${name}{${pairs.join(", ")}}`;
}

/** What a link may speak of. */
export interface LinkContext {
  readonly choices: Choices;
  /** As in the address: `now-6h`. */
  readonly from: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
}

/** The address of a link, filled in. Undefined when it leads to no page: to a script, say. */
export function linkTo(url: string, { choices, from, labels = {}, value = "" }: LinkContext): string | undefined {
  const filled = url.replace(PLACE, (whole, braced?: string, format?: string, plain?: string) => {
    const name = braced ?? plain ?? "";
    if (name === "__url_time_range") return `from=${encodeURIComponent(from)}&to=now`;
    if (name === "__value.raw" || name === "__value.text") return encodeURIComponent(value);
    const label = /^__field\.labels\.(\w+)$/.exec(name)?.[1];
    if (label !== undefined) return encodeURIComponent(labels[label] ?? "");
    const values = choices.get(name)?.values;
    if (values === undefined) return whole;
    if (format === "queryparam") return values.map((each) => `var-${name}=${encodeURIComponent(each)}`).join("&");
    return encodeURIComponent(values.join(","));
  });
  return /^(https?:\/\/|\/(?!\/))/.test(filled) ? filled : undefined;
}

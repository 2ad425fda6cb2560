import { system } from "./me.ts";

/** So much is shown before a run and after it, in milliseconds: a scrape may come late. */
const MARGIN_MS = 5 * 60_000;

/** The board of a pipeline in Grafana, at the time of a run if one is given; undefined when nobody said where Grafana is. */
export function boardOf(pipeline: string, span?: { readonly from: number; readonly to?: number }): string | undefined {
  const url = system.value?.grafana_url;
  if (url === undefined) return undefined;
  const query = new URLSearchParams({ "var-pipeline": pipeline });
  if (span !== undefined) {
    query.set("from", String(span.from - MARGIN_MS));
    query.set("to", span.to === undefined ? "now" : String(span.to + MARGIN_MS));
  }
  return `${url}/d/engine-pipeline?${query}`;
}

import type { PipelineSummary } from "../generated/api.ts";
import { now } from "./clock.ts";
import { freshnessOf } from "./freshness.ts";

/** What the address asks of the list. */
export interface ListQuery {
  readonly text: string;
  readonly tags: readonly string[];
  readonly state: string;
  readonly sort: SortKey;
  readonly descending: boolean;
}

export const FILTER_STATES: Readonly<Record<string, string>> = {
  failed: "Last run failed",
  success: "Last run succeeded",
  active: "Running now",
  paused: "Paused",
  broken: "File with errors",
  never: "Never run",
  late: "Not fresh",
};

const SORTS = {
  name: ({ name }: PipelineSummary) => name,
  next: ({ next_slot }: PipelineSummary) => next_slot ?? Number.POSITIVE_INFINITY,
  last: ({ recent_runs }: PipelineSummary) => -(recent_runs[0]?.created_at ?? 0),
  rate: ({ success_rate }: PipelineSummary) => success_rate ?? 2,
  // The latest first; what promises nothing last.
  fresh: (pipeline: PipelineSummary) => {
    const fresh = freshnessOf(pipeline, now.peek());
    if (fresh === undefined) return Number.POSITIVE_INFINITY;
    if (fresh.state === "never") return Number.NEGATIVE_INFINITY;
    return fresh.state === "late" ? -fresh.by_ms : fresh.by_ms;
  },
} as const;
export type SortKey = keyof typeof SORTS;

/** Tags that are offered to choose from. */
const TAGS_MAX = 12;

export function asked(query: URLSearchParams): ListQuery {
  const sort = query.get("sort") ?? "name";
  const key = sort.replace(/^-/, "");
  return {
    text: query.get("q") ?? "",
    tags: (query.get("tag") ?? "").split(",").filter((tag) => tag !== ""),
    state: query.get("state") ?? "",
    sort: key in SORTS ? (key as SortKey) : "name",
    descending: sort.startsWith("-"),
  };
}

/** The pipelines that are asked for, in the order that is asked for. */
export function chosen(
  all: readonly PipelineSummary[],
  { text, tags, state, sort, descending }: ListQuery,
): readonly PipelineSummary[] {
  const words = text.toLowerCase().split(/\s+/);
  const fits = (pipeline: PipelineSummary): boolean => {
    const heap =
      `${pipeline.name} ${pipeline.owner ?? ""} ${pipeline.description ?? ""} ${pipeline.tags.join(" ")}`.toLowerCase();
    return (
      words.every((word) => heap.includes(word)) &&
      tags.every((tag) => pipeline.tags.includes(tag)) &&
      isIn(pipeline, state)
    );
  };
  const by = SORTS[sort];
  const direction = descending ? -1 : 1;
  return all
    .filter(fits)
    .map((pipeline) => ({ pipeline, key: by(pipeline) }))
    .sort((a, b) => direction * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ pipeline }) => pipeline);
}

/** The tags that most pipelines have, and those that are chosen. */
export function tagsOf(all: readonly PipelineSummary[], picked: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { tags } of all) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const common = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([tag]) => tag);
  return [...new Set([...picked, ...common])].slice(0, Math.max(TAGS_MAX, picked.length));
}

function isIn(pipeline: PipelineSummary, state: string): boolean {
  const { recent_runs, active_runs, paused, broken, last_ended } = pipeline;
  switch (state) {
    case "failed":
    case "success":
      return last_ended === state;
    case "active":
      return active_runs > 0;
    case "paused":
      return paused !== undefined;
    case "broken":
      return broken !== undefined;
    case "never":
      return recent_runs.length === 0;
    case "late":
      return (freshnessOf(pipeline, now.peek())?.state ?? "fresh") !== "fresh";
    default:
      return true;
  }
}

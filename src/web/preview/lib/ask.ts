import type { Dashboard, Series } from "./model.ts";

/*
 * What the server of the preview is asked. Rejects with what it says is wrong.
 */

/** A board in the list. */
export interface BoardEntry {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

export interface Boards {
  readonly source: { readonly kind: "sample" } | { readonly kind: "prometheus"; readonly url: string };
  readonly boards: readonly BoardEntry[];
}

export async function askBoards(): Promise<Boards> {
  return await ask("/api/boards", {});
}

export async function askBoard(uid: string): Promise<Dashboard> {
  return await ask(`/api/boards/${encodeURIComponent(uid)}`, {});
}

export interface SeriesQuestion {
  readonly expr: string;
  readonly unit: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export async function askSeries(question: SeriesQuestion, signal: AbortSignal): Promise<readonly Series[]> {
  return (await ask<{ readonly series: readonly Series[] }>("/api/series", { ...question }, signal)).series;
}

interface LabelQuestion {
  readonly label: string;
  readonly match?: string;
  readonly start: number;
  readonly end: number;
}

export async function askLabelValues(question: LabelQuestion, signal: AbortSignal): Promise<readonly string[]> {
  return (await ask<{ readonly values: readonly string[] }>("/api/label-values", { ...question }, signal)).values;
}

async function ask<T>(
  path: string,
  query: Readonly<Record<string, string | number>>,
  signal?: AbortSignal,
): Promise<T> {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const address = pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Error("The preview has ended: `engine monitoring preview` starts it again.", { cause: error });
  }
  const answer = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the answer was ${response.status}`);
  return answer;
}

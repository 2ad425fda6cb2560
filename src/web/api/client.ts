import { signal } from "@preact/signals";
import type { JsonValue, Problem, Routes } from "../generated/api.ts";

export const API = "/api/v1";

/** Whether the daemon wants a token that we don't have. */
export const isSignedOut = signal(false);

/** What the daemon answers when it refuses. `code` is one of the engine's. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  /** After so many seconds it may be asked again; absent: nothing is known of that. */
  readonly retry_after_s: number | undefined;
  constructor(
    { status, code, detail, hint }: Pick<Problem, "status" | "code" | "detail" | "hint">,
    retry_after_s?: number,
  ) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.retry_after_s = retry_after_s;
  }
}

type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface Asked {
  /** What stands for `:name` in the path. */
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: Readonly<Record<string, JsonValue | undefined>>;
  readonly signal?: AbortSignal;
}

/** Asks the daemon. Rejects with an `ApiError` when it refuses, and with a `TypeError` when it can't be reached. */
export async function ask<R extends keyof Routes>(route: R, asked: Asked = {}): Promise<Routes[R]["answer"]> {
  const [method = "GET", path = ""] = route.split(" ");
  const response = await fetch(urlOf(path, asked), {
    method,
    ...(asked.signal !== undefined && { signal: asked.signal }),
    ...(method !== "GET" && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked.body ?? {}),
    }),
  });
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Routes[R]["answer"];
}

/** The address of a route, for links and streams. */
export function urlOf(path: string, { path: parts = {}, query = {} }: Asked = {}): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(parts[name] ?? "")));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one));
  }
  return `${API}${filled}${search.size === 0 ? "" : `?${search}`}`;
}

/** What a refused request says. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { code = "INTERNAL", detail = response.statusText, hint } = problem;
  if (response.status === 401) isSignedOut.value = true;
  const retry_after_s = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError(
    { status: response.status, code, detail, ...(hint !== undefined && { hint }) },
    Number.isFinite(retry_after_s) ? retry_after_s : undefined,
  );
}

/** Exchanges a token for a session of this browser. */
export async function signIn(token: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${API}/session`, { method: "POST", headers, body: JSON.stringify({ token }) });
  if (!response.ok) throw await errorOf(response);
  isSignedOut.value = false;
}

export async function signOut(): Promise<void> {
  await fetch(`${API}/session`, { method: "DELETE" });
  isSignedOut.value = true;
}

/** Any failure in words for a person. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  if (error instanceof TypeError) return "The daemon can't be reached.";
  return error instanceof Error ? error.message : String(error);
}

import type { ControlRequest } from "../../daemon/index.ts";
import type { BackfillRow, Page, RunRow } from "../../engine/index.ts";
import { EngineError, ERRORS, type ErrorCode, StoreError } from "../../engine/index.ts";
import type { LogLine } from "../../executors/index.ts";
import type { Pipeline, Schedule } from "../../language/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { EXIT } from "../command.ts";
import { CliError, usageError } from "../errors.ts";
import type { LiveOutline, LivePipelines, Place } from "./port.ts";
import { serverSentEvents } from "./sse.ts";

/** A daemon that doesn't begin to answer for so long is stuck, in milliseconds. */
const ANSWER_MAX_MS = 30_000;
/** Unless it asks others, in milliseconds. */
const SYNC_MAX_MS = 300_000;
/** Backfills that a daemon lists at most: each comes with its slots. */
const BACKFILLS_MAX = 100;

/** A daemon elsewhere. Rejects with the errors that it answers with. */
export function remotePlace(url: string, token: string | undefined): Place {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw usageError(`ENGINE_URL is no address: ${url}`, "write it as http://HOST:8420");
  }
  const base = url.replace(/\/+$/, "");
  const call = (path: string, init: RequestInit = {}): Promise<Response> => send(base, token, path, init);
  const get = async <T>(path: string): Promise<T> => (await (await call(path)).json()) as T;
  const post: Post = async (path, body, answer_max_ms) => {
    const headers = { "content-type": "application/json" };
    const patience = answer_max_ms === undefined ? {} : { signal: AbortSignal.timeout(answer_max_ms) };
    const response = await call(path, { method: "POST", body: JSON.stringify(body), headers, ...patience });
    return (await response.json()) as JsonObject;
  };
  return {
    url: base,
    isDriven: () => true,
    live: {
      async list() {
        const [{ pipelines, broken }, { findings }] = await Promise.all([
          get<PipelinesAnswer>("/pipelines"),
          get<FindingsAnswer>("/findings"),
        ]);
        const outlines = pipelines.map(({ recent_runs, schedule, ...each }) => ({
          ...each,
          ...(schedule !== null && { schedule }),
          has_run: recent_runs.length > 0,
        }));
        return { pipelines: outlines, broken, findings };
      },
      pipeline: async (name) => (await get<{ pipeline: Pipeline }>(`/pipelines/${encodeURIComponent(name)}`)).pipeline,
    },
    read: (use) =>
      use({
        async listRuns({ pipelines = [], states = [], ...rest }) {
          const { backfill_id: backfill, ...more } = rest;
          const query = new URLSearchParams([
            ...pipelines.map((name) => ["pipeline", name]),
            ...states.map((state) => ["state", state]),
            ...Object.entries({ backfill, ...more }).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, String(value)]],
            ),
          ] as [string, string][]);
          const { runs, next } = await get<{ runs: Page<RunRow>["rows"]; next?: string }>(`/runs?${query}`).catch(
            (error: unknown) => {
              if (rest.after === undefined || !(error instanceof CliError)) throw error;
              throw new StoreError("bad_cursor", error.message);
            },
          );
          return { rows: runs, ...(next !== undefined && { next }) };
        },
        async getRun(run_id) {
          const { runs } = await get<{ runs: readonly RunRow[] }>(`/runs?${new URLSearchParams({ prefix: run_id })}`);
          return runs.find((row) => row.run_id === run_id);
        },
        findRuns: async (prefix) =>
          (await get<{ runs: readonly RunRow[] }>(`/runs?${new URLSearchParams({ prefix })}`)).runs,
        listTaskRuns: async (run_id) => (await get<RunAnswer>(`/runs/${encodeURIComponent(run_id)}`)).task_runs,
        async listAttempts(run_id, key) {
          const query = key === undefined ? "" : `?${new URLSearchParams({ task: key })}`;
          return (await get<AttemptsAnswer>(`/runs/${encodeURIComponent(run_id)}/attempts${query}`)).attempts;
        },
        listSchedules: async () => (await get<SchedulesAnswer>("/schedules")).schedules,
        async listSkippedSlots(limit, pipeline) {
          const path = pipeline === undefined ? "/skipped-slots" : `/pipelines/${encodeURIComponent(pipeline)}/slots`;
          const query = pipeline === undefined ? `?limit=${limit}` : "";
          return (await get<SkippedAnswer>(`${path}${query}`)).skipped.slice(0, limit);
        },
        async listBackfills(limit, pipeline) {
          const named = pipeline === undefined ? {} : { pipeline };
          const query = new URLSearchParams({ limit: String(Math.min(limit, BACKFILLS_MAX)), ...named });
          return (await get<{ backfills: readonly BackfillRow[] }>(`/backfills?${query}`)).backfills;
        },
        getPipelineVersion: (version) => get(`/versions/${encodeURIComponent(version)}`),
      }),
    ask: (request) => carryOut(request, post),
    async readLog({ run_id, key, attempt }) {
      const lines: LogLine[] = [];
      for (let from = 0; ; ) {
        const part = await get<LogAnswer>(`${logPath(run_id, key, attempt)}?from=${from}&bytes=4194304`);
        if (part.lines.length === 0) return lines;
        lines.push(...part.lines);
        from = part.next_offset;
      }
    },
    async *followLog({ run_id, key, attempt }, signal) {
      const response = await call(`${logPath(run_id, key, attempt)}/follow`, { signal });
      for await (const { type, data } of serverSentEvents(response)) {
        if (type === "end") return;
        if (type === "line") yield JSON.parse(data) as LogLine;
      }
    },
  };
}

type Rows<K extends "listTaskRuns" | "listAttempts" | "listSchedules" | "listSkippedSlots"> = Awaited<
  ReturnType<import("../../engine/index.ts").Store[K]>
>;
type Listed = Awaited<ReturnType<LivePipelines["list"]>>;
interface PipelinesAnswer extends Pick<Listed, "broken"> {
  readonly pipelines: readonly (Omit<LiveOutline, "has_run" | "schedule"> & {
    readonly schedule: Schedule | null;
    readonly recent_runs: readonly unknown[];
  })[];
}
type FindingsAnswer = Pick<Listed, "findings">;
interface RunAnswer {
  readonly task_runs: Rows<"listTaskRuns">;
}
interface AttemptsAnswer {
  readonly attempts: Rows<"listAttempts">;
}
interface SchedulesAnswer {
  readonly schedules: Rows<"listSchedules">;
}
interface SkippedAnswer {
  readonly skipped: Rows<"listSkippedSlots">;
}
interface LogAnswer {
  readonly lines: readonly LogLine[];
  readonly next_offset: number;
}

function logPath(run_id: string, key: string, attempt: number): string {
  return `/runs/${encodeURIComponent(run_id)}/tasks/${encodeURIComponent(key)}/attempts/${attempt}/log`;
}

/** Waits for the answer for so long: default 30 seconds. */
type Post = (path: string, body: JsonObject, answer_max_ms?: number) => Promise<JsonObject>;

/** What is asked of a process through its socket, asked over HTTP. Who asks is known by the token. */
async function carryOut(request: ControlRequest, post: Post): Promise<JsonValue> {
  switch (request.type) {
    case "trigger": {
      const { type, by, pipeline, ...body } = request;
      return (await post(`/pipelines/${encodeURIComponent(pipeline)}/trigger`, body)).run_id ?? null;
    }
    case "backfill": {
      const { type, by, pipeline, ...body } = request;
      return post(`/pipelines/${encodeURIComponent(pipeline)}/backfills`, body);
    }
    case "backfill_preview": {
      const { type, pipeline, ...body } = request;
      return (await post(`/pipelines/${encodeURIComponent(pipeline)}/backfills/preview`, body)).slots ?? [];
    }
    case "backfill_cancel":
      return post(`/backfills/${encodeURIComponent(request.backfill_id)}/cancel`, {});
    case "sync":
      return post("/sync", { rollback: request.rollback }, SYNC_MAX_MS);
    case "pause": {
      const { pipeline, why } = request;
      return post(`/pipelines/${encodeURIComponent(pipeline)}/pause`, why === undefined ? {} : { why });
    }
    case "resume":
      return post(`/pipelines/${encodeURIComponent(request.pipeline)}/resume`, {});
    case "answer": {
      const { by, ...answer } = request.answer;
      const path = `/runs/${encodeURIComponent(request.run_id)}/tasks/${encodeURIComponent(request.key)}/answer`;
      return post(path, answer as unknown as JsonObject);
    }
    case "act": {
      const { action } = request;
      const path = `/runs/${encodeURIComponent(request.run_id)}`;
      if (action.type === "cancel_requested") {
        return post(`${path}/cancel`, action.why === undefined ? {} : { why: action.why });
      }
      if (action.type === "retry_requested") {
        return post(`${path}/retry`, action.what === "failed" ? {} : { from: [...action.what.from] });
      }
      if (action.type === "mark_requested") {
        return post(`${path}/tasks/${encodeURIComponent(action.key)}/mark`, { state: action.state });
      }
      throw new Error(`${action.type} can't be asked for over HTTP`);
    }
  }
}

async function send(base: string, token: string | undefined, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined && token !== "") headers.set("authorization", `Bearer ${token}`);
  const signal = init.signal ?? AbortSignal.timeout(ANSWER_MAX_MS);
  const response = await fetch(`${base}/api/v1${path}`, { ...init, headers, signal }).catch((error: unknown) => {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
    throw new CliError(`the daemon at ${base} can't be reached: ${why}`, {
      hint: "see that `engine serve` runs there, and that ENGINE_URL is right",
      exit_code: EXIT.internal,
      cause: error,
    });
  });
  if (response.ok) return response;
  throw await refusal(base, response);
}

async function refusal(base: string, response: Response): Promise<Error> {
  const problem = (await response.json().catch(() => ({}))) as {
    readonly code?: string;
    readonly detail?: string;
    readonly hint?: string;
    readonly values?: Readonly<Record<string, string>>;
  };
  const { code = "", detail, hint, values = {} } = problem;
  if (Object.hasOwn(ERRORS, code)) return new EngineError(code as ErrorCode, values);
  const token = response.status === 401 ? "give a token in ENGINE_TOKEN; `engine token create` makes one" : undefined;
  const advice = hint ?? token;
  const message = detail === undefined ? `${base} answered ${response.status}` : `the daemon at ${base}: ${detail}`;
  return new CliError(message, {
    exit_code: response.status >= 500 ? EXIT.internal : EXIT.usage,
    ...(advice !== undefined && { hint: advice }),
  });
}

import { Readable } from "node:stream";
import type { RunId, TaskKey } from "../../core/index.ts";
import { type AttemptKey, EngineError, type Store } from "../../engine/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import type { LogEntry, ServerApi } from "../api.ts";
import { beginStream } from "../event-feed.ts";
import { type FindQuery, FOUND_DEFAULT, FOUND_MAX, findInLog } from "../find-in-log.ts";
import type { Asked, Route } from "../route.ts";
import { COUNT, FLAG, listOf, MARKS, record, ref, TEXT } from "../schemas.ts";
import { runOf } from "./runs.ts";

/** Of a log, this much is answered at once when nobody says. */
const LOG_BYTES_DEFAULT = 256 * 1024;
const LOG_BYTES_MAX = 4 * 1024 * 1024;

const LOG_PATH = "/runs/:run/tasks/:task/attempts/:attempt/log";

export const taskRunRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/runs/:run/tasks/:task",
    role: "viewer",
    tag: "task runs",
    summary: "A task run and its attempts",
    answer: record({ task_run: ref("TaskRun"), attempts: listOf(ref("Attempt")) }),
    async handle({ params: { run = "", task = "" } }, { api: { store } }) {
      const { run_id } = await runOf(store, run);
      const task_run = (await store.listTaskRuns(run_id)).find(({ key }) => key === task);
      if (task_run === undefined) throw new EngineError("TASK_NOT_FOUND", { run: run_id, task });
      return { task_run, attempts: await store.listAttempts(run_id, task as TaskKey) };
    },
  },
  {
    method: "POST",
    path: "/runs/:run/tasks/:task/mark",
    role: "operator",
    tag: "task runs",
    summary: "Decide a task run's state by hand",
    body: record({ state: { enum: MARKS } }),
    status: 202,
    answer: record({}),
    async handle({ params: { run = "", task = "" }, body, who }, { api }) {
      const { run_id } = await runOf(api.store, run);
      const { state } = body as { readonly state: (typeof MARKS)[number] };
      const marked = state as "success" | "failed" | "skipped";
      await api.actions.act(who, run_id, { type: "mark_requested", key: task as TaskKey, state: marked, by: who.by });
      return {};
    },
  },
  {
    method: "POST",
    path: "/runs/:run/tasks/:task/answer",
    role: "operator",
    tag: "task runs",
    summary: "Answer a task that waits for a person",
    body: record(
      {
        approved: { type: "boolean" },
        values: { type: "object", additionalProperties: true },
        comment: { type: "string", maxLength: 10_000 },
      },
      ["values", "comment"],
    ),
    status: 202,
    answer: record({}),
    async handle({ params: { run = "", task = "" }, body, who }, { api }) {
      const { run_id } = await runOf(api.store, run);
      const {
        approved,
        values = {},
        comment,
      } = body as unknown as {
        readonly approved: boolean;
        readonly values?: JsonObject;
        readonly comment?: string;
      };
      const answer = { approved, values, ...(comment !== undefined && { comment }) };
      await api.actions.answer(who, run_id, task as TaskKey, answer);
      return {};
    },
  },
  {
    method: "GET",
    path: "/runs/:run/tasks/:task/attempts/:attempt/config",
    role: "viewer",
    tag: "task runs",
    summary: "What an attempt was given, with its expressions worked out: `***` stands for what takes a secret",
    answer: record(
      {
        given: {
          ...record(
            {
              config: { type: "object", additionalProperties: true },
              env: { type: "object", additionalProperties: TEXT },
              cwd: TEXT,
            },
            ["cwd"],
          ),
          description: "absent when it can't be known any more; `vars` are as they are now",
        },
      },
      ["given"],
    ),
    async handle(asked, { api }) {
      const given = await api.attemptConfig(await attemptOf(asked, api.store));
      return given === undefined ? {} : { given };
    },
  },
  {
    method: "GET",
    path: LOG_PATH,
    role: "viewer",
    tag: "task runs",
    summary: "A part of an attempt's log",
    query: record(
      {
        from: { ...COUNT, description: "the byte to begin at; a line begins there" },
        end: { ...COUNT, description: "so many bytes before the end, in place of `from`" },
        bytes: { type: "integer", minimum: 1, maximum: LOG_BYTES_MAX, default: LOG_BYTES_DEFAULT },
      },
      ["from", "end", "bytes"],
    ),
    answer: record({ lines: listOf(ref("LogLine")), size: COUNT, next_offset: COUNT }),
    async handle(asked, { api }) {
      const attempt = await attemptOf(asked, api.store);
      const { from = 0, end, bytes = LOG_BYTES_DEFAULT } = asked.query as Record<string, number | undefined>;
      const { size } = api.readLog(attempt, 0, 0);
      const start = end === undefined ? from : Math.max(size - end, 0);
      const part = api.readLog(attempt, start, bytes);
      return { ...part, next_offset: part.lines.at(-1)?.next_offset ?? start };
    },
  },
  {
    method: "GET",
    path: `${LOG_PATH}/find`,
    role: "viewer",
    tag: "task runs",
    summary: "Lines of an attempt's log with a text in them, whatever its case, or that tell of an error",
    query: record(
      {
        text: { ...TEXT, minLength: 1, maxLength: 200 },
        errors: { ...FLAG, description: "lines that tell of an error, in place of `text`" },
        from: { ...COUNT, description: "the byte to begin at; a line begins there" },
        limit: { type: "integer", minimum: 1, maximum: FOUND_MAX, default: FOUND_DEFAULT },
      },
      ["text", "errors", "from", "limit"],
    ),
    answer: record({
      found: listOf(record({ offset: COUNT, text: TEXT })),
      more: { ...FLAG, description: "whether the search ended at `limit`" },
    }),
    async handle(asked, { api }) {
      const attempt = await attemptOf(asked, api.store);
      return await findInLog(api, attempt, asked.query as FindQuery);
    },
  },
  {
    method: "GET",
    path: `${LOG_PATH}/text`,
    role: "viewer",
    tag: "task runs",
    summary: "The whole log of an attempt as text",
    query: record({ times: { type: "boolean", description: "each line begins with its time" } }, ["times"]),
    answer: "text/plain",
    async handle(asked, { api }) {
      const attempt = await attemptOf(asked, api.store);
      const { times = false } = asked.query as { readonly times?: boolean };
      const name = `${attempt.run_id}-${attempt.key}-${attempt.attempt}.log`.replace(/[^\w.-]/g, "_");
      asked.reply.header("content-type", "text/plain; charset=utf-8");
      asked.reply.header("content-disposition", `attachment; filename="${name}"`);
      return asked.reply.send(Readable.from(textOf(api, attempt, times)));
    },
  },
  {
    method: "GET",
    path: `${LOG_PATH}/follow`,
    role: "viewer",
    tag: "task runs",
    summary: "The log of an attempt as it grows, as server-sent events; `Last-Event-ID` is a byte",
    query: record({ from: { ...COUNT, description: "the byte to begin at; a line begins there" } }, ["from"]),
    answer: "text/event-stream",
    async handle(asked, { api }) {
      const attempt = await attemptOf(asked, api.store);
      const { from = 0 } = asked.query as { readonly from?: number };
      const last = Number(asked.request.headers["last-event-id"] ?? Number.NaN);
      await followTo(asked, api, attempt, Number.isSafeInteger(last) ? last : from);
      return asked.reply;
    },
  },
];

async function attemptOf({ params }: Asked, store: Store): Promise<AttemptKey> {
  const { run = "", task = "", attempt = "" } = params;
  const attempts = await store.listAttempts(run as RunId, task as TaskKey);
  const row = attempts.find((each) => String(each.attempt) === attempt);
  if (row !== undefined) return row;
  const { run_id } = await runOf(store, run);
  throw new EngineError("ATTEMPT_NOT_FOUND", { run: run_id, task, attempt });
}

async function* textOf(api: ServerApi, attempt: AttemptKey, times: boolean): AsyncGenerator<string> {
  for (let from = 0; ; ) {
    const { lines } = api.readLog(attempt, from, LOG_BYTES_DEFAULT);
    const last = lines.at(-1);
    if (last === undefined) return;
    yield lines.map(({ at, text }) => `${times ? `${new Date(at).toISOString()} ` : ""}${text}\n`).join("");
    from = last.next_offset;
  }
}

async function followTo({ reply }: Asked, api: ServerApi, attempt: AttemptKey, from: number): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  beginStream(response);
  const write = (line: LogEntry): boolean =>
    response.write(`id: ${line.next_offset}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`);
  try {
    for await (const line of api.followLog(attempt, from, closed.signal)) {
      if (write(line)) continue;
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
    }
    if (!closed.signal.aborted) response.write("event: end\ndata: {}\n\n");
  } finally {
    response.end();
  }
}

import { RUN_STATES, type RunId, type RunState, type TaskId } from "../../core/index.ts";
import { EngineError, type RunRow, type Store } from "../../engine/index.ts";
import type { Route } from "../route.ts";
import { COUNT, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

const PAGE_DEFAULT = 50;
const PAGE_MAX = 1000;
/** Events of a journal that are answered at once. */
const EVENTS_MAX = 5000;
/** Of a note, in characters. */
const NOTE_MAX = 4_000;

interface RunsQuery {
  readonly pipeline?: readonly string[];
  readonly tag?: readonly string[];
  readonly state?: readonly RunState[];
  readonly backfill?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly after?: string;
  readonly prefix?: string;
}

export const runRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/runs",
    role: "viewer",
    tag: "runs",
    summary: "Runs, newest first",
    query: record(
      {
        pipeline: { ...listOf(TEXT), description: "of these pipelines" },
        tag: { ...listOf(TEXT), description: "of live pipelines with one of these tags" },
        state: listOf({ enum: RUN_STATES }),
        backfill: { ...TEXT, description: "of this backfill" },
        since: { ...TIME, description: "created then or later, in milliseconds" },
        until: { ...TIME, description: "created before, in milliseconds" },
        limit: { type: "integer", minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT },
        after: { ...TEXT, description: "`next` of the page before" },
        prefix: { ...TEXT, description: "whose id begins so: two at most, and no other filter counts" },
      },
      ["pipeline", "tag", "state", "backfill", "since", "until", "limit", "after", "prefix"],
    ),
    answer: record({ runs: listOf(ref("Run")), next: TEXT }, ["next"]),
    async handle({ query }, { api }) {
      const { pipeline, tag, state, backfill, limit = PAGE_DEFAULT, prefix, ...more } = query as RunsQuery;
      if (prefix !== undefined) return { runs: await api.store.findRuns(prefix) };
      const tagged = [...api.catalog().pipelines.values()]
        .filter(({ name, tags }) => tag?.some((each) => tags.includes(each)) && (pipeline?.includes(name) ?? true))
        .map(({ name }) => name);
      const pipelines = tag === undefined ? pipeline : tagged;
      const { rows, next } = await api.store.listRuns({
        ...more,
        limit,
        ...(pipelines !== undefined && { pipelines }),
        ...(state !== undefined && { states: state }),
        ...(backfill !== undefined && { backfill_id: backfill }),
      });
      return { runs: rows, ...(next !== undefined && { next }) };
    },
  },
  {
    method: "GET",
    path: "/runs/:run",
    role: "viewer",
    tag: "runs",
    summary: "A run and its task runs",
    answer: record({ run: ref("Run"), task_runs: listOf(ref("TaskRun")), children: listOf(ref("Run")) }),
    async handle({ params: { run = "" } }, { api: { store } }) {
      const row = await runOf(store, run);
      const [task_runs, children] = await Promise.all([
        store.listTaskRuns(row.run_id),
        store.listChildRuns(row.run_id),
      ]);
      return { run: row, task_runs, children };
    },
  },
  {
    method: "GET",
    path: "/runs/:run/attempts",
    role: "viewer",
    tag: "runs",
    summary: "The attempts of a run, by task run",
    query: record({ task: { ...TEXT, description: "of this task run alone" } }, ["task"]),
    answer: record({ attempts: listOf(ref("Attempt")) }),
    async handle({ params: { run = "" }, query }, { api: { store } }) {
      const { run_id } = await runOf(store, run);
      const { task } = query as { readonly task?: string };
      const attempts = await store.listAttempts(run_id, task as Parameters<Store["listAttempts"]>[1]);
      return { attempts };
    },
  },
  {
    method: "GET",
    path: "/runs/:run/events",
    role: "viewer",
    tag: "runs",
    summary: "The journal of a run",
    query: record({ after: { ...COUNT, description: "the number of the last event that is known" } }, ["after"]),
    answer: record({ events: listOf({ type: "object", additionalProperties: true }), more: { type: "boolean" } }),
    async handle({ params: { run = "" }, query }, { api: { store } }) {
      const { run_id } = await runOf(store, run);
      const { after = 0 } = query as { readonly after?: number };
      const events = await store.readEvents(run_id, after);
      return { events: events.slice(0, EVENTS_MAX), more: events.length > EVENTS_MAX };
    },
  },
  {
    method: "POST",
    path: "/runs/:run/cancel",
    role: "operator",
    tag: "runs",
    summary: "Cancel a run",
    body: record({ why: { type: "string", maxLength: 1000 } }, ["why"]),
    status: 202,
    answer: record({}),
    async handle({ params: { run = "" }, body: { why }, who }, { api }) {
      const { run_id } = await runOf(api.store, run);
      const reason = why === undefined ? {} : { why: String(why) };
      await api.actions.act(who, run_id, { type: "cancel_requested", by: who.by, ...reason });
      return {};
    },
  },
  {
    method: "POST",
    path: "/runs/:run/retry",
    role: "operator",
    tag: "runs",
    summary: "Run a finished run again: what failed, or some tasks and all behind them",
    body: record({ from: { type: "array", items: TEXT, minItems: 1 } }, ["from"]),
    status: 202,
    answer: record({}),
    async handle({ params: { run = "" }, body, who }, { api }) {
      const { run_id } = await runOf(api.store, run);
      const { from } = body as unknown as { readonly from?: readonly TaskId[] };
      const what = from === undefined ? ("failed" as const) : { from };
      await api.actions.act(who, run_id, { type: "retry_requested", by: who.by, what });
      return {};
    },
  },
  {
    method: "PUT",
    path: "/runs/:run/note",
    role: "operator",
    tag: "runs",
    summary: "Write what people are to know of a run, in place of what was written before",
    body: record({
      text: { type: "string", maxLength: NOTE_MAX, description: "plain text; an empty one takes the note away" },
    }),
    answer: record({}),
    async handle({ params: { run = "" }, body: { text }, who }, { api }) {
      const { run_id } = await runOf(api.store, run);
      await api.actions.note(who, run_id, String(text).trim());
      return {};
    },
  },
];

/** The run of an id. Throws "RUN_NOT_FOUND". */
export async function runOf(store: Store, run: string): Promise<RunRow> {
  const row = await store.getRun(run as RunId);
  if (row === undefined) throw new EngineError("RUN_NOT_FOUND", { run });
  return row;
}

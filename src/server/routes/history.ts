import { type EpochMs, RUN_STATES, type RunId, type RunState } from "../../core/index.ts";
import { EngineError, type RunRow, type Store, type TaskRunRow } from "../../engine/index.ts";
import type { Pipeline } from "../../language/index.ts";
import type { ServerApi } from "../api.ts";
import type { Route } from "../route.ts";
import { COUNT, FLAG, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

/*
 * What pages want to know of many runs at once, so that they need not ask for each.
 */

/** Runs of which task runs are answered when nobody says how many. */
const RUNS_DEFAULT = 30;
const RUNS_MAX = 200;
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 366;
/** Runs that are counted at most, the newest; of a pipeline with more, older days are left out. */
const COUNTED_MAX = 20_000;
/** Runs that are read at a time. */
const PAGE = 1_000;
/** Unfinished runs that are looked through for approvals. */
const APPROVALS_RUNS_MAX = 500;

const BRIEF = {
  run_id: TEXT,
  key: TEXT,
  state: TEXT,
  attempt: COUNT,
  queued_at: TIME,
  started_at: TIME,
  finished_at: TIME,
} as const;

export const historyRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/versions/:version/pipeline",
    role: "viewer",
    tag: "pipelines",
    summary: "The pipeline of a version as it is compiled",
    answer: record({ pipeline: ref("Pipeline") }),
    async handle({ params: { version = "" } }, { api }) {
      return { pipeline: await pipelineOf(api, version) };
    },
  },
  {
    method: "GET",
    path: "/pipelines/:pipeline/task-runs",
    role: "viewer",
    tag: "pipelines",
    summary: "The task runs of the newest runs of a pipeline, without the items of mapped tasks",
    query: record({ runs: { type: "integer", minimum: 1, maximum: RUNS_MAX, default: RUNS_DEFAULT } }, ["runs"]),
    answer: record({
      runs: listOf(ref("Run")),
      task_runs: listOf(record(BRIEF, ["queued_at", "started_at", "finished_at"])),
    }),
    async handle({ params: { pipeline = "" }, query }, { api: { store } }) {
      const { runs: limit = RUNS_DEFAULT } = query as { readonly runs?: number };
      const { rows } = await store.listRuns({ pipelines: [pipeline], limit });
      const each = await Promise.all(rows.map(({ run_id }) => store.listTaskRuns(run_id)));
      return { runs: rows, task_runs: each.flat().flatMap((row) => (row.index === undefined ? [briefOf(row)] : [])) };
    },
  },
  {
    method: "GET",
    path: "/pipelines/:pipeline/days",
    role: "viewer",
    tag: "pipelines",
    summary:
      "How many runs of a pipeline were created on each day in UTC, by their state; days without runs are left out",
    query: record({ days: { type: "integer", minimum: 1, maximum: 2000, default: DAYS_DEFAULT } }, ["days"]),
    answer: record({
      days: listOf(
        record({
          day: TIME,
          states: record(Object.fromEntries(RUN_STATES.map((state) => [state, COUNT])), RUN_STATES),
        }),
      ),
      complete: {
        ...FLAG,
        description: "false: there are more runs than are counted, and the oldest days are left out",
      },
    }),
    async handle({ params: { pipeline = "" }, query }, { api }) {
      const { days = DAYS_DEFAULT } = query as { readonly days?: number };
      const today = Math.floor(api.now() / DAY_MS) * DAY_MS;
      return await countDays(api.store, pipeline, today - (days - 1) * DAY_MS);
    },
  },
  {
    method: "GET",
    path: "/approvals",
    role: "viewer",
    tag: "task runs",
    summary: "Task runs that wait for a person, the newest run first, with what they ask",
    answer: record({
      approvals: listOf(
        record(
          {
            run_id: TEXT,
            pipeline: TEXT,
            key: TEXT,
            since: TIME,
            message: { ...TEXT, description: "as written: the attempt's log has it with its expressions filled in" },
            form: { type: "object", additionalProperties: true, description: "JSON Schemas, by field" },
            approvers: listOf(TEXT),
          },
          ["since"],
        ),
      ),
    }),
    async handle(_, { api }) {
      const { rows } = await api.store.listRuns({ states: ["running"], limit: APPROVALS_RUNS_MAX });
      const versions = new Map<string, Promise<Pipeline | undefined>>();
      const found = await Promise.all(
        rows.map(async (run) => {
          const pipeline = versions.get(run.version) ?? pipelineOf(api, run.version).catch(() => undefined);
          versions.set(run.version, pipeline);
          return approvalsOf(api.store, run, await pipeline);
        }),
      );
      return { approvals: found.flat() };
    },
  },
];

/** The pipeline of a version. Throws "VERSION_UNKNOWN", also when it does not compile any more. */
async function pipelineOf(api: ServerApi, version: string): Promise<Pipeline> {
  const row = await api.store.getPipelineVersion(version);
  const pipeline = row && api.compiled(row);
  if (pipeline === undefined) throw new EngineError("VERSION_UNKNOWN", { version });
  return pipeline;
}

function briefOf({ run_id, key, state, attempt, queued_at, started_at, finished_at }: TaskRunRow): object {
  return {
    ...{ run_id, key, state, attempt },
    ...(queued_at !== undefined && { queued_at }),
    ...(started_at !== undefined && { started_at }),
    ...(finished_at !== undefined && { finished_at }),
  };
}

async function countDays(store: Store, pipeline: string, since: EpochMs): Promise<object> {
  const days = new Map<EpochMs, Partial<Record<RunState, number>>>();
  let after: string | undefined;
  for (let counted = 0; counted < COUNTED_MAX; counted += PAGE) {
    const filter = { pipelines: [pipeline], since, limit: PAGE, ...(after !== undefined && { after }) };
    const { rows, next } = await store.listRuns(filter);
    for (const { created_at, state } of rows) {
      const day = Math.floor(created_at / DAY_MS) * DAY_MS;
      const states = days.get(day) ?? {};
      states[state] = (states[state] ?? 0) + 1;
      days.set(day, states);
    }
    after = next;
    if (next === undefined) break;
  }
  const counts = [...days].map(([day, states]) => ({ day, states })).sort((a, b) => a.day - b.day);
  return { days: counts, complete: after === undefined };
}

interface ApprovalConfig {
  readonly message: string;
  readonly form: object;
  readonly approvers: readonly string[];
}

async function approvalsOf(
  store: Store,
  { run_id, pipeline: name }: Pick<RunRow, "pipeline"> & { readonly run_id: RunId },
  pipeline: Pipeline | undefined,
): Promise<readonly object[]> {
  const asking = new Map(
    pipeline?.tasks.filter(({ operator }) => operator === "approval").map(({ id, config }) => [id as string, config]),
  );
  if (asking.size === 0) return [];
  return (await store.listTaskRuns(run_id)).flatMap(({ key, task, state, started_at }) => {
    const config = asking.get(task) as ApprovalConfig | undefined;
    if (config === undefined || state !== "waiting") return [];
    const { message, form, approvers } = config;
    return [
      { run_id, pipeline: name, key, message, form, approvers, ...(started_at !== undefined && { since: started_at }) },
    ];
  });
}

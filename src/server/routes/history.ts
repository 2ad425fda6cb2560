import { type EpochMs, RUN_STATES, type RunId, type RunState } from "../../core/index.ts";
import { EngineError, type RunRow, type TaskRunRow } from "../../engine/index.ts";
import type { Pipeline } from "../../language/index.ts";
import type { ServerApi } from "../api.ts";
import type { Route } from "../route.ts";
import { COUNT, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

/*
 * What pages want to know of many runs at once, so that they need not ask for each.
 */

/** Runs of which task runs are answered when nobody says how many. */
const RUNS_DEFAULT = 30;
const RUNS_MAX = 200;
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 366;
/** Days of every zone begin with such a stretch, in milliseconds: a quarter of an hour. */
const STRETCH_MS = 15 * 60_000;
/** What somebody is asked has at most so many bytes in the list. */
const MESSAGE_MAX_BYTES = 16_384;
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
    summary: "How many runs of a pipeline were created on each day, by their state; days without runs are left out",
    query: record(
      {
        days: { type: "integer", minimum: 1, maximum: 2000, default: DAYS_DEFAULT },
        zone: { ...TEXT, maxLength: 64, default: "UTC", description: "whose days: a time zone by its IANA name" },
      },
      ["days", "zone"],
    ),
    answer: record({
      days: listOf(
        record({
          day: { ...TIME, description: "its beginning, as if the zone were UTC" },
          states: record(Object.fromEntries(RUN_STATES.map((state) => [state, COUNT])), RUN_STATES),
        }),
      ),
    }),
    async handle({ params: { pipeline = "" }, query }, { api }) {
      const { days = DAYS_DEFAULT, zone = "UTC" } = query as { readonly days?: number; readonly zone?: string };
      const dayOf = daysOf(zone);
      const first = dayOf(api.now()) - (days - 1) * DAY_MS;
      // A day more: it began earlier east of here.
      const counts = await api.store.countRuns(pipeline, first - DAY_MS, STRETCH_MS);
      const found = new Map<EpochMs, Partial<Record<RunState, number>>>();
      for (const { at, state, count } of counts) {
        const day = dayOf(at);
        if (day < first) continue;
        const states = found.get(day) ?? {};
        states[state] = (states[state] ?? 0) + count;
        found.set(day, states);
      }
      return { days: [...found].map(([day, states]) => ({ day, states })) };
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
            message: { ...TEXT, description: "what is asked, with its expressions filled in and secrets masked" },
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
          return approvalsOf(api, run, await pipeline);
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

/** The local day that a moment is in: its beginning, read as if the zone were UTC. Throws "ZONE_UNKNOWN". */
function daysOf(zone: string): (at: EpochMs) => EpochMs {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "numeric", day: "numeric" });
  } catch {
    throw new EngineError("ZONE_UNKNOWN", { zone });
  }
  return (at) => {
    // As Americans write it: 1/31/2026.
    const [month = 1, day = 1, year = 1970] = format.format(at).split("/").map(Number);
    return Date.UTC(year, month - 1, day);
  };
}

interface ApprovalConfig {
  readonly message: string;
  readonly form: object;
  readonly approvers: readonly string[];
}

async function approvalsOf(
  api: ServerApi,
  { run_id, pipeline: name }: Pick<RunRow, "pipeline"> & { readonly run_id: RunId },
  pipeline: Pipeline | undefined,
): Promise<readonly object[]> {
  const asking = new Map(
    pipeline?.tasks.filter(({ operator }) => operator === "approval").map(({ id, config }) => [id as string, config]),
  );
  if (asking.size === 0) return [];
  return (await api.store.listTaskRuns(run_id)).flatMap(({ key, task, state, started_at, attempt }) => {
    const config = asking.get(task) as ApprovalConfig | undefined;
    if (config === undefined || state !== "waiting") return [];
    const { form, approvers } = config;
    // Its log begins with what it asks; then it says how to answer.
    const log = api.readLog({ run_id, key, attempt }, 0, MESSAGE_MAX_BYTES).lines.map(({ text }) => text);
    const how = log.findIndex((text) => text.startsWith("answer with: "));
    const message = how > 0 ? log.slice(0, how).join("\n") : config.message;
    return [
      { run_id, pipeline: name, key, message, form, approvers, ...(started_at !== undefined && { since: started_at }) },
    ];
  });
}

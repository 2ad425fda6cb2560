import { type EpochMs, FINAL_RUN_STATES, type RunState } from "../../core/index.ts";
import { EngineError } from "../../engine/index.ts";
import type { Pipeline } from "../../language/index.ts";
import type { ServerApi } from "../api.ts";
import { KEPT, type RecentRuns, type RunSummary } from "../recent-runs.ts";
import type { Route } from "../route.ts";
import { COUNT, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

/** Slots to come that are shown when nobody says how many. */
const SLOTS_DEFAULT = 10;
const SLOTS_MAX = 100;
/** Stretches of skipped slots that are shown at most. */
const SKIPPED_MAX = 200;

export const pipelineRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/pipelines",
    role: "viewer",
    tag: "pipelines",
    summary: "The live pipelines, by name, and the files that have errors",
    query: record(
      {
        pipeline: { ...listOf(TEXT), description: "these alone" },
        runs: { type: "integer", minimum: 0, maximum: KEPT, default: KEPT, description: "so many runs of each" },
      },
      ["pipeline", "runs"],
    ),
    answer: record({ pipelines: listOf(ref("PipelineSummary")), broken: listOf(ref("BrokenFile")) }),
    async handle({ query }, { api, recent }) {
      const { pipeline: wanted, runs } = query as { readonly pipeline?: readonly string[]; readonly runs?: number };
      const { pipelines, broken } = api.catalog();
      const names = wanted === undefined ? [...pipelines.keys()] : wanted.filter((name) => pipelines.has(name));
      const live = [...new Set(names)].sort().map((name) => pipelineOf(api, name));
      return {
        pipelines: await summariesOf(api, recent, live, runs),
        broken: [...broken].map(([file, pipeline]) => ({
          file,
          ...(pipeline !== undefined && { pipeline }),
          reason: reasonOf(api, file) ?? "it has errors",
        })),
      };
    },
  },
  {
    method: "GET",
    path: "/pipelines/:pipeline",
    role: "viewer",
    tag: "pipelines",
    summary: "A live pipeline as it is compiled, and how it stands",
    answer: record({ pipeline: ref("Pipeline"), summary: ref("PipelineSummary") }),
    async handle({ params: { pipeline: name = "" } }, { api, recent }) {
      const pipeline = pipelineOf(api, name);
      const [summary] = await summariesOf(api, recent, [pipeline]);
      return { pipeline, summary };
    },
  },
  {
    method: "GET",
    path: "/versions/:version",
    role: "viewer",
    tag: "pipelines",
    summary: "The source of a version that a run began with",
    answer: record({ version: TEXT, pipeline: TEXT, file: TEXT, source: TEXT, stored_at: TIME }),
    async handle({ params: { version = "" } }, { api }) {
      const row = await api.store.getPipelineVersion(version);
      if (row === undefined) throw new EngineError("VERSION_UNKNOWN", { version });
      return row;
    },
  },
  {
    method: "GET",
    path: "/pipelines/:pipeline/slots",
    role: "viewer",
    tag: "pipelines",
    summary: "The slots to come, and those that made no run, with the reason",
    query: record({ next: { type: "integer", minimum: 1, maximum: SLOTS_MAX } }, ["next"]),
    answer: record({ next: listOf(TIME), skipped: listOf(ref("SkippedSlots")) }),
    async handle({ params: { pipeline: name = "" }, query }, { api }) {
      pipelineOf(api, name);
      const { next = SLOTS_DEFAULT } = query as { readonly next?: number };
      const skipped = await api.store.listSkippedSlots(SKIPPED_MAX, name);
      return { next: api.slotsToCome(name, next), skipped };
    },
  },
  {
    method: "POST",
    path: "/pipelines/:pipeline/trigger",
    role: "operator",
    tag: "pipelines",
    summary: "Start a run",
    body: record(
      {
        params: { type: "object", additionalProperties: true },
        logical_date: TIME,
        idempotency_key: { type: "string", minLength: 1, maxLength: 200 },
      },
      ["params", "logical_date", "idempotency_key"],
    ),
    status: 201,
    answer: record({ run_id: TEXT }),
    async handle({ params: { pipeline = "" }, body, request, who }, { api }) {
      const header = request.headers["idempotency-key"];
      const key = typeof header === "string" ? { idempotency_key: header } : {};
      return { run_id: await api.actions.trigger(who, { params: {}, ...key, ...body, pipeline, trigger: "api" }) };
    },
  },
  {
    method: "POST",
    path: "/pipelines/:pipeline/pause",
    role: "operator",
    tag: "pipelines",
    summary: "Let no slot of the pipeline come due until it is resumed",
    body: record({ why: { type: "string", maxLength: 1000 } }, ["why"]),
    answer: record({}),
    async handle({ params: { pipeline = "" }, body: { why }, who }, { api }) {
      await api.actions.pause(who, pipeline, why as string | undefined);
      return {};
    },
  },
  {
    method: "POST",
    path: "/pipelines/:pipeline/resume",
    role: "operator",
    tag: "pipelines",
    summary: "Let slots come due again",
    answer: record({}),
    async handle({ params: { pipeline = "" }, who }, { api }) {
      await api.actions.resume(who, pipeline);
      return {};
    },
  },
  {
    method: "GET",
    path: "/schedules",
    role: "viewer",
    tag: "pipelines",
    summary: "How far the slots of each pipeline are decided, and who has paused it",
    answer: record({
      schedules: listOf(
        record(
          {
            pipeline: TEXT,
            known_since: TIME,
            decided_until: TIME,
            paused_at: TIME,
            paused_by: TEXT,
            paused_why: TEXT,
          },
          ["paused_at", "paused_by", "paused_why"],
        ),
      ),
    }),
    async handle(_, { api }) {
      return { schedules: await api.store.listSchedules() };
    },
  },
  {
    method: "GET",
    path: "/skipped-slots",
    role: "viewer",
    tag: "pipelines",
    summary: "Slots of all pipelines that made no run, newest first",
    query: record({ limit: { ...COUNT, minimum: 1, maximum: 1000 } }, ["limit"]),
    answer: record({ skipped: listOf(ref("SkippedSlots")) }),
    async handle({ query }, { api }) {
      const { limit = SKIPPED_MAX } = query as { readonly limit?: number };
      return { skipped: await api.store.listSkippedSlots(limit) };
    },
  },
];

function pipelineOf(api: ServerApi, name: string): Pipeline {
  const pipeline = api.catalog().pipelines.get(name);
  if (pipeline === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline: name });
  return pipeline;
}

async function summariesOf(
  api: ServerApi,
  recent: RecentRuns,
  pipelines: readonly Pipeline[],
  count = KEPT,
): Promise<readonly object[]> {
  const runs = await recent.of(pipelines.map(({ name }) => name));
  const promised = pipelines.filter(({ slo }) => slo?.freshness_ms !== undefined);
  const successes = await recent.lastSuccess(promised.map(({ name }) => name));
  const broken = new Map([...api.catalog().broken].map(([file, kept]) => [kept, file]));
  return pipelines.map((each) => ({
    ...summaryOf(api, each, broken.get(each.name), successes.get(each.name)),
    ...runsOf(runs.get(each.name) ?? [], count),
  }));
}

function runsOf(runs: readonly RunSummary[], count: number): object {
  const last = runs.find(({ finished_at, state }) => finished_at !== undefined && isEnd(state));
  const [good, bad] = ["success", "failed"].map((wanted) => runs.filter(({ state }) => state === wanted).length);
  const judged = (good ?? 0) + (bad ?? 0);
  return {
    recent_runs: runs.slice(0, count),
    ...(last !== undefined && { last_ended: last.state }),
    ...(judged > 0 && { success_rate: (good ?? 0) / judged }),
  };
}

function isEnd(state: RunState): boolean {
  return FINAL_RUN_STATES.some((each) => each === state);
}

function summaryOf(
  api: ServerApi,
  pipeline: Pipeline,
  broken: string | undefined,
  last_success_at: EpochMs | undefined,
): object {
  const { name, file, version, description, owner, tags, schedule, tasks, params, slo } = pipeline;
  const { next, row } = api.schedule(name);
  const { unfinished, queued } = api.load(name);
  const required_params = Object.keys(params).filter((each) => params[each]?.default === undefined);
  return {
    ...{ name, file, version, tags, schedule: schedule ?? null, tasks: tasks.length },
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    ...(next !== undefined && { next_slot: next }),
    ...(row?.paused_at !== undefined && {
      paused: {
        at: row.paused_at,
        by: row.paused_by ?? "",
        ...(row.paused_why !== undefined && { why: row.paused_why }),
      },
    }),
    ...(broken !== undefined && { broken: reasonOf(api, broken) ?? "its file has errors" }),
    ...(required_params.length > 0 && { required_params }),
    active_runs: unfinished - queued,
    queued_runs: queued,
    ...(slo?.freshness_ms !== undefined && {
      freshness: { target_ms: slo.freshness_ms, ...(last_success_at !== undefined && { last_success_at }) },
    }),
  };
}

/** The first error of a file, in one line. */
function reasonOf(api: ServerApi, file: string): string | undefined {
  const first = api.catalog().diagnostics.find((each) => each.file === file && each.severity === "error");
  return first && `${first.code} ${first.message} (line ${first.range.start.line})`;
}

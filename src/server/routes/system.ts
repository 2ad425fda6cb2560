import type { Route } from "../route.ts";
import { COUNT, FLAG, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

const AUDIT_DEFAULT = 200;

export const systemRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    role: "viewer",
    tag: "system",
    summary: "What happens, as server-sent events: `run`, `schedule`, `catalog`; `reset` when events were missed",
    query: record({ pipeline: TEXT, run: TEXT }, ["pipeline", "run"]),
    answer: "text/event-stream",
    async handle({ query, request, reply }, { feed }) {
      const { pipeline, run } = query as { readonly pipeline?: string; readonly run?: string };
      const last = request.headers["last-event-id"];
      reply.hijack();
      feed.follow(
        reply.raw,
        { ...(pipeline !== undefined && { pipeline }), ...(run !== undefined && { run_id: run }) },
        typeof last === "string" ? last : undefined,
      );
      return reply;
    },
  },
  {
    method: "GET",
    path: "/pools",
    role: "viewer",
    tag: "system",
    summary: "The concurrency and each pool: who holds slots, and who waits",
    answer: record({ uses: listOf(ref("SlotUse")) }),
    handle: async (_, { api }) => ({ uses: api.slotUse() }),
  },
  {
    method: "GET",
    path: "/open-tasks",
    role: "viewer",
    tag: "system",
    summary: "How many task runs have not ended, by state, and how many go on, by operator",
    answer: record({
      states: record({ queued: COUNT, running: COUNT, waiting: COUNT, up_for_retry: COUNT }),
      operators: listOf(record({ operator: TEXT, running: COUNT, waiting: COUNT })),
    }),
    handle: async (_, { api }) => api.openTasks(),
  },
  {
    method: "GET",
    path: "/findings",
    role: "viewer",
    tag: "system",
    summary: "What `engine validate` says of the folder of pipelines as it stands",
    answer: record({ findings: listOf(ref("Finding")) }),
    async handle(_, { api }) {
      const findings = api.catalog().diagnostics.map(({ code, name, severity, file, range, message, hint }) => ({
        ...{ code, name, severity, file, line: range.start.line, column: range.start.column, message },
        ...(hint !== undefined && { hint }),
      }));
      return { findings };
    },
  },
  {
    method: "GET",
    path: "/audit",
    role: "admin",
    tag: "system",
    summary: "What people changed, newest first",
    query: record({ limit: { type: "integer", minimum: 1, maximum: 1000, default: AUDIT_DEFAULT } }, ["limit"]),
    answer: record({ entries: listOf(ref("AuditEntry")) }),
    async handle({ query }, { api }) {
      const { limit = AUDIT_DEFAULT } = query as { readonly limit?: number };
      return { entries: await api.store.listAudit(limit) };
    },
  },
  {
    method: "GET",
    path: "/settings",
    role: "admin",
    tag: "system",
    summary: "The configuration that counts, without values of secrets",
    answer: record({ settings: { type: "object", additionalProperties: true } }),
    handle: async (_, { api }) => ({ settings: api.settings() }),
  },
  {
    method: "GET",
    path: "/system",
    role: "viewer",
    tag: "system",
    summary: "What the daemon is, who asks, and what keeps it from its work",
    answer: record(
      {
        version: TEXT,
        started_at: TIME,
        now: TIME,
        root: TEXT,
        pipelines_folder: TEXT,
        data: TEXT,
        store_bytes: COUNT,
        retention: {
          ...{ type: "object", additionalProperties: true },
          description: "how long things are kept, as `retention` in engine.yaml says or its defaults do",
        },
        grafana_url: TEXT,
        pipelines: COUNT,
        findings: record({ error: COUNT, warning: COUNT }),
        problems: listOf(TEXT),
        follows_repository: { ...FLAG, description: "whether its pipelines come from a repository: /git has more" },
        you: record({ by: TEXT, role: TEXT }),
      },
      ["grafana_url"],
    ),
    async handle({ who }, { api }) {
      const { version, started_at, root, pipelines: pipelines_folder, data, grafana_url } = api.about;
      const { pipelines, diagnostics } = api.catalog();
      const count = (severity: string): number => diagnostics.filter((each) => each.severity === severity).length;
      return {
        ...{ version, started_at, now: api.now(), root, pipelines_folder, data, pipelines: pipelines.size },
        store_bytes: api.storeBytes(),
        retention: api.settings().retention ?? {},
        ...(grafana_url !== undefined && { grafana_url }),
        findings: { error: count("error"), warning: count("warning") },
        problems: await api.problems(),
        follows_repository: api.git() !== undefined,
        you: who,
      };
    },
  },
];

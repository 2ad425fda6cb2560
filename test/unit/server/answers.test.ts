import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
import type { AuditRow } from "../../../src/engine/index.ts";
import { tellsOfError } from "../../../src/server/find-in-log.ts";
import { ROUTES } from "../../../src/server/routes.ts";
import { SCHEMAS } from "../../../src/server/schemas.ts";
import { NEW_YEAR, RunWriter } from "../../support/run-writer.ts";
import { A_BACKFILL, A_REPOSITORY, serveFake } from "../../support/served.ts";

const MINUTE_MS = 60_000;
const SOURCES = {
  "pipelines/load.yaml": `
description: Loads
owner: data
tags: [daily, ml]
schedule: "0 5 * * *"
params: { limit: 5 }
tasks:
  load: { bash: echo load }
  train: { needs: load, bash: echo train }
`,
  "pipelines/plain.yaml": "tasks: { say: { bash: echo x } }",
  "pipelines/wrong.yaml": "tasks: { say: { bsh: echo x } }",
};
const LOG = [1, 2, 3].map((n) => ({ at: NEW_YEAR + n, stream: "stdout", text: `line ${n}`, next_offset: n * 10 }));

async function seeded() {
  const served = await serveFake({ sources: SOURCES, log: LOG, git: A_REPOSITORY });
  const one = new RunWriter("r-one", { pipeline: "load", slot: NEW_YEAR });
  const two = new RunWriter("r-two", { pipeline: "plain", created_at: NEW_YEAR + MINUTE_MS, backfill_id: "b1" });
  await served.commit(one.create(), two.create());
  await served.commit(one.start("load"));
  await served.commit(one.succeed("load", { rows: 5 }));
  await served.commit(one.finish("failed", "train failed"));
  const version = {
    version: "v1",
    pipeline: "load",
    file: "a.yaml",
    source: "tasks: { load: { bash: echo } }",
    stored_at: 1,
  };
  await served.store.putPipelineVersion(version);
  const audit: AuditRow = { at: 1, by: "ann", role: "admin", action: "run.cancel", target: "r-one" };
  await served.store.addAudit(audit);
  await served.store.putBackfill(A_BACKFILL);
  const skipped = { pipeline: "load", reason: "paused", first: 1, last: 2, count: 2, decided_at: 3 } as const;
  await served.store.putSchedule({ pipeline: "load", known_since: 1, decided_until: 2 }, [skipped]);
  return served;
}

const ajv = new Ajv({ strict: false, schemas: Object.entries(SCHEMAS).map(([$id, schema]) => ({ ...schema, $id })) });

const PARAMS: Readonly<Record<string, string>> = {
  pipeline: "load",
  run: "r-one",
  task: "load",
  attempt: "1",
  version: "v1",
  backfill: "b1",
};
const BODIES: Readonly<Record<string, object>> = {
  "/pipelines/:pipeline/backfills": { from: 1, to: 3 },
  "/pipelines/:pipeline/backfills/preview": { from: 1, to: 3, reprocess: "all", max_active: 2 },
  "/runs/:run/note": { text: "late" },
  "/runs/:run/tasks/:task/mark": { state: "success" },
  "/runs/:run/tasks/:task/answer": { approved: true },
};

const inJson = ROUTES.flatMap((route) =>
  typeof route.answer === "string" ? [] : [{ ...route, answer: route.answer }],
);

test.each(inJson)("$method $path answers as its schema says", async ({ method, path, answer, status = 200 }) => {
  const { app } = await seeded();
  const url = `/api/v1${path.replace(/:(\w+)/g, (_, name: string) => PARAMS[name] ?? "")}`;
  const response = await app.inject({ method, url, ...(method !== "GET" && { payload: BODIES[path] ?? {} }) });
  expect([response.statusCode, response.json().detail]).toEqual([status, undefined]);
  const validate = ajv.compile(answer);
  validate(response.json());
  expect(validate.errors).toBeNull();
  expect(response.headers["cache-control"]).toBe("no-store");
});

test("the OpenAPI document is one of version 3.1, and each operation has a name and a summary of its own", async () => {
  const { app } = await seeded();
  const document = (await app.inject("/api/v1/openapi.json")).json();
  const { valid, errors } = await new Validator().validate(document);
  expect([valid, errors]).toEqual([true, undefined]);
  expect(document.openapi).toMatch(/^3\.1/);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object)) as {
    operationId: string;
    summary: string;
  }[];
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
  expect(operations.every(({ summary }) => summary.length > 5)).toBe(true);
});

describe("runs", () => {
  const ids = async (query: string): Promise<readonly RunId[]> => {
    const { app } = await seeded();
    const { runs } = (await app.inject(`/api/v1/runs?${query}`)).json() as { runs: { run_id: RunId }[] };
    return runs.map(({ run_id }) => run_id);
  };

  test.each([
    ["", ["r-two", "r-one"]],
    ["pipeline=load", ["r-one"]],
    ["pipeline=load&pipeline=plain", ["r-two", "r-one"]],
    ["tag=ml", ["r-one"]],
    ["tag=ml&pipeline=plain", []],
    ["tag=nothing", []],
    ["state=failed", ["r-one"]],
    ["state=failed&state=running", ["r-two", "r-one"]],
    ["backfill=b1", ["r-two"]],
    [`since=${NEW_YEAR + 1}`, ["r-two"]],
    [`until=${NEW_YEAR + 1}`, ["r-one"]],
    ["limit=1", ["r-two"]],
    ["prefix=r-o", ["r-one"]],
  ])("are filtered by %j", async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  test("come in pages", async () => {
    const { app } = await seeded();
    const first = (await app.inject("/api/v1/runs?limit=1")).json();
    const second = (await app.inject(`/api/v1/runs?limit=1&after=${encodeURIComponent(first.next)}`)).json();
    expect([first.runs[0].run_id, second.runs[0].run_id, second.next]).toEqual(["r-two", "r-one", undefined]);
  });
});

test("a pipeline's newest runs follow what happens", async () => {
  const served = await seeded();
  const recent = async () => {
    const { pipelines } = (await served.app.inject("/api/v1/pipelines")).json();
    return pipelines.find(({ name }: { name: string }) => name === "load").recent_runs;
  };
  expect(await recent()).toMatchObject([{ run_id: "r-one", state: "failed" }]);
  const run = { id: "r-three", state: "running", created_at: NEW_YEAR + 9 * MINUTE_MS, created: { pipeline: "load" } };
  const event = { type: "run_started", seq: 2, at: 1 };
  served.tell({ type: "run", event, run, pipeline: "load" } as unknown as Parameters<typeof served.tell>[0]);
  expect((await recent()).map(({ run_id }: { run_id: string }) => run_id)).toEqual(["r-three", "r-one"]);
});

test("a pipeline that promises freshness tells its last success, from long ago and as it happens", async () => {
  const source = "slo: { freshness: 3h }\ntasks: { say: { bash: echo x } }";
  const served = await serveFake({ sources: { "pipelines/kept.yaml": source, "pipelines/new.yaml": source } });
  const old = new RunWriter("r-1", { pipeline: "kept" });
  await served.commit(old.create());
  await served.commit(old.finish("success"));
  const finished_at = (await served.store.getRun(old.run_id))?.finished_at;
  for (let n = 2; n < 25; n++) {
    const failed = new RunWriter(`r-${n}`, { pipeline: "kept", created_at: NEW_YEAR + n * MINUTE_MS });
    await served.commit(failed.create());
    await served.commit(failed.finish("failed", "no"));
  }
  const freshness = async () => {
    const { pipelines } = (await served.app.inject("/api/v1/pipelines")).json();
    return pipelines.map((each: { freshness: object }) => each.freshness);
  };
  const target_ms = 3 * 60 * MINUTE_MS;
  expect(await freshness()).toEqual([{ target_ms, last_success_at: finished_at }, { target_ms }]);
  const at = NEW_YEAR + 99 * MINUTE_MS;
  const run = { id: "r-9", state: "success", created_at: at - 1, finished_at: at, created: { pipeline: "new" } };
  const event = { type: "run_finished", seq: 9, at };
  served.tell({ type: "run", event, run, pipeline: "new" } as unknown as Parameters<typeof served.tell>[0]);
  expect(await freshness()).toEqual([
    { target_ms, last_success_at: finished_at },
    { target_ms, last_success_at: at },
  ]);
});

test("a file with errors is listed with the first of them", async () => {
  const { app } = await seeded();
  const { broken } = (await app.inject("/api/v1/pipelines")).json();
  expect(broken).toEqual([{ file: "pipelines/wrong.yaml", reason: expect.stringMatching(/^ENG\d+ .*line 1\)$/) }]);
});

describe("what is asked for", () => {
  test("is handed on with who asks", async () => {
    const served = await seeded();
    const who = { by: "local", role: "admin" };
    const post = (path: string, payload: object, headers = {}) =>
      served.app.inject({ method: "POST", url: `/api/v1${path}`, payload, headers });
    const triggered = await post("/pipelines/load/trigger", { params: { limit: 7 } }, { "idempotency-key": "k1" });
    expect([triggered.statusCode, triggered.json()]).toEqual([201, { run_id: "r-new" }]);
    await post("/pipelines/load/pause", { why: "budget" });
    await post("/runs/r-one/retry", { from: ["load"] });
    await post("/runs/r-one/tasks/load/answer", { approved: false, comment: "no" });
    await served.app.inject({ method: "PUT", url: "/api/v1/runs/r-one/note", payload: { text: " late\n" } });
    const request = { pipeline: "load", params: { limit: 7 }, idempotency_key: "k1", trigger: "api" };
    expect(served.asked).toEqual([
      ["trigger", who, request],
      ["pause", who, "load", "budget"],
      ["act", who, "r-one", { type: "retry_requested", by: "local", what: { from: ["load"] } }],
      ["answer", who, "r-one", "load", { approved: false, values: {}, comment: "no" }],
      ["note", who, "r-one", "late"],
    ]);
  });

  test.each([
    ["PUT", "/api/v1/runs/r-none/note", { text: "x" }, 404, "RUN_NOT_FOUND"],
    ["PUT", "/api/v1/runs/r-one/note", { text: "x".repeat(4_001) }, 400, "REQUEST_INVALID"],
    ["GET", "/api/v1/nothing", undefined, 404, "NOT_FOUND"],
    ["GET", "/api/v1/pipelines/nobody", undefined, 404, "PIPELINE_UNKNOWN"],
    ["GET", "/api/v1/runs/nobody", undefined, 404, "RUN_NOT_FOUND"],
    ["GET", "/api/v1/runs/r-one/tasks/load/attempts/9/log", undefined, 404, "ATTEMPT_NOT_FOUND"],
    ["GET", "/api/v1/runs/r-one/tasks/nothing", undefined, 404, "TASK_NOT_FOUND"],
    ["GET", "/api/v1/runs?limit=0", undefined, 400, "REQUEST_INVALID"],
    ["GET", "/api/v1/runs?state=happy", undefined, 400, "REQUEST_INVALID"],
    ["GET", "/api/v1/runs?nonsense=1", undefined, 400, "REQUEST_INVALID"],
    ["GET", "/api/v1/runs?after=nonsense", undefined, 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/pipelines/daily/trigger", '{"logical_date": 1e30}', 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/pipelines/daily/trigger", '{"logical_date": 0.5}', 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/pipelines/daily/backfills", '{"from": 0, "to": 1e300}', 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/runs/r-one/retry", '{"from": []}', 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/runs/r-one/retry", "{", 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/runs/r-one/tasks/load/mark", '{"state":"running"}', 400, "REQUEST_INVALID"],
    ["POST", "/api/v1/pipelines/load/trigger", `{"params":{"x":"${"y".repeat(1_100_000)}"}}`, 413, "BODY_TOO_LARGE"],
  ] as const)("%s %s is refused with a problem", async (method, url, payload, status, code) => {
    const { app } = await seeded();
    const headers = payload === undefined ? {} : { "content-type": "application/json" };
    const response = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.json()).toMatchObject({ type: `urn:engine:error:${code}`, status, code });
    expect(response.json().title).toMatch(/^[a-z][a-z' ]+$/);
    expect(ajv.validate("Problem", response.json())).toBe(true);
  });

  test("in another format is refused", async () => {
    const { app } = await seeded();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await app.inject({ method: "POST", url: "/api/v1/runs/r-one/cancel", headers, payload: "why=x" });
    expect(response.json()).toMatchObject({ status: 415, code: "MEDIA_TYPE" });
  });
});

describe("a log", () => {
  test("is read from a byte on", async () => {
    const { app } = await seeded();
    const part = (await app.inject("/api/v1/runs/r-one/tasks/load/attempts/1/log?from=10")).json();
    expect(part).toEqual({ lines: LOG.slice(1), size: 1000, next_offset: 30 });
  });

  test("comes whole as text", async () => {
    const { app } = await seeded();
    const response = await app.inject("/api/v1/runs/r-one/tasks/load/attempts/1/log/text");
    expect(response.body).toBe("line 1\nline 2\nline 3\n");
    expect(response.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(response.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("is followed as events, from the byte that was reached on", async () => {
    const { app } = await seeded();
    const url = "/api/v1/runs/r-one/tasks/load/attempts/1/log/follow";
    const { body } = await app.inject({ url, headers: { "last-event-id": "20" } });
    expect(body).toBe(
      `retry: 2000\n\nid: 30\nevent: line\ndata: ${JSON.stringify(LOG[2])}\n\nevent: end\ndata: {}\n\n`,
    );
  });
});

test("a log is searched for a text, and for what tells of an error", async () => {
  const { app } = await seeded();
  const find = async (query: string) =>
    (await app.inject(`/api/v1/runs/r-one/tasks/load/attempts/1/log/find?${query}`)).json();
  expect(await find("text=LINE&limit=2")).toEqual({
    found: [
      { offset: 0, text: "line 1" },
      { offset: 10, text: "line 2" },
    ],
    more: true,
  });
  expect(await find("text=line&from=20")).toEqual({ found: [{ offset: 20, text: "line 3" }], more: false });
  expect(await find("errors=true")).toEqual({ found: [], more: false });
});

test.each([
  ["ERROR: no such file", true],
  ["Traceback (most recent call last):", true],
  ["java.lang.IllegalStateException: no", true],
  ["panic: runtime error", true],
  ["0 errors, 0 failed", false],
  ["error_rate=0.01", false],
  ["all is well", false],
])("%j tells of an error: %j", (line, tells) => {
  expect(tellsOfError(line)).toBe(tells);
});

test("task runs of a pipeline's newest runs come without what only their own page needs", async () => {
  const { app } = await seeded();
  const { runs, task_runs } = (await app.inject("/api/v1/pipelines/load/task-runs")).json();
  expect(runs.map(({ run_id }: { run_id: string }) => run_id)).toEqual(["r-one"]);
  expect(task_runs[0]).toMatchObject({ run_id: "r-one", key: "load", state: "success", attempt: 1 });
  expect(task_runs[0].outputs).toBeUndefined();
});

test("days are counted by state", async () => {
  const served = await seeded();
  served.clock.advance(1);
  const { days } = (await served.app.inject("/api/v1/pipelines/load/days")).json();
  expect(days).toEqual([{ day: NEW_YEAR, states: { failed: 1 } }]);
});

test("days are those of the zone that is asked for", async () => {
  const served = await seeded();
  served.clock.advance(1);
  const days = async (zone: string) => {
    const answer = (await served.app.inject(`/api/v1/pipelines/load/days?zone=${encodeURIComponent(zone)}`)).json();
    return answer.days ?? answer.code;
  };
  // New Year in UTC is still the day before in New York.
  expect(await days("America/New_York")).toEqual([{ day: NEW_YEAR - 86_400_000, states: { failed: 1 } }]);
  expect(await days("Asia/Kolkata")).toEqual([{ day: NEW_YEAR, states: { failed: 1 } }]);
  expect(await days("Mars/Base")).toBe("ZONE_UNKNOWN");
});

test("approvals are the task runs that wait for a person, with their form", async () => {
  const source = "tasks: { ask: { approval: { message: Go?, form: { percent: 10 } } } }";
  const served = await serveFake({ sources: { "pipelines/deploy.yaml": source } });
  const run = new RunWriter("r-ask", { pipeline: "deploy" });
  await served.store.putPipelineVersion({
    version: run.row.version,
    pipeline: "deploy",
    file: "deploy.yaml",
    source,
    stored_at: 1,
  });
  await served.commit(run.create());
  await served.commit(run.start("ask"));
  await served.commit(run.wait("ask"));
  const { approvals } = (await served.app.inject("/api/v1/approvals")).json();
  expect(approvals).toMatchObject([{ pipeline: "deploy", run_id: "r-ask", key: "ask", message: "Go?" }]);
  expect(approvals[0].form).toEqual({ percent: { type: "integer", default: 10 } });
});

test("an approval asks what its log says, where its expressions are filled in", async () => {
  const source = 'tasks: { ask: { approval: "Deploy ${{ run.id }}?" } }';
  const log = ["Deploy r-ask?", "Now?", "answer with: engine approve r-ask 'ask'"].map((text, n) => ({
    ...{ at: NEW_YEAR, stream: "engine", text, next_offset: n + 1 },
  }));
  const served = await serveFake({ sources: { "pipelines/deploy.yaml": source }, log });
  const run = new RunWriter("r-ask", { pipeline: "deploy" });
  const { version } = run.row;
  await served.store.putPipelineVersion({ version, pipeline: "deploy", file: "deploy.yaml", source, stored_at: 1 });
  await served.commit(run.create());
  await served.commit(run.start("ask"));
  await served.commit(run.wait("ask"));
  const { approvals } = (await served.app.inject("/api/v1/approvals")).json();
  expect(approvals).toMatchObject([{ key: "ask", message: "Deploy r-ask?\nNow?" }]);
});

test("a probe learns what keeps the daemon from its work", async () => {
  const { app } = await serveFake({ problems: ["the disk is full"] });
  expect((await app.inject("/healthz")).json()).toEqual({ status: "ok" });
  const ready = await app.inject("/readyz");
  expect([ready.statusCode, ready.json()]).toEqual([503, { ready: false, problems: ["the disk is full"] }]);
});

test("who asks too often has to wait", async () => {
  const { app } = await serveFake();
  for (let i = 0; i < 1_200; i++) expect((await app.inject("/api/v1/pools")).statusCode).toBe(200);
  const refused = await app.inject("/api/v1/pools");
  expect(refused.json()).toMatchObject({ status: 429, code: "TOO_MANY_REQUESTS" });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await app.inject("/healthz")).statusCode).toBe(200);
});

describe("the repository", () => {
  test("is asked or gone back in by those who may", async () => {
    const served = await serveFake({ git: A_REPOSITORY });
    const post = async (payload: object) =>
      (await served.app.inject({ method: "POST", url: "/api/v1/sync", payload })).json();
    expect(await post({})).toEqual({ result: "unchanged", git: A_REPOSITORY });
    expect(await post({ rollback: true })).toEqual({ result: "rolled_back", git: A_REPOSITORY });
    expect(served.asked.map(([name]) => name)).toEqual(["sync", "rollback"]);
  });

  test("is no page of a daemon that follows none", async () => {
    const { app } = await serveFake();
    const answer = await app.inject("/api/v1/git");
    expect([answer.statusCode, answer.json().code]).toEqual([404, "GIT_NOT_FOLLOWED"]);
  });
});

test("pipelines are listed with as many runs as are asked for, and their rate is that of all that are known", async () => {
  const served = await serveFake({ sources: SOURCES });
  for (let n = 1; n <= 5; n++) {
    const run = new RunWriter(`r-${n}`, { pipeline: "load", created_at: NEW_YEAR + n * MINUTE_MS });
    await served.commit(run.create());
    // The newest goes on, and one is called off.
    if (n === 4) await served.commit(run.finish("cancelled"));
    else if (n < 5) await served.commit(n === 3 ? run.finish("success") : run.finish("failed", "no"));
  }
  const list = async (query: string) => (await served.app.inject(`/api/v1/pipelines${query}`)).json().pipelines;
  expect((await list("")).map(({ name }: { name: string }) => name)).toEqual(["load", "plain"]);
  const [load, ...others] = await list("?runs=1&pipeline=load&pipeline=nobody");
  expect(others).toEqual([]);
  expect(load).toMatchObject({ recent_runs: [{ run_id: "r-5" }], last_ended: "cancelled", success_rate: 1 / 3 });
  expect((await list("?runs=0"))[0].recent_runs).toEqual([]);
  expect((await list(""))[0].recent_runs).toHaveLength(5);
  expect((await list(""))[1]).not.toHaveProperty("success_rate");
});

import { FINAL_RUN_STATES, FINAL_TASK_STATES, RUN_STATES, TASK_STATES } from "../core/index.ts";
import { BACKFILL_STATES } from "../engine/index.ts";

/*
 * What goes over the wire, in JSON Schema. From these comes the OpenAPI document; a test checks every answer against
 * them. Times are milliseconds since 1970 in UTC.
 */

type Schema = Readonly<Record<string, unknown>>;

export const TEXT = { type: "string" } as const;
export const FLAG = { type: "boolean" } as const;
export const COUNT = { type: "integer", minimum: 0 } as const;
/** From the year 1 to 9999: what every calendar and the store can hold. */
export const TIME = {
  type: "integer",
  minimum: -62_135_596_800_000,
  maximum: 253_402_300_799_999,
  description: "milliseconds since 1970 in UTC",
} as const;
const ANY_OBJECT = { type: "object", additionalProperties: true } as const;
const TEXTS = { type: "array", items: TEXT } as const;

export function ref(name: keyof typeof SCHEMAS): { readonly $ref: string } {
  return { $ref: `${name}#` };
}

export function listOf(items: Schema): Schema {
  return { type: "array", items };
}

function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

/** An object with these properties, all required but those named. */
export function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

/** The same with further properties, which are in docs/language.md and not said again here. */
function outlineOf(properties: Readonly<Record<string, Schema>>, optional: readonly string[]): Schema {
  return { ...record(properties, optional), additionalProperties: true };
}

const RUN_SUMMARY = {
  run_id: TEXT,
  state: { enum: RUN_STATES },
  trigger: { enum: ["manual", "schedule", "backfill", "pipeline", "api"] },
  logical_date: TIME,
  created_at: TIME,
  started_at: TIME,
  finished_at: TIME,
} as const;

/** A commit, and since when. */
const COMMIT = { commit: TEXT, at: TIME } as const;

export const SCHEMAS = {
  Problem: {
    ...record({ type: TEXT, title: TEXT, status: COUNT, detail: TEXT, code: TEXT, hint: TEXT, values: ANY_OBJECT }, [
      "hint",
      "values",
    ]),
    description: "An error, as RFC 9457 has them. `code` is in docs/errors.md.",
  },
  RunSummary: record(RUN_SUMMARY, ["started_at", "finished_at"]),
  Run: record(
    {
      ...RUN_SUMMARY,
      pipeline: TEXT,
      version: TEXT,
      by: TEXT,
      data_interval_start: TIME,
      data_interval_end: TIME,
      params: ANY_OBJECT,
      why: TEXT,
      seq: COUNT,
      unsent: COUNT,
      parent_run_id: TEXT,
      parent_key: TEXT,
      parent_attempt: COUNT,
      slot: TIME,
      idempotency_key: TEXT,
      backfill_id: TEXT,
      revision: TEXT,
      note: { ...record({ text: TEXT, by: TEXT, at: TIME }), description: "what somebody wrote about it" },
    },
    [
      ...["started_at", "finished_at", "why", "unsent", "parent_run_id", "parent_key", "parent_attempt", "slot"],
      ...["idempotency_key", "backfill_id", "revision", "note"],
    ],
  ),
  Git: record(
    {
      url: TEXT,
      path: TEXT,
      branch: TEXT,
      live: record(COMMIT),
      before: TEXT,
      seen: record(COMMIT),
      rolled_back: FLAG,
      synced_at: TIME,
      refused: record({ ...COMMIT, errors: COUNT, findings: listOf({ $ref: "Finding#" }) }),
      failure: record({ message: TEXT, first_at: TIME, times: COUNT }),
    },
    ["branch", "live", "before", "seen", "synced_at", "refused", "failure"],
  ),
  TaskRun: record(
    {
      run_id: TEXT,
      key: TEXT,
      task: TEXT,
      index: COUNT,
      state: { enum: TASK_STATES },
      attempt: COUNT,
      queued_at: TIME,
      started_at: TIME,
      finished_at: TIME,
      wake_at: TIME,
      outputs: ANY_OBJECT,
      failure: ANY_OBJECT,
      why: TEXT,
      item: {},
    },
    ["index", "queued_at", "started_at", "finished_at", "wake_at", "outputs", "failure", "why", "item"],
  ),
  Attempt: record(
    {
      run_id: TEXT,
      key: TEXT,
      attempt: COUNT,
      state: TEXT,
      epoch: COUNT,
      started_at: TIME,
      finished_at: TIME,
      exit_code: { type: "integer" },
      failure: ANY_OBJECT,
      metrics: listOf(ANY_OBJECT),
      warnings: TEXTS,
    },
    ["finished_at", "exit_code", "failure", "metrics", "warnings"],
  ),
  Paused: record({ at: TIME, by: TEXT, why: TEXT }, ["why"]),
  PipelineSummary: record(
    {
      name: TEXT,
      file: TEXT,
      version: TEXT,
      description: TEXT,
      owner: TEXT,
      tags: TEXTS,
      schedule: nullable(ANY_OBJECT),
      tasks: COUNT,
      next_slot: TIME,
      paused: { $ref: "Paused#" },
      broken: { type: "string", description: "what is wrong with its file; its last good version is live" },
      active_runs: COUNT,
      queued_runs: COUNT,
      required_params: { ...TEXTS, description: "params that a run has to be given: they have no default" },
      recent_runs: { ...listOf({ $ref: "RunSummary#" }), description: "the newest first, as many as were asked for" },
      last_ended: { enum: FINAL_RUN_STATES, description: "how the newest run that has ended did" },
      success_rate: {
        ...{ type: "number", minimum: 0, maximum: 1 },
        description: "of the newest 20 runs: the share that succeeded of those that did or failed",
      },
      freshness: {
        ...record({ target_ms: COUNT, last_success_at: TIME }, ["last_success_at"]),
        description: "how old the last success may be, as `slo` declares it, and when that was",
      },
    },
    [
      "description",
      "owner",
      "next_slot",
      "paused",
      "broken",
      "required_params",
      "last_ended",
      "success_rate",
      "freshness",
    ],
  ),
  BrokenFile: record({ file: TEXT, pipeline: TEXT, reason: TEXT }, ["pipeline"]),
  Task: {
    ...outlineOf(
      {
        id: TEXT,
        doc: TEXT,
        needs: TEXTS,
        trigger_rule: TEXT,
        if: TEXT,
        for_each: ANY_OBJECT,
        retries: ANY_OBJECT,
        timeout_ms: COUNT,
        pool: TEXT,
        pool_slots: COUNT,
        depends_on_past: { type: "boolean" },
        operator: TEXT,
        config: ANY_OBJECT,
        outputs: ANY_OBJECT,
      },
      ["doc", "if", "for_each", "timeout_ms", "pool"],
    ),
    description: "A task as it is compiled. Expressions stand in it as they are written.",
  },
  Pipeline: {
    ...outlineOf(
      {
        name: TEXT,
        file: TEXT,
        source: TEXT,
        version: TEXT,
        description: TEXT,
        doc: TEXT,
        owner: TEXT,
        tags: TEXTS,
        schedule: ANY_OBJECT,
        max_active_runs: COUNT,
        max_active_tasks: COUNT,
        timeout_ms: COUNT,
        params: {
          type: "object",
          additionalProperties: record({ schema: ANY_OBJECT, default: {} }, ["default"]),
        },
        tasks: listOf({ $ref: "Task#" }),
        notify: ANY_OBJECT,
        slo: record({ success_rate: { type: "number" }, max_duration_ms: COUNT, freshness_ms: COUNT }, [
          ...["success_rate", "max_duration_ms", "freshness_ms"],
        ]),
      },
      ["description", "doc", "owner", "schedule", "timeout_ms", "slo"],
    ),
    description: "A pipeline as it is compiled: defaults filled in, durations in milliseconds.",
  },
  SkippedSlots: record({
    pipeline: TEXT,
    reason: TEXT,
    first: TIME,
    last: TIME,
    count: COUNT,
    decided_at: TIME,
  }),
  Backfill: record(
    {
      backfill_id: TEXT,
      pipeline: TEXT,
      state: { enum: BACKFILL_STATES },
      by: TEXT,
      created_at: TIME,
      finished_at: TIME,
      from: TIME,
      to: TIME,
      reprocess: TEXT,
      max_active: COUNT,
      params: ANY_OBJECT,
      slots: { ...listOf(TIME), description: "those that it makes runs for, in that order" },
      decided: { ...COUNT, description: "how many of them are dealt with" },
    },
    ["finished_at"],
  ),
  SlotUse: record(
    {
      pool: { type: "string", description: "absent: the concurrency over all runs" },
      slots: COUNT,
      used: COUNT,
      holders: listOf(record({ run_id: TEXT, key: TEXT, slots: COUNT })),
      queued: listOf(record({ run_id: TEXT, key: TEXT, slots: COUNT, queued_at: TIME })),
    },
    ["pool"],
  ),
  Finding: record(
    {
      code: TEXT,
      name: TEXT,
      severity: TEXT,
      file: TEXT,
      line: COUNT,
      column: COUNT,
      message: TEXT,
      hint: TEXT,
    },
    ["hint"],
  ),
  LogLine: record({ at: TIME, stream: TEXT, text: TEXT, next_offset: COUNT }),
  AuditEntry: record({ at: TIME, by: TEXT, role: TEXT, action: TEXT, target: TEXT, detail: ANY_OBJECT }, ["detail"]),
} as const satisfies Readonly<Record<string, Schema>>;

/** What a task can be marked. */
export const MARKS = FINAL_TASK_STATES.filter((state) => ["success", "failed", "skipped"].includes(state));

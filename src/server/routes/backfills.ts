import { type BackfillRequest, EngineError } from "../../engine/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import type { Route } from "../route.ts";
import { FLAG, listOf, record, ref, TEXT, TIME } from "../schemas.ts";

/** Backfills that are listed when nobody says how many. Each holds its slots. */
const LISTED_DEFAULT = 20;
const LISTED_MAX = 100;

const RANGE = record(
  {
    from: { ...TIME, description: "slots from this moment, in milliseconds since 1970 in UTC" },
    to: { ...TIME, description: "slots to this moment, itself included" },
    reprocess: { enum: ["none", "failed", "all"], description: "what becomes of slots that have a run; `none`" },
    max_active: { type: "integer", description: "its runs that may be unfinished at once; as many as of the pipeline" },
    reverse: { ...FLAG, description: "the newest slot first" },
    params: { type: "object", additionalProperties: true },
  },
  ["reprocess", "max_active", "reverse", "params"],
);

export const backfillRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/pipelines/:pipeline/backfills",
    role: "operator",
    tag: "backfills",
    summary: "Run the slots of a range of the past",
    body: RANGE,
    status: 201,
    answer: ref("Backfill"),
    handle: ({ params: { pipeline = "" }, body, who }, { api }) => api.actions.backfill(who, requestOf(pipeline, body)),
  },
  {
    method: "POST",
    path: "/pipelines/:pipeline/backfills/preview",
    role: "operator",
    tag: "backfills",
    summary: "What a backfill would do with each slot of its range, the oldest first",
    body: RANGE,
    answer: record({
      slots: listOf(
        record({ slot: TIME, fate: { enum: ["run", "run_again", "left_out"] }, run_id: TEXT, state: TEXT }, [
          "run_id",
          "state",
        ]),
      ),
    }),
    async handle({ params: { pipeline = "" }, body }, { api }) {
      return { slots: await api.actions.previewBackfill(requestOf(pipeline, body)) };
    },
  },
  {
    method: "GET",
    path: "/backfills",
    role: "viewer",
    tag: "backfills",
    summary: "Backfills, the newest first",
    query: record({ pipeline: TEXT, limit: { type: "integer", minimum: 1, maximum: LISTED_MAX } }, [
      "pipeline",
      "limit",
    ]),
    answer: record({ backfills: listOf(ref("Backfill")) }),
    async handle({ query }, { api }) {
      const { pipeline, limit = LISTED_DEFAULT } = query as { readonly pipeline?: string; readonly limit?: number };
      return { backfills: await api.store.listBackfills(limit, pipeline) };
    },
  },
  {
    method: "GET",
    path: "/backfills/:backfill",
    role: "viewer",
    tag: "backfills",
    summary: "A backfill: what it was asked for, its slots, and how far it is",
    answer: ref("Backfill"),
    async handle({ params: { backfill = "" } }, { api }) {
      const row = await api.store.getBackfill(backfill);
      if (row === undefined) throw new EngineError("BACKFILL_NOT_FOUND", { backfill });
      return row;
    },
  },
  {
    method: "POST",
    path: "/backfills/:backfill/cancel",
    role: "operator",
    tag: "backfills",
    summary: "Make no further runs, and cancel those that have not ended",
    answer: record({}),
    async handle({ params: { backfill = "" }, who }, { api }) {
      await api.actions.cancelBackfill(who, backfill);
      return {};
    },
  },
];

/** The body is checked against its schema. */
function requestOf(pipeline: string, body: JsonObject): BackfillRequest {
  return { reprocess: "none", reverse: false, params: {}, ...body, pipeline } as unknown as BackfillRequest;
}

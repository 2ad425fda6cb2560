import type { FastifyReply, FastifyRequest } from "fastify";
import type { JsonObject } from "../lib/index.ts";
import type { Role, ServerApi, Who } from "./api.ts";
import type { EventFeed } from "./event-feed.ts";
import type { RecentRuns } from "./recent-runs.ts";

/** What a request asks, checked against the route's schemas. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: JsonObject;
  readonly who: Who;
  readonly request: FastifyRequest;
  /** For answers that are no JSON. */
  readonly reply: FastifyReply;
}

/** What a route has to answer from. */
export interface Sources {
  readonly api: ServerApi;
  readonly recent: RecentRuns;
  readonly feed: EventFeed;
}

type Schema = Readonly<Record<string, unknown>>;

/** One address of the API: who may ask, with what, and what is answered. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`, as Fastify writes it. */
  readonly path: string;
  readonly role: Role;
  readonly tag: string;
  readonly summary: string;
  readonly query?: Schema;
  readonly body?: Schema;
  /** Of the answer; a text names its media type when it is no JSON. */
  readonly answer: Schema | string;
  /** Default: 200. */
  readonly status?: number;
  readonly handle: (asked: Asked, sources: Sources) => Promise<unknown>;
}

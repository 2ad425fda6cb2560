import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import fastify, { type FastifyInstance } from "fastify";
import type { JsonObject } from "../../lib/index.ts";
import { type LabelQuestion, type PreviewSource, type Question, SourceError } from "../../monitoring/index.ts";
import { CONTENT_POLICY, Page, problemOf, refuseOtherNames } from "../../server/index.ts";

export interface PreviewServerOptions {
  /** Dashboards as Grafana takes them. */
  readonly boards: readonly JsonObject[];
  readonly source: PreviewSource;
  /** The folder of the built page. */
  readonly page: string;
  /** 0: one that is free. */
  readonly port: number;
}

export interface PreviewServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): Promise<void>;
}

/** This machine alone: nobody logs in to a preview. */
const HOST = "127.0.0.1";
/** Prometheus gives no more points of a series either. */
const POINTS_MAX = 11_000;

const TIME = { type: "number", minimum: 0 };
const TEXT = { type: "string", minLength: 1 };
const QUESTION = {
  type: "object",
  required: ["expr", "start", "end", "step"],
  properties: {
    ...{ expr: TEXT, start: TIME, end: TIME },
    unit: { type: "string", default: "short" },
    step: { type: "number", exclusiveMinimum: 0 },
  },
};
const LABEL_QUESTION = {
  type: "object",
  required: ["label", "start", "end"],
  properties: { label: TEXT, match: TEXT, start: TIME, end: TIME },
};

/** Serves the page, the boards, and the source's answers to the page. Rejects when the port can't be had. */
export async function startPreview({ boards, source, page, port }: PreviewServerOptions): Promise<PreviewServer> {
  const app: FastifyInstance = fastify({ forceCloseConnections: true });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_POLICY, strictTransportSecurity: false });
  app.addHook("onRequest", async (request) => refuseOtherNames(request));
  app.addHook("onSend", async (request, reply) => {
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
  });
  app.setErrorHandler((error, _, reply) => {
    if (error instanceof SourceError) return reply.code(502).send({ error: error.message });
    const { status, detail } = problemOf(error);
    return reply.code(status).send({ error: detail });
  });
  const files = new Page(page);
  app.setNotFoundHandler((request, reply) => {
    if (files.answer(request, reply)) return reply;
    return reply.code(404).send({ error: `there is nothing at ${request.url}` });
  });
  const list = boards.map(({ uid = "", title = "", description = "", tags = [] }) => ({
    ...{ uid, title, description, tags },
  }));
  app.get("/api/boards", async () => ({ source: source.about, boards: list }));
  app.get("/api/boards/:uid", async (request, reply) => {
    const { uid } = request.params as { readonly uid: string };
    return (
      boards.find((board) => board.uid === uid) ?? reply.code(404).send({ error: `no dashboard is called ${uid}` })
    );
  });
  app.get("/api/series", { schema: { querystring: QUESTION } }, async (request, reply) => {
    const question = request.query as Question;
    const points = (question.end - question.start) / question.step;
    if (points < 0 || points > POINTS_MAX) return reply.code(400).send({ error: "too many points are asked for" });
    return { series: await source.series(question) };
  });
  app.get("/api/label-values", { schema: { querystring: LABEL_QUESTION } }, async (request) => ({
    values: await source.labelValues(request.query as LabelQuestion),
  }));
  await app.listen({ host: HOST, port });
  const { port: given } = app.server.address() as AddressInfo;
  return { url: `http://${HOST}:${given}`, close: () => app.close() };
}

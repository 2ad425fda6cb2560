import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { JsonObject } from "../lib/index.ts";
import type { ServerApi, Who } from "./api.ts";
import { ANYBODY, Authenticator, mayAs, refuseOtherNames, refuseOtherSites } from "./auth.ts";
import { EventFeed } from "./event-feed.ts";
import { OpenStreams } from "./open-streams.ts";
import { CONTENT_POLICY, Page } from "./page.ts";
import { problemOf, RequestError } from "./problems.ts";
import { RecentRuns } from "./recent-runs.ts";
import type { Route, Sources } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { record, SCHEMAS, TEXT } from "./schemas.ts";
import { addSessionRoutes } from "./session.ts";
import { TokenCheck } from "./tokens.ts";

/** Where and how the server listens. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether a token is needed. */
  readonly auth: "none" | "token";
  /** Files of a certificate and its key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The folder with the built web page. Default: the package's own. */
  readonly page?: string;
  readonly onTrouble: (message: string, cause: unknown) => void;
}

export interface Server {
  /** Such as `http://127.0.0.1:8420`. */
  readonly url: string;
  close(): Promise<void>;
}

const API = "/api/v1";
/** The largest body, in bytes: params of a run. */
const BODY_MAX_BYTES = 1024 * 1024;
/** Requests that one address may make in a minute. A page of a busy site makes a few a second. */
const REQUESTS_A_MINUTE = 1_200;

/** Builds the server and listens. Rejects when the address is taken or the certificate can't be read. */
export async function startServer(api: ServerApi, options: ServerOptions): Promise<Server> {
  const feed = new EventFeed();
  const recent = new RecentRuns(api.store);
  const app = await buildApp(api, options, feed, recent);
  await app.listen({ host: options.host, port: options.port });
  // So that the first page does not wait for it. What fails is asked for again.
  recent.of([...api.catalog().pipelines.keys()]).catch(() => {});
  const { port } = app.server.address() as AddressInfo;
  const name = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${name}:${port}`,
    async close() {
      feed.close();
      await app.close();
    },
  };
}

/** The app without a socket, for the OpenAPI document and for tests. */
export async function buildApp(
  api: ServerApi,
  options: ServerOptions,
  feed: EventFeed,
  recent = new RecentRuns(api.store),
): Promise<FastifyInstance> {
  const { tls } = options;
  const https = tls === undefined ? null : { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
  const app = fastify({
    https,
    bodyLimit: BODY_MAX_BYTES,
    forceCloseConnections: true,
    // A query may name one pipeline or several.
    ajv: { customOptions: { coerceTypes: "array", removeAdditional: false, allErrors: false } },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance;
  // What handlers answer is checked by tests; here it would only cost, and drop what a schema forgot.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) options.onTrouble(`${request.method} ${request.url} failed`, error);
    if (error instanceof RequestError && error.retry_after_s !== undefined) {
      reply.header("retry-after", error.retry_after_s);
    }
    if (problem.status === 401) reply.header("www-authenticate", challengeFor(request));
    return reply.code(problem.status).type("application/problem+json").send(problem);
  });
  const page = new Page(options.page);
  app.setNotFoundHandler((request, reply) => {
    if (page.answer(request, reply)) return reply;
    throw new RequestError(
      "NOT_FOUND",
      `there is nothing at ${request.method} ${request.url}; see ${API}/openapi.json`,
    );
  });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_POLICY, strictTransportSecurity: tls !== undefined });
  await app.register(rateLimit, {
    max: REQUESTS_A_MINUTE,
    timeWindow: "1 minute",
    errorResponseBuilder: (_, { ttl }) =>
      new RequestError("TOO_MANY_REQUESTS", `more than ${REQUESTS_A_MINUTE} requests a minute`, Math.ceil(ttl / 1000)),
  });
  await app.register(swagger, { openapi: OPENAPI, refResolver: { buildLocalReference: ({ $id }) => String($id) } });
  for (const [name, schema] of Object.entries(SCHEMAS)) app.addSchema({ ...schema, $id: name });
  const sources = { api, feed, recent };
  const stop = api.subscribe((happening) => {
    if (happening.type === "run") sources.recent.changed(happening.run);
    feed.publish(happening);
  });
  app.addHook("onClose", async () => stop());
  app.addHook("onRequest", async (request) => {
    if (options.auth === "none") refuseOtherNames(request);
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    api.httpRequest({ method: request.method, route, code: reply.statusCode, seconds: reply.elapsedTime / 1000 });
  });
  const authenticator = new Authenticator(new TokenCheck(api.about.data), api.now);
  const whoAsks = (request: FastifyRequest): Who =>
    options.auth === "none" ? ANYBODY : authenticator.whoAsks(request);
  const streams = new OpenStreams();
  app.addHook("onClose", async () => streams.close());
  app.addHook("preHandler", async (request, reply) => {
    const role = STREAMS.get(request.routeOptions.url ?? "");
    if (role !== undefined && options.auth === "token") {
      streams.add(reply.raw, () => authenticator.mayStill(request, role));
    }
  });
  for (const route of ROUTES) addRoute(app, route, sources, whoAsks);
  addPlainRoutes(app, api, whoAsks);
  addSessionRoutes(app, `${API}/session`, {
    whose: (token, address) => (options.auth === "none" ? ANYBODY : authenticator.whose(token, address)),
    isSecure: tls !== undefined,
  });
  await app.ready();
  return app;
}

/** The addresses that answer for as long as somebody listens, and the role for each. */
const STREAMS = new Map(
  ROUTES.filter(({ answer }) => answer === "text/event-stream").map(({ path, role }) => [`${API}${path}`, role]),
);

function addRoute(app: FastifyInstance, route: Route, sources: Sources, whoAsks: (r: FastifyRequest) => Who): void {
  const { method, path, role, query, body, answer, status = 200, summary, tag } = route;
  const content = typeof answer === "string" ? { content: { [answer]: { schema: TEXT } } } : answer;
  app.route({
    method,
    url: `${API}${path}`,
    schema: {
      operationId: operationId(method, path),
      summary,
      tags: [tag],
      description: `For the role ${role}.`,
      params: paramsOf(path),
      ...(query !== undefined && { querystring: query }),
      ...(body !== undefined && { body }),
      response: {
        [status]: { description: "What was asked for.", ...content },
        default: {
          description: "What went wrong.",
          content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
        },
      },
    },
    // Who asks comes before what: a stranger learns nothing of what a body should be.
    preValidation: async (request) => {
      refuseOtherSites(request);
      const who = whoAsks(request);
      if (!mayAs(who.role, role)) {
        throw new RequestError("FORBIDDEN", `this needs the role ${role}, and ${who.by} has ${who.role}`);
      }
      if (method !== "GET") request.body ??= {};
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const result = await route.handle(
        {
          params: request.params as Readonly<Record<string, string>>,
          query: request.query as Readonly<Record<string, unknown>>,
          body: (request.body ?? {}) as JsonObject,
          who: whoAsks(request),
          request,
          reply,
        },
        sources,
      );
      if (result === reply) return reply;
      reply.header("cache-control", "no-store");
      return reply.code(status).send(result);
    },
  });
}

/** What probes, Prometheus and programs ask for, outside of the API's own addresses. */
function addPlainRoutes(app: FastifyInstance, api: ServerApi, whoAsks: (request: FastifyRequest) => Who): void {
  // Probes ask for ever, and from few addresses.
  const hide = { schema: { hide: true }, config: { rateLimit: false } };
  app.get("/healthz", hide, async () => ({ status: "ok" }));
  app.get("/readyz", hide, async (_, reply) => {
    const problems = await api.problems();
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });
  app.get("/metrics", hide, async (request, reply) => {
    whoAsks(request);
    const { contentType, body } = await api.metrics();
    return reply.type(contentType).send(body);
  });
  app.get(`${API}/openapi.json`, hide, async () => app.swagger());
}

/** How to send a token. The page has a form for it, and a browser that is told of basic auth would put its own before that. */
function challengeFor({ headers }: FastifyRequest): string {
  const mode = headers["sec-fetch-mode"];
  const isScript = mode !== undefined && mode !== "navigate";
  return `Bearer realm="engine"${isScript ? "" : ', Basic realm="engine"'}`;
}

const OPENAPI = {
  openapi: "3.1.0",
  info: {
    title: "Engine",
    description: "Pipelines, their runs and what can be done with them.",
    version: "1",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/" }],
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" }, basic: { type: "http", scheme: "basic" } },
  },
  security: [{ token: [] }, { basic: [] }, {}],
} satisfies FastifyDynamicSwaggerOptions["openapi"];

function operationId(method: string, path: string): string {
  const words = path.split("/").filter((word) => word !== "");
  return [method.toLowerCase(), ...words.map((word) => word.replace(/^:/, "by-"))].join("-");
}

function paramsOf(path: string): object {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  return record(Object.fromEntries(names.map((name) => [name, TEXT])));
}

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Who } from "./api.ts";
import { refuseOtherSites, sessionCookie } from "./auth.ts";
import { record, TEXT } from "./schemas.ts";

/*
 * Logging in to the page: a token is exchanged for a cookie that scripts can't read, and that the browser sends with all
 * that the page asks.
 */

interface SessionOptions {
  /** Whose the token is. Throws a `RequestError` for a wrong one. */
  readonly whose: (token: string, address: string) => Who;
  /** Whether the server itself speaks TLS. Behind one that does for it, the page's own address says so. */
  readonly isSecure: boolean;
}

export function addSessionRoutes(app: FastifyInstance, url: string, { whose, isSecure }: SessionOptions): void {
  const overTls = ({ headers }: FastifyRequest): boolean => isSecure || (headers.origin ?? "").startsWith("https:");
  const body = record({ token: { ...TEXT, minLength: 1, maxLength: 200, pattern: "^[\\w-]+$" } });
  app.post(url, { schema: { hide: true, body } }, async (request, reply) => {
    refuseOtherSites(request);
    const { token } = request.body as { readonly token: string };
    const who = whose(token, request.ip);
    reply.header("set-cookie", sessionCookie(token, overTls(request)));
    reply.header("cache-control", "no-store");
    return who;
  });
  app.delete(url, { schema: { hide: true } }, async (request, reply) => {
    refuseOtherSites(request);
    reply.header("set-cookie", sessionCookie(undefined, overTls(request)));
    return reply.code(204).send();
  });
}

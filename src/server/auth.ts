import type { FastifyRequest } from "fastify";
import type { EpochMs } from "../core/index.ts";
import { ROLES, type Role, type Who } from "./api.ts";
import { RequestError } from "./problems.ts";
import type { TokenCheck } from "./tokens.ts";

/** Who needs no token: whoever reaches a server that listens to its own machine alone. */
export const ANYBODY: Who = { by: "local", role: "admin" };

/** The cookie of the page's session: the token, which scripts can't read. */
const SESSION_COOKIE = "engine_session";

/** How long the page remembers a token, in seconds: thirty days. The token itself may run out before. */
const SESSION_S = 30 * 86_400;

/** After so many wrong tokens from one address it has to wait. */
const FAILURES_MAX = 10;
/** How long wrong tokens are remembered, in milliseconds. */
const FAILURES_FOR_MS = 60_000;
/** Addresses that are remembered: more are somebody who has many. */
const ADDRESSES_MAX = 10_000;

/** The header that has the browser keep a token for the page, or forget it. `secure`: over HTTPS alone. */
export function sessionCookie(token: string | undefined, secure: boolean): string {
  const kept = token === undefined ? "=; Max-Age=0" : `=${token}; Max-Age=${SESSION_S}`;
  return `${SESSION_COOKIE}${kept}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

/** Whether a role may what another may. */
export function mayAs(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}

/** Tells who asks, and has those wait who try tokens. */
export class Authenticator {
  readonly #tokens: TokenCheck;
  readonly #now: () => EpochMs;
  readonly #failures = new Map<string, { count: number; until: EpochMs }>();

  constructor(tokens: TokenCheck, now: () => EpochMs) {
    this.#tokens = tokens;
    this.#now = now;
  }

  /** Throws a `RequestError` when there is no token, a wrong one, or there were too many wrong ones. */
  whoAsks(request: FastifyRequest): Who {
    const token = tokenOf(request);
    if (token === undefined) throw new RequestError("UNAUTHENTICATED", "send `Authorization: Bearer TOKEN`");
    return this.whose(token, request.ip);
  }

  /** The same for a token that came another way. */
  whose(token: string, address: string): Who {
    const now = this.#now();
    const failed = this.#failures.get(address);
    if (failed !== undefined && failed.until <= now) this.#failures.delete(address);
    else if (failed !== undefined && failed.count >= FAILURES_MAX) {
      const wait_s = Math.ceil((failed.until - now) / 1000);
      throw new RequestError("TOO_MANY_REQUESTS", `too many wrong tokens: wait ${wait_s} s`, wait_s);
    }
    const who = this.#tokens.whose(token, now);
    if (who !== undefined) return who;
    this.#countFailure(address, now);
    throw new RequestError("UNAUTHENTICATED", "the token is unknown or has run out");
  }

  /** Whether who asked this once may do so still. Where that can't be told, they may not. */
  mayStill(request: FastifyRequest, wanted: Role): boolean {
    const token = tokenOf(request);
    try {
      const who = token === undefined ? undefined : this.#tokens.whose(token, this.#now());
      return who !== undefined && mayAs(who.role, wanted);
    } catch {
      return false;
    }
  }

  #countFailure(address: string, now: EpochMs): void {
    const { count = 0 } = this.#failures.get(address) ?? {};
    this.#failures.delete(address);
    this.#failures.set(address, { count: count + 1, until: now + FAILURES_FOR_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > ADDRESSES_MAX && oldest !== undefined) this.#failures.delete(oldest);
  }
}

/** As a bearer, as the password of basic auth (whatever the user), or in the page's cookie. */
function tokenOf({ headers }: FastifyRequest): string | undefined {
  const { authorization, cookie } = headers;
  const [, bearer] = /^bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  const [, basic] = /^basic +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (basic !== undefined)
    return Buffer.from(basic, "base64")
      .toString("utf8")
      .replace(/^[^:]*:/, "");
  return sessionOf(cookie);
}

function sessionOf(cookie: string | undefined): string | undefined {
  const pairs = (cookie ?? "").split(";").map((each) => each.trim());
  return pairs.find((each) => each.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1);
}

/**
 * Refuses a change that another site's page asks for: browsers say where a request comes from. Programs say nothing, and
 * are known by their token.
 */
export function refuseOtherSites({ method, headers }: FastifyRequest): void {
  if (method === "GET" || method === "HEAD") return;
  const { origin, host } = headers;
  if (headers["sec-fetch-site"] === "cross-site" || headers["sec-fetch-site"] === "same-site") {
    throw new RequestError("WRONG_ORIGIN", "a page of another site can't change anything here");
  }
  if (origin !== undefined && hostOf(origin) !== host) {
    throw new RequestError("WRONG_ORIGIN", `a page of ${origin} can't change anything here`);
  }
}

/** Without auth, a name that somebody pointed at this machine (DNS rebinding) is refused. */
export function refuseOtherNames({ headers }: FastifyRequest): void {
  const name = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name)) return;
  throw new RequestError("WRONG_ORIGIN", `without auth this server answers to localhost alone, not to ${name}`);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

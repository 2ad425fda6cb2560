import { EngineError, ERRORS, StoreError } from "../engine/index.ts";
import type { JsonObject } from "../lib/index.ts";

/*
 * Errors as RFC 9457 has them: application/problem+json, with the code of the registry (docs/errors.md).
 */

/** What is wrong with a request, beside what the engine itself refuses. */
const REQUEST_ERRORS = {
  NOT_FOUND: { status: 404, title: "there is nothing at this address" },
  REQUEST_INVALID: { status: 400, title: "the request is not as it should be" },
  BODY_TOO_LARGE: { status: 413, title: "the request is too large" },
  MEDIA_TYPE: { status: 415, title: "the body must be application/json" },
  UNAUTHENTICATED: { status: 401, title: "a token is needed" },
  FORBIDDEN: { status: 403, title: "the role doesn't allow this" },
  WRONG_ORIGIN: { status: 403, title: "the request comes from another site" },
  TOO_MANY_REQUESTS: { status: 429, title: "too many requests" },
  INTERNAL: { status: 500, title: "an error of the engine's own" },
} as const;
export type RequestErrorCode = keyof typeof REQUEST_ERRORS;

/** A request that is refused before the engine sees it. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly retry_after_s?: number;
  constructor(code: RequestErrorCode, detail: string, retry_after_s?: number) {
    super(detail);
    this.name = "RequestError";
    this.code = code;
    if (retry_after_s !== undefined) this.retry_after_s = retry_after_s;
  }
}

export interface Problem {
  /** `urn:engine:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong this time. */
  readonly detail: string;
  readonly code: string;
  /** What to do. */
  readonly hint?: string;
  /** What the text was filled in with. */
  readonly values?: JsonObject;
}

/** What of Fastify's own errors has a name with us. */
const FASTIFY_CODES: Readonly<Record<string, RequestErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "REQUEST_INVALID",
  FST_ERR_CTP_INVALID_JSON_BODY: "REQUEST_INVALID",
  FST_ERR_VALIDATION: "REQUEST_INVALID",
  FST_ERR_BAD_URL: "REQUEST_INVALID",
};

/** Any error as a problem. What nobody expected says nothing of the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof EngineError) {
    const { code, message, hint, values } = error;
    // The same each time, so without what the text is filled in with.
    const title = code.toLowerCase().replaceAll("_", " ");
    return { type: typeOf(code), title, status: ERRORS[code].http_status, detail: message, code, hint, values };
  }
  if (error instanceof RequestError) return requestProblem(error.code, error.message);
  if (error instanceof StoreError) {
    if (error.code === "bad_cursor") return requestProblem("REQUEST_INVALID", error.message);
    const code = `STORE_${error.code.toUpperCase()}`;
    return { type: typeOf(code), title: "the store can't do it", status: 503, detail: error.message, code };
  }
  const { code, message, statusCode } = (error ?? {}) as { code?: string; message?: string; statusCode?: number };
  const known = code === undefined ? undefined : FASTIFY_CODES[code];
  if (known !== undefined) return requestProblem(known, message ?? "");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return requestProblem("REQUEST_INVALID", message ?? "");
  }
  return requestProblem("INTERNAL", "see the engine's log");
}

function requestProblem(code: RequestErrorCode, detail: string): Problem {
  const { status, title } = REQUEST_ERRORS[code];
  return { type: typeOf(code), title, status, detail, code };
}

function typeOf(code: string): string {
  return `urn:engine:error:${code}`;
}

import { resolve } from "node:path";
import type { AttemptOutcome, EpochMs, Failure } from "../../core/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";
import { BodyTooLarge, excerpt, excerptOf, readBody, type SavedBody, saveBody, textOf } from "./body.ts";
import { HttpFailure, refuse, shownUrl } from "./failure.ts";
import { buildRequest } from "./request.ts";
import { type Answer, send } from "./send.ts";
import { type Expectation, type HttpSettings, type StatusForm, withConnection } from "./settings.ts";

/** Of a body that is kept in memory, when the task doesn't say otherwise. */
const MEMORY_BYTES = 1024 * 1024;
/** What a body in memory may hold, whatever the task says. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/** Errors that may be gone the next time, though their status is that of a bad request. */
const WORTH_ANOTHER_TRY = new Set([408, 425, 429]);

/** What a request needs of its attempt. */
export type RequestHost = Pick<AttemptHost, "work" | "signal" | "stopReason" | "now" | "log" | "checkOutputs">;

/** A `Retry-After` is obeyed up to this: an hour. Who asks for more is asked again then. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** Sends the request of the attempt and makes its outcome of the answer. */
export async function exchange(host: RequestHost): Promise<AttemptOutcome> {
  const { work, signal } = host;
  const settings = withConnection(work.config, work.connection);
  try {
    if (signal.aborted) return stopped(host);
    const began = host.now();
    const request = buildRequest(settings, work);
    const sending = { settings, work, signal, log: (line: string) => host.log(line) };
    return await send(request, sending, (answer) => settle(answer, settings, host, began));
  } catch (error) {
    if (host.stopReason !== undefined) return stopped(host);
    if (error instanceof HttpFailure) return { state: "failed", failure: error.failure };
    throw error;
  }
}

function stopped({ stopReason = "cancelled" }: RequestHost): AttemptOutcome {
  const how = stopReason === "timeout" ? "took longer than its timeout" : "was cancelled";
  return { state: "failed", failure: { reason: stopReason, message: `the request ${how}` } };
}

async function settle(
  answer: Answer,
  settings: HttpSettings,
  host: RequestHost,
  began: number,
): Promise<AttemptOutcome> {
  const { status, headers, url } = answer;
  const expect = settings.expect ?? {};
  const type = headers["content-type"] ?? "";
  if (!isAccepted(status, expect.status)) {
    const excerpt = await excerptOf(answer.body, headers["content-encoding"] ?? "", type);
    host.log(`status ${status}`);
    throw new HttpFailure(statusFailure(answer, excerpt, host.now()));
  }
  const body = await bodyOf(answer, settings, host);
  const elapsed_ms = host.now() - began;
  host.log(`status ${status}, ${body.size} bytes, ${elapsed_ms} ms${type === "" ? "" : `, ${type}`}`);
  try {
    const { size, text } = body;
    const json = text === null ? undefined : parsed(text);
    const response = { status, headers, text, json: json ?? null, size, url: url.href, elapsed_ms };
    if (json === undefined && wantsJson(settings, host)) throw new HttpFailure(notJson(answer, text));
    checkExpectations(answer, expect, response, host);
    const checked = await host.checkOutputs(byName(json, host), { response });
    if (!checked.ok) return { state: "failed", failure: { reason: "output_invalid", message: checked.message } };
    await body.saved?.keep();
    return { state: "success", outputs: checked.outputs };
  } finally {
    await body.saved?.drop();
  }
}

interface ReadBody {
  readonly size: number;
  /** Null when it is in a file. */
  readonly text: string | null;
  readonly saved?: SavedBody;
}

async function bodyOf(
  answer: Answer,
  { save_to, max_bytes }: HttpSettings,
  { work, signal }: RequestHost,
): Promise<ReadBody> {
  const encodings = answer.headers["content-encoding"] ?? "";
  const bytes_max =
    save_to === undefined ? Math.min(max_bytes ?? MEMORY_BYTES, MEMORY_BYTES_MAX) : (max_bytes ?? Infinity);
  const path = save_to === undefined ? undefined : resolve(work.cwd, save_to);
  try {
    if (path === undefined) {
      const bytes = await readBody(answer.body, encodings, bytes_max);
      return { size: bytes.length, text: textOf(bytes, answer.headers["content-type"] ?? "") };
    }
    const saved = await saveBody(answer.body, encodings, { path, name: `${work.run_id}-${work.attempt}`, bytes_max });
    return { size: saved.bytes, text: null, saved };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HttpFailure(bodyFailure(error as NodeJS.ErrnoException, answer, bytes_max, path));
  }
}

function bodyFailure(
  error: NodeJS.ErrnoException,
  answer: Answer,
  bytes_max: number,
  path: string | undefined,
): Failure {
  const failed = (why: string): Failure => ({
    reason: "response_invalid",
    message: `${named(answer)}: ${why}`,
    status: answer.status,
  });
  if (error instanceof BodyTooLarge) {
    const hint = path === undefined ? "write it to a file with `save_to`, or raise `max_bytes`" : "raise `max_bytes`";
    return { ...failed(`the body holds more than ${bytes_max} bytes, or never ends: ${hint}`), final: true };
  }
  if (error.code === "UND_ERR_BODY_TIMEOUT") {
    const why = "the body stopped coming for five minutes; set the task's `timeout` if it may take longer";
    return { ...failed(why), reason: "timeout" };
  }
  if (error.syscall !== undefined && path !== undefined && error.path !== undefined) {
    return { ...failed(`the body can't be written to ${path}: ${error.code}`), reason: "operator_failed" };
  }
  if (error.code?.startsWith("Z_") || error.code?.startsWith("ERR__ERROR")) {
    return failed(
      `the body is cut off or isn't compressed as it says (${answer.headers["content-encoding"]}): ${error.message}`,
    );
  }
  return failed(`the body was cut off: ${error.message}`);
}

// ---------------------------------------------------------------------------------------------
// What is expected

function isAccepted(status: number, expected: Expectation["status"] = "2xx"): boolean {
  const forms = (Array.isArray(expected) ? expected : [expected]) as readonly StatusForm[];
  return forms.some(
    (form) => String(form).replace(/xx$/, "") === String(status).slice(0, /xx$/.test(String(form)) ? 1 : 3),
  );
}

function statusFailure(answer: Answer, excerpt: string, now: EpochMs): Failure {
  const { status, headers } = answer;
  const said = excerpt === "" ? "" : `: ${excerpt}`;
  if (status < 400) {
    return {
      reason: "unexpected",
      message: `${named(answer)}: status ${status} is not the one that is expected${said}`,
      status,
    };
  }
  const after = headers["retry-after"];
  const wait = after === undefined ? "" : ` (it asks to wait: Retry-After ${after})`;
  const wait_ms = retryAfterMs(after, now);
  const failure: Failure = {
    reason: "refused",
    message: `${named(answer)}: status ${status}${wait}${said}`,
    status,
    ...(wait_ms > 0 && { retry_after_ms: wait_ms }),
  };
  return status >= 500 || WORTH_ANOTHER_TRY.has(status) ? failure : { ...failure, final: true };
}

/** How long a `Retry-After` asks to wait: seconds, or a date. 0 when there is none, or it is neither. */
function retryAfterMs(after: string | undefined, now: EpochMs): number {
  if (after === undefined) return 0;
  const wait_ms = /^\d+$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - now;
  return wait_ms > 0 ? Math.min(wait_ms, RETRY_AFTER_MAX_MS) : 0;
}

function checkExpectations(answer: Answer, expect: Expectation, response: JsonObject, { work }: RequestHost): void {
  const failed = (why: string): never => {
    throw new HttpFailure({ reason: "unexpected", message: `${named(answer)}: ${why}`, status: answer.status });
  };
  const worked = (what: string, text: string): JsonValue => {
    const evaluated = work.evaluate(text, { response });
    return evaluated.ok ? evaluated.value : failed(`${what} can't be evaluated: ${evaluated.message}`);
  };
  for (const [name, text] of Object.entries(expect.headers ?? {})) {
    const wanted = String(worked(`\`expect.headers.${name}\``, text));
    const found = answer.headers[name.toLowerCase()];
    // `text/html` is met by `text/html; charset=utf-8`.
    if (found !== wanted && !found?.startsWith(`${wanted};`)) {
      failed(
        `the header ${name} is ${found === undefined ? "not there" : JSON.stringify(excerpt(found))}, not ${JSON.stringify(wanted)}`,
      );
    }
  }
  if (expect.body === undefined) return;
  const holds = worked("`expect.body`", expect.body);
  if (holds !== true) {
    const begins =
      typeof response.text === "string" ? `; the body begins ${JSON.stringify(excerpt(response.text))}` : "";
    failed(`\`expect.body\` gave ${JSON.stringify(holds)} instead of true: ${expect.body}${begins}`);
  }
}

// ---------------------------------------------------------------------------------------------
// Outputs

/** Whether the task looks into the body: by an output without a `value`, or in an expression. */
function wantsJson({ expect }: HttpSettings, { work }: RequestHost): boolean {
  const asks = (text: string | undefined): boolean => /\bresponse\s*(?:\.\s*json\b|\[\s*["']json["'])/.test(text ?? "");
  if (Object.keys(work.outputs).some((name) => !Object.hasOwn(work.output_values, name))) return true;
  return asks(expect?.body) || Object.values(work.output_values).some(asks);
}

function notJson(answer: Answer, text: string | null): Failure {
  if (text === null)
    return refuse(
      "the outputs are in the body, which `save_to` writes to a file: give them a `value`, or leave `save_to` out",
    );
  const type = answer.headers["content-type"] ?? "no content type";
  const begins = text === "" ? "it is empty" : `it begins ${JSON.stringify(excerpt(text))}`;
  return {
    reason: "response_invalid",
    message: `${named(answer)}: the body was to be JSON, and is not (${type}): ${begins}`,
    status: answer.status,
  };
}

/** The declared outputs without a `value`, by the keys of that name in the body. */
function byName(json: JsonValue | undefined, { work }: RequestHost): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return {};
  const wanted = Object.keys(work.outputs).filter((name) => !Object.hasOwn(work.output_values, name));
  return Object.fromEntries(
    wanted.filter((name) => Object.hasOwn(json, name)).map((name) => [name, json[name] as JsonValue]),
  );
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function named({ method, url }: Answer): string {
  return `${method} ${shownUrl(url)}`;
}

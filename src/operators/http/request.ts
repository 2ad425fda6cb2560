import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { AttemptWork } from "../../engine/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import { refuse } from "./failure.ts";
import type { HttpSettings, Scalar } from "./settings.ts";

/** A request that is ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

export type RequestBody = { readonly text: string } | { readonly path: string; readonly bytes: number };

/** Where a key is sent by which the other side knows a request that it has had before. */
const KEY_HEADER = "idempotency-key";

/** Puts the request together. What can't be one is refused, with a sentence that says what to change. */
export function buildRequest(settings: HttpSettings, work: AttemptWork): HttpRequest {
  const url = urlOf(settings, work.connection);
  const headers: Record<string, string> = {
    "user-agent": "engine",
    accept: "*/*",
    "accept-encoding": "gzip, deflate, br",
  };
  const { type, ...body } = bodyOf(settings, work.cwd);
  if (type !== undefined) headers["content-type"] = type;
  const authorization = authorizationOf(settings, url);
  url.username = url.password = url.hash = "";
  if (authorization !== undefined) headers.authorization = authorization;
  const { idempotency_key } = settings;
  if (idempotency_key !== false) {
    headers[idempotency_key === true ? KEY_HEADER : idempotency_key.toLowerCase()] = keyOf(work);
  }
  for (const [name, value] of Object.entries(settings.headers ?? {})) {
    if (value !== null) headers[name.toLowerCase()] = headerText(name, value);
  }
  return { method: settings.method, url, headers, ...body };
}

/** The same for every attempt of a task in a run, and for no other. */
function keyOf({ run_id, key }: AttemptWork): string {
  return createHash("sha256").update(`${run_id}/${key}`).digest("hex").slice(0, 32);
}

function urlOf({ url: written, query }: HttpSettings, connection: JsonObject | undefined): URL {
  const base =
    connection === undefined ? undefined : parsedUrl(connection.base_url as string, "the connection's `base_url`");
  const url = base === undefined ? parsedUrl(written, "`url`") : below(base, written);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    refuse(`\`url\` begins with ${url.protocol}, and this operator speaks http: and https: alone`);
  }
  if (base !== undefined && url.origin !== base.origin) {
    refuse(`\`url\` leads to ${url.host}, and the connection's credentials are for ${base.host}: give the path alone`);
  }
  for (const [name, value] of pairsOf(query ?? {})) url.searchParams.append(name, value);
  return url;
}

function parsedUrl(text: string, what: string): URL {
  const url = URL.parse(text);
  // The text isn't shown: what is no URL can hold a credential anywhere.
  if (url === null) refuse(`${what} is not a URL such as https://example.com/path`);
  return url;
}

/** A path goes below the one of the base, with or without a slash between. */
function below(base: URL, written: string): URL {
  if (URL.canParse(written)) return new URL(written);
  const folder = new URL(base);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const url = URL.parse(written.replace(/^\/+/, ""), folder.href);
  if (url === null) refuse("`url` is not a path such as /v1/models, nor a URL");
  url.username = base.username;
  url.password = base.password;
  for (const [name, value] of base.searchParams) url.searchParams.append(name, value);
  return url;
}

function pairsOf(values: NonNullable<HttpSettings["query"]>): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as Scalar[]) : [value as Scalar])
      .filter((each) => each !== null)
      .map((each): [string, string] => [name, typeof each === "object" ? JSON.stringify(each) : String(each)]),
  );
}

function bodyOf(settings: HttpSettings, cwd: string): { body?: RequestBody; type?: string } {
  const { json, form, body, file } = settings;
  if (json !== undefined) return { body: { text: JSON.stringify(json) }, type: "application/json" };
  if (form !== undefined) {
    const text = new URLSearchParams(pairsOf(form)).toString();
    return { body: { text }, type: "application/x-www-form-urlencoded" };
  }
  if (body !== undefined) {
    return {
      body: { text: typeof body === "string" ? body : JSON.stringify(body) },
      type: "text/plain; charset=utf-8",
    };
  }
  if (file === undefined) return {};
  const path = resolve(cwd, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true)
    refuse(`there is no file ${path} to send (\`file\` is relative to the task's \`cwd\`)`, "not_found");
  return { body: { path, bytes: found.size }, type: "application/octet-stream" };
}

function authorizationOf({ auth }: HttpSettings, url: URL): string | undefined {
  if (auth !== undefined && "bearer" in auth) return headerText("Authorization", `Bearer ${auth.bearer}`);
  if (auth === undefined && url.username === "" && url.password === "") return undefined;
  const basic = auth?.basic ?? { username: unescaped(url.username), password: unescaped(url.password) };
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`;
}

/** As it was before it was put into a URL; a `%` that escapes nothing stands for itself. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A line break in a header would begin another one. */
function headerText(name: string, value: Scalar): string {
  const text = String(value).trim();
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) {
    refuse(`the header ${name} holds a line break or another character that no header can have`);
  }
  return text;
}

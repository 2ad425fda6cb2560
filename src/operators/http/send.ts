import { createReadStream, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Dispatcher, default as Undici } from "undici";
import type { AttemptWork } from "../../engine/index.ts";
import { createMasker, parseDuration } from "../../lib/index.ts";
import { HttpFailure, refuse, shownUrl, transportFailure } from "./failure.ts";
import { proxyFor } from "./proxy.ts";
import { type HttpRequest, unescaped } from "./request.ts";
import type { HttpSettings, Tls } from "./settings.ts";

/** Of a task without a time-out, the other side may be silent for this long. */
const SILENCE_MS = 300_000;

/** Statuses that send a request elsewhere. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** An answer whose body is still to be read. */
export interface Answer {
  readonly method: string;
  /** Where it came from: the last address that redirects led to. */
  readonly url: URL;
  readonly status: number;
  /** Names in lower case; several of one name are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export interface Sending {
  readonly settings: HttpSettings;
  readonly work: AttemptWork;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * Sends the request, follows redirects, and lets `use` read the answer; the connections are closed after it.
 * Aborted, it rejects; every other end without an answer is an `HttpFailure`.
 */
export async function send<T>(request: HttpRequest, sending: Sending, use: (answer: Answer) => Promise<T>): Promise<T> {
  // Loaded when it is needed: a command that only looks at pipelines starts without it.
  // By its default export, which it has both as it is and in a bundle.
  const { default: undici } = await import("undici");
  const open: Dispatcher[] = [];
  try {
    let current = request;
    for (let followed = 0; ; followed++) {
      const dispatcher = dispatcherFor(undici, current.url, sending);
      open.push(dispatcher.dispatcher);
      sending.log(`${current.method} ${shownUrl(current.url)}`);
      const answer = await sendOne(undici, current, dispatcher, sending);
      const next = nextOf(current, answer, followed, sending);
      if (next === undefined) return await use(answer);
      answer.body.on("error", () => {}).destroy();
      sending.log(`status ${answer.status}, on to ${shownUrl(next.url)}`);
      current = next;
    }
  } finally {
    await Promise.all(open.map((dispatcher) => dispatcher.destroy()));
  }
}

interface Way {
  readonly dispatcher: Dispatcher;
  /** The proxy's host. */
  readonly proxy?: string;
}

function dispatcherFor(undici: typeof Undici, url: URL, { settings, work }: Sending): Way {
  const { connect_timeout, tls = {}, proxy: asked } = settings;
  const silence_ms = work.timeout_ms === undefined ? SILENCE_MS : 0;
  const secure = { ...tlsOptions(tls, work.cwd), timeout: parseDuration(connect_timeout) ?? 0 };
  const common = { allowH2: false, headersTimeout: silence_ms, bodyTimeout: silence_ms };
  const proxy = proxyFor(url, asked, { ...process.env, ...work.env });
  if (proxy === undefined) return { dispatcher: new undici.Agent({ ...common, connect: secure }) };
  const user = `${unescaped(proxy.username)}:${unescaped(proxy.password)}`;
  const token = user === ":" ? {} : { token: `Basic ${Buffer.from(user).toString("base64")}` };
  const { origin, host } = proxy;
  const { timeout } = secure;
  return {
    dispatcher: new undici.ProxyAgent({ ...common, ...token, uri: origin, requestTls: secure, proxyTls: { timeout } }),
    proxy: host,
  };
}

function tlsOptions({ ca, cert, key, verify }: Tls, cwd: string) {
  const pem = (name: string, text: string | undefined) => {
    if (text === undefined) return {};
    if (text.includes("-----BEGIN ")) return { [name]: text };
    const path = resolve(cwd, text);
    try {
      return { [name]: readFileSync(path, "utf8") };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return refuse(`\`tls.${name}\` names ${path}, which can't be read: ${code}`, "not_found");
    }
  };
  return { ...pem("ca", ca), ...pem("cert", cert), ...pem("key", key), rejectUnauthorized: verify !== false };
}

async function sendOne(
  undici: typeof Undici,
  { method, url, headers, body }: HttpRequest,
  { dispatcher, proxy }: Way,
  { settings, signal }: Sending,
): Promise<Answer> {
  const length = body !== undefined && "path" in body ? { "content-length": String(body.bytes) } : {};
  try {
    const answer = await undici.request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: { ...headers, ...length },
      body: body === undefined ? null : "path" in body ? createReadStream(body.path) : body.text,
      signal,
    });
    const joined = Object.entries(answer.headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]);
    return { method, url, status: answer.statusCode, headers: Object.fromEntries(joined), body: answer.body };
  } catch (error) {
    if (signal.aborted) throw error;
    const through = proxy === undefined ? {} : { proxy };
    throw new HttpFailure(
      transportFailure(error, { method, url, connect_timeout: settings.connect_timeout, ...through }),
    );
  }
}

/** The request that a redirect asks for, as browsers make it; undefined when the answer is no redirect, or none is followed. */
function nextOf(
  { method, url, headers, body }: HttpRequest,
  { status, headers: { location } }: Answer,
  followed: number,
  { settings: { redirects }, work }: Sending,
): HttpRequest | undefined {
  if (redirects === false || redirects === 0 || !REDIRECTS.has(status) || location === undefined) return undefined;
  const from = `${method} ${shownUrl(url)}`;
  const stop = (why: string): never => {
    throw new HttpFailure({ reason: "refused", message: `${from}: ${why}`, status, final: true });
  };
  if (followed >= redirects) {
    stop(`it was sent elsewhere ${followed} times, and now again (a loop? else raise \`redirects\`)`);
  }
  const next = URL.parse(location, url.href) ?? stop("it is sent elsewhere, and the address is no URL");
  if (!/^https?:$/.test(next.protocol)) stop(`it is sent to a ${next.protocol} address, which can't be followed`);
  if (url.protocol === "https:" && next.protocol === "http:") {
    stop(`it is sent on to ${shownUrl(next)} without encryption; name that \`url\` itself if it is meant`);
  }
  next.username = next.password = "";
  const asGet = (status === 303 && method !== "HEAD") || (status < 303 && method === "POST");
  const { mask } = createMasker(work.secrets);
  const kept = Object.entries(headers).filter(([name, value]) => {
    if (asGet && name.startsWith("content-")) return false;
    // Another host gets no credentials.
    return next.origin === url.origin || !(/^(?:authorization|cookie)$/.test(name) || mask(value) !== value);
  });
  return {
    method: asGet ? "GET" : method,
    url: next,
    headers: Object.fromEntries(kept),
    ...(asGet || body === undefined ? {} : { body }),
  };
}

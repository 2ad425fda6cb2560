import type { Failure } from "../../core/index.ts";

/** Ends a request; it carries what the attempt fails with. */
export class HttpFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Ends a request that would end the same way another time: what the task asks for can't be done. */
export function refuse(message: string, reason: Failure["reason"] = "operator_failed"): never {
  throw new HttpFailure({ reason, message, final: true });
}

/** Query parameters that hold a credential, even where the author wrote it out. */
const CREDENTIAL_NAME = /token|secret|passw|signature|api[-_]?key|^(?:key|sig|auth)$|credential/i;

/** An address for a log or a message: without user and password, and without credentials in the query. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = shown.password = shown.hash = "";
  const query = shown.search
    .slice(1)
    .split("&")
    .map((pair) => {
      const name = pair.split("=", 1)[0] ?? "";
      return CREDENTIAL_NAME.test(name) && pair.includes("=") ? `${name}=***` : pair;
    })
    .join("&");
  shown.search = "";
  return query === "" ? shown.href : `${shown.href}?${query}`;
}

/** Errors of a connection that say what they mean by their code alone. */
const HUNG_UP = "the other side closed the connection before it answered";
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing accepts connections there (is the server running, and is the port right?)",
  ECONNRESET: HUNG_UP,
  UND_ERR_SOCKET: HUNG_UP,
  EPIPE: "the other side closed the connection before it had the whole request",
  EHOSTUNREACH: "there is no way to this host (network, firewall or VPN)",
  ENETUNREACH: "there is no way to this network (network, firewall or VPN)",
  ETIMEDOUT: "the other side didn't answer (host, port, firewall)",
};

/** Facts about the connection that failed, for its message. */
export interface Attempted {
  readonly method: string;
  readonly url: URL;
  /** The proxy's host, when it goes through one. */
  readonly proxy?: string;
  /** As written. */
  readonly connect_timeout: string;
}

/** What an error before the answer means. */
export function transportFailure(error: unknown, attempted: Attempted): Failure {
  const { method, url, proxy, connect_timeout } = attempted;
  const { code, name, text } = causeOf(error);
  const where = `${method} ${shownUrl(url)}${proxy === undefined ? "" : ` through the proxy ${proxy}`}`;
  const failed = (reason: Failure["reason"], why: string): Failure => ({ reason, message: `${where}: ${why}` });

  const refusal = /Proxy response \((\d+)\)/i.exec(text)?.[1];
  if (refusal !== undefined) {
    const hint = refusal === "407" ? "it wants a user and a password: http://USER:PASSWORD@HOST:PORT" : "see its log";
    return failed("connection_failed", `the proxy answered with status ${refusal} (${hint})`);
  }
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) {
    const host = proxy?.replace(/:\d+$/, "") ?? url.hostname;
    const again = code === "EAI_AGAIN" ? "the name server didn't answer" : "the name has no address";
    return failed("dns_failed", `${host} can't be found: ${again} (is it spelt right, and is DNS working?)`);
  }
  if (code === "UND_ERR_CONNECT_TIMEOUT") {
    return failed("connection_failed", `no connection within ${connect_timeout} (host, port, firewall)`);
  }
  if (isTls(code, text)) return failed("tls_failed", `the secure connection failed: ${text} (${tlsHint(code)})`);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return failed(
      "timeout",
      "the other side was silent for five minutes; set the task's `timeout` if it may take longer",
    );
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") return failed("response_invalid", "the answer's headers are too large");
  if (name === "HTTPParserError") return failed("response_invalid", `what came back is not HTTP: ${text}`);
  if (code === "UND_ERR_INVALID_ARG" || code === "ERR_INVALID_CHAR") {
    return { ...failed("operator_failed", `the request can't be sent: ${text}`), final: true };
  }
  const why = MEANINGS[code] ?? text;
  // It says so after the handshake, when the request is under way.
  const hint =
    why === HUNG_UP && url.protocol === "https:" ? " (does it want a certificate of ours, under `tls`?)" : "";
  return failed("connection_failed", why + hint);
}

/** The innermost cause with a code: what wraps it says less. */
function causeOf(error: unknown): { readonly code: string; readonly name: string; readonly text: string } {
  let found = error as { code?: string; name?: string; message?: string; cause?: unknown; errors?: readonly unknown[] };
  for (let depth = 0; depth < 5; depth++) {
    const inner = found.cause ?? found.errors?.[0];
    if (!(inner instanceof Error)) break;
    found = inner as typeof found;
  }
  return {
    code: found.code ?? "",
    name: found.name ?? "",
    text: (found.message ?? String(error)).replace(/\s+/g, " ").trim(),
  };
}

function isTls(code: string, text: string): boolean {
  return (
    /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO|UND_ERR_PRX_TLS)/.test(
      code,
    ) || /\bSSL routines\b/.test(text)
  );
}

function tlsHint(code: string): string {
  if (/SELF_SIGNED|UNABLE_TO/.test(code)) return "name the certificate of who signed it under `tls.ca`";
  if (code === "CERT_HAS_EXPIRED") return "the certificate has to be renewed";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "use a name that the certificate is for";
  if (/ERR_SSL_|EPROTO/.test(code)) return "does this port speak TLS, and does it want a certificate of ours?";
  return "see `tls`";
}

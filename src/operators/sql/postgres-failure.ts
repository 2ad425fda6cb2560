import type { Failure } from "../../core/index.ts";

/** What the server says of a statement that it refuses. */
interface Refusal {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** From 1 on, in characters. */
  readonly position?: string;
}

/**
 * States after which another try may succeed: serialisation and deadlock, a connection that broke, too few resources, a
 * server that goes down or comes up, a lock or a time-out of the server, and trouble of its disk.
 */
const PASSING = /^(?:40001|40P01|55P03|57014|08|53|57P0|58)/;

/** Errors of a connection that say what they mean by their code alone. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing accepts connections there (is the server running, and is the port right?)",
  ECONNRESET: "the server closed the connection",
  EPIPE: "the server closed the connection",
  EHOSTUNREACH: "there is no way to this host (network, firewall or VPN)",
  ENETUNREACH: "there is no way to this network (network, firewall or VPN)",
  ETIMEDOUT: "the server didn't answer (host, port, firewall)",
  ENOENT: "there is no socket of a server in this folder",
  EACCES: "the socket may not be used",
};

/** What an error means. `where` names the server; `at` shows the place of a text's character, from 0 on. */
export function postgresFailure(error: unknown, where: string, at: (place: number) => string): Failure {
  if (isRefusal(error)) return refusalOf(error, at);
  const { code, text } = causeOf(error);
  const failed = (reason: Failure["reason"], why: string): Failure => ({ reason, message: `${where}: ${why}` });
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) {
    const why = code === "EAI_AGAIN" ? "the name server didn't answer" : "the name has no address";
    return failed("dns_failed", `its host can't be found: ${why} (is it spelt right, and is DNS working?)`);
  }
  if (/does not support SSL/.test(text)) {
    return { ...failed("tls_failed", "the server doesn't speak TLS (`ssl` of the connection)"), final: true };
  }
  if (/^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code)) {
    const hint = /SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/.test(code)
      ? "name the certificate of who signed it under `ssl.ca` of the connection"
      : "see `ssl` of the connection";
    return failed("tls_failed", `the secure connection failed: ${text} (${hint})`);
  }
  if (/timeout expired|Connection terminated due to connection timeout/.test(text)) {
    return failed("connection_failed", "no connection within 10s (host, port, firewall)");
  }
  return failed("connection_failed", MEANINGS[code] ?? text);
}

/** The server ended the session while nobody asked it to: it goes down, or an administrator wants it so. */
export function isRefusal(error: unknown): error is Refusal {
  const { code, severity } = error as Partial<Refusal>;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && typeof severity === "string";
}

function refusalOf({ code, message, detail, hint, position }: Refusal, at: (place: number) => string): Failure {
  const place = position === undefined ? "" : at(Number(position) - 1);
  const more = [detail, hint].map((text) => (text === undefined ? "" : `\n${text}`)).join("");
  const own = code === "25001" ? "\nset `transaction: false`: this statement runs outside of one" : "";
  const failure: Failure = { reason: "refused", message: `${message} (SQLSTATE ${code})${place}${more}${own}` };
  return PASSING.test(code) ? failure : { ...failure, final: true };
}

function causeOf(error: unknown): { readonly code: string; readonly text: string } {
  const outer = error as { code?: string; message?: string; errors?: readonly unknown[]; cause?: unknown };
  const inner = (outer.errors?.[0] ?? outer.cause ?? outer) as typeof outer;
  return { code: inner.code ?? outer.code ?? "", text: (inner.message || outer.message || String(error)).trim() };
}

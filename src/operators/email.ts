import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type Nodemailer from "nodemailer";
import type { AttemptOutcome, Failure } from "../core/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { AttemptHost, Operator } from "./operator.ts";

/** A server that says nothing for so long will not, in milliseconds. */
const SILENCE_MS = 30_000;

const ADDRESS_KEYS = ["to", "cc", "bcc", "from", "reply_to"] as const;

const addresses: JsonObject = {
  anyOf: [
    { type: "string", minLength: 3 },
    { type: "array", items: { type: "string", minLength: 3 }, minItems: 1 },
  ],
};

/** Sends mail, as a task or as a notification. */
export const email: Operator = {
  name: "email",
  summary: "Sends mail",
  docs: `
Sends mail through a server that takes it (SMTP). Without a \`text\` of the task's own it says how things stand: the
pipeline, the run, its state, the task, the attempt, the error and the last lines of the log, as far as there are any.

\`\`\`yaml
tasks:
  report:
    bash: ./report.sh > report.html
  mail:
    needs: report
    email:
      to: [finance@example.com]
      subject: Revenue of \${{ ds }}
      text: The report is attached.
      attachments: [report.html]
on_failure:
  - email: { to: [alerts@example.com] }
\`\`\`

**The connection** is of the type \`smtp\`; without \`connection\`, the one that is called \`email\`. In engine.yaml:

\`\`\`yaml
connections:
  email: { type: smtp, host: smtp.example.com, user: engine, password: "\${{ secrets.SMTP_PASSWORD }}", from: engine@example.com }
\`\`\`

**How it fails.** A server that can't be reached or says "not now" (a code from 400 to 499) is tried again; one that refuses (from 500
on), or that does not accept the login, is not, and the reason is \`refused\`. When it refuses only some of the receivers, the others get
the mail, and the task succeeds with a warning.

**Outputs.** \`message_id\`, and the addresses under \`accepted\` and \`rejected\`, if the task declares them.

After a crash of the engine, mail that was on its way is sent again.
`,
  schema: {
    type: "object",
    description: "A mail.",
    properties: {
      connection: {
        type: "string",
        description: "A connection of the type `smtp`.",
        default: "email",
        examples: ["mail"],
      },
      to: { ...addresses, description: "Whom it goes to.", examples: [["alerts@example.com"]] },
      cc: { ...addresses, description: "Who gets a copy." },
      bcc: { ...addresses, description: "Who gets a copy that the others don't see." },
      from: { type: "string", description: "Whom it comes from. Default: the connection's `from`.", minLength: 3 },
      reply_to: { ...addresses, description: "Whom answers go to." },
      subject: { type: "string", description: "The subject. Without it: what happened.", minLength: 1 },
      text: { type: "string", description: "The body as plain text. Without it: how things stand." },
      html: { type: "string", description: "The body as HTML, beside the text." },
      attachments: {
        type: "array",
        description: "Files, relative to the task's `cwd`.",
        items: { type: "string", minLength: 1 },
        examples: [["report.html"]],
      },
    },
    required: ["to"],
    additionalProperties: false,
    examples: [{ to: ["alerts@example.com"] }, { to: "ann@example.com", subject: "Done", text: "It is done." }],
  },
  normalise: (value) => ({ connection: "email", ...(value as JsonObject) }),
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  connections: ["smtp"],
  branch: false,
  begins_again: true,
  notifies: true,
  start: send,
  adopt: send,
};

async function send(host: AttemptHost): Promise<AttemptOutcome> {
  const { config, connection = {}, message, cwd } = host.work;
  const { to, cc, bcc, from = connection.from, reply_to, subject, text, html, attachments = [] } = config;
  const problem = await problemOf(config, from, cwd);
  if (problem !== undefined) return { state: "failed", failure: problem };
  // Loaded when it is needed: a command that only looks at pipelines starts without it.
  const { default: nodemailer } = await import("nodemailer");
  const ca = await pemOf(connection.ca);
  if (typeof ca === "object") return { state: "failed", failure: ca };
  const transport = nodemailer.createTransport(serverOf(connection, ca));
  try {
    const sent = await transport.sendMail({
      from: String(from),
      to: to as string[],
      ...(cc !== undefined && { cc: cc as string[] }),
      ...(bcc !== undefined && { bcc: bcc as string[] }),
      ...(reply_to !== undefined && { replyTo: reply_to as string[] }),
      subject: String(subject ?? message?.subject ?? ""),
      text: String(text ?? (html === undefined ? (message?.text ?? "") : "")),
      ...(html !== undefined && { html: String(html) }),
      attachments: (attachments as string[]).map((path) => ({ path: resolve(cwd, path) })),
      // Nothing that a text holds is read as a file's path or an address to fetch.
      disableUrlAccess: true,
      signal: host.signal,
    } as Parameters<typeof transport.sendMail>[0]);
    const accepted = sent.accepted.map(String);
    const rejected = sent.rejected.map(String);
    host.log(`sent to ${accepted.join(", ")}${rejected.length === 0 ? "" : `; refused: ${rejected.join(", ")}`}`);
    return await handOn(host, { message_id: sent.messageId, accepted, rejected });
  } catch (error) {
    if (host.stopReason !== undefined) return stopped(host);
    return { state: "failed", failure: failureOf(error as SmtpError, connection) };
  } finally {
    transport.close();
  }
}

/** Certificates, from their file or as they stand; a failure when there is none to be read. */
async function pemOf(ca: JsonValue | undefined): Promise<string | Failure | undefined> {
  if (ca === undefined || String(ca).includes("-----BEGIN ")) return ca as string | undefined;
  try {
    return await readFile(String(ca), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `\`ca\` of the connection names ${String(ca)}, which can't be read: ${code}`;
    return { reason: "not_found", message, final: true };
  }
}

function serverOf(
  { host, port, user, password, tls = "starttls" }: JsonObject,
  ca: string | undefined,
): Parameters<typeof Nodemailer.createTransport>[0] {
  const implicit = tls === "implicit";
  return {
    host: String(host),
    port: Number(port ?? (implicit ? 465 : 587)),
    secure: implicit,
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(ca !== undefined && { tls: { ca } }),
    ...(user !== undefined && { auth: { user: String(user), pass: String(password) } }),
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
  } as Parameters<typeof Nodemailer.createTransport>[0];
}

async function handOn(
  host: AttemptHost,
  values: { readonly message_id: string; readonly accepted: string[]; readonly rejected: string[] },
): Promise<AttemptOutcome> {
  const declared = Object.entries(values).filter(([name]) => Object.hasOwn(host.work.outputs, name));
  const checked = await host.checkOutputs(Object.fromEntries(declared));
  if (!checked.ok) return { state: "failed", failure: { reason: "output_invalid", message: checked.message } };
  const { rejected } = values;
  const warnings = rejected.length > 0 && { warnings: [`the mail was refused for ${rejected.join(", ")}`] };
  return { state: "success", outputs: checked.outputs, ...warnings };
}

/** What Nodemailer says of a failure. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

function failureOf(error: SmtpError, { host, port }: JsonObject): Failure {
  const { code = "", responseCode, response } = error;
  const where = `the mail server ${String(host)}${port === undefined ? "" : `:${String(port)}`}`;
  const said = response ?? error.message;
  const final = responseCode !== undefined && responseCode >= 500 && { final: true as const };
  if (code === "ETLS" || (responseCode === undefined && /certificate|SSL|TLS/i.test(error.message))) {
    return { reason: "tls_failed", message: `${where} can't be spoken to in private: ${error.message}` };
  }
  if (code === "EAUTH") return { reason: "refused", message: `${where} did not accept the login: ${said}`, ...final };
  if (responseCode !== undefined) return { reason: "refused", message: `${where} refused the mail: ${said}`, ...final };
  if (code === "EDNS") return { reason: "dns_failed", message: `${where} has no address: ${error.message}` };
  if (code === "EENVELOPE") return refused(`the mail can't be addressed: ${error.message}`);
  return { reason: "connection_failed", message: `${where} can't be reached: ${error.message}` };
}

/** Mail that no server could take. */
function refused(message: string): Failure {
  return { reason: "operator_failed", message, final: true };
}

/** Why a mail can't go out as it is written. */
async function problemOf(config: JsonObject, from: JsonValue | undefined, cwd: string): Promise<Failure | undefined> {
  if (typeof from !== "string") {
    return refused("nobody says whom the mail comes from: set `from` here or in the connection");
  }
  for (const key of ADDRESS_KEYS) {
    const texts = [(key === "from" ? from : config[key]) ?? []].flat();
    // A value from elsewhere must not bring receivers of its own.
    if (texts.some((text) => /[\r\n]/.test(String(text).trim()))) return refused(`\`${key}\` has a line break in it`);
  }
  // Before the server hears of it: a mail that breaks off in the middle may arrive as it is.
  for (const path of (config.attachments ?? []) as string[]) {
    const problem = await stat(resolve(cwd, path)).then(
      (found) => (found.isFile() ? undefined : "it is no file"),
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    if (problem !== undefined) {
      return { reason: "not_found", message: `the attachment ${path} can't be read: ${problem}`, final: true };
    }
  }
  return undefined;
}

function stopped(host: AttemptHost): AttemptOutcome {
  return {
    state: "failed",
    failure: { reason: host.stopReason ?? "cancelled", message: "the mail was not sent in time" },
  };
}

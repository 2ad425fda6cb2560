import { createHash } from "node:crypto";
import { chmodSync, realpathSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EpochMs, RunId, TaskKey } from "../core/index.ts";
import { type BackfillRequest, EngineError, ERRORS, type ErrorCode, type RunAction } from "../engine/index.ts";
import type { JsonObject, JsonValue } from "../lib/index.ts";
import type { Answer } from "../operators/index.ts";

/*
 * How a command reaches the process that holds a data folder: through a socket in that folder, which only its user can
 * open. One request a connection: a line of JSON, answered by another.
 */

/** What is asked of a daemon alone. */
export type DaemonRequest =
  /** The answer is the new run's id. */
  | {
      readonly type: "trigger";
      readonly pipeline: string;
      readonly params: JsonObject;
      readonly logical_date?: EpochMs;
      readonly idempotency_key?: string;
      readonly by: string;
    }
  /** The answer is the backfill's row. */
  | (BackfillRequest & { readonly type: "backfill"; readonly by: string })
  /** The answer is what would become of its slots. */
  | (BackfillRequest & { readonly type: "backfill_preview" })
  | { readonly type: "backfill_cancel"; readonly backfill_id: string; readonly by: string }
  /** The answer is what came of it. */
  | { readonly type: "sync"; readonly rollback: boolean; readonly by: string }
  | { readonly type: "pause"; readonly pipeline: string; readonly by: string; readonly why?: string }
  | { readonly type: "resume"; readonly pipeline: string; readonly by: string };

/** What is asked of the process that drives a run. */
export type ControlRequest =
  | DaemonRequest
  | { readonly type: "act"; readonly run_id: RunId; readonly action: RunAction }
  | { readonly type: "answer"; readonly run_id: RunId; readonly key: TaskKey; readonly answer: Omit<Answer, "at"> };

type ControlReply =
  | { readonly ok: true; readonly answer: JsonValue }
  | {
      readonly ok: false;
      readonly code?: ErrorCode;
      readonly values?: Readonly<Record<string, string>>;
      readonly message: string;
    };

/** Paths of sockets may be no longer than this, in bytes: 108 with the zero at the end on Linux, 104 elsewhere. */
const PATH_BYTES_MAX = 100;
/** More is no request. */
const LINE_CHARACTERS_MAX = 1_048_576;
/** Whoever is asked and says nothing for so long is stuck, in milliseconds. */
const REPLY_MAX_MS = 30_000;
/** Who asks a repository waits for others: some minutes, in milliseconds. */
const SYNC_MAX_MS = 300_000;

/** Where the holder of a data folder listens. */
function socketPath(data: string): string {
  const folder = realpathSync(data);
  const path = join(folder, "control.sock");
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  return join(tmpdir(), `engine-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.sock`);
}

/** Listens for requests until the returned function is called. What can't be listened on is told to `onTrouble`. */
export function listenForRequests(
  data: string,
  carryOut: (request: ControlRequest) => Promise<JsonValue>,
  onTrouble: (message: string, cause: unknown) => void,
): () => void {
  const path = socketPath(data);
  const trouble = (error: unknown): void => onTrouble("no other command can act on the runs of this process", error);
  try {
    // Left by a holder that was killed: the folder is ours now.
    rmSync(path, { force: true });
  } catch (error) {
    trouble(error);
    return () => {};
  }
  const server = createServer((socket) => serve(socket, carryOut));
  server.on("error", trouble);
  const mask = process.umask(0o177);
  try {
    server.listen(path, () => chmodSync(path, 0o600));
  } finally {
    process.umask(mask);
  }
  // Runs keep the process, not who might ask.
  server.unref();
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

function serve(socket: Socket, carryOut: (request: ControlRequest) => Promise<JsonValue>): void {
  let received = "";
  socket.setEncoding("utf8");
  socket.unref();
  // Whoever asked may be gone.
  socket.on("error", () => socket.destroy());
  socket.on("data", (text: string) => {
    received += text;
    if (received.length > LINE_CHARACTERS_MAX) {
      socket.destroy();
      return;
    }
    if (!received.endsWith("\n")) return;
    socket.removeAllListeners("data");
    const done = (reply: ControlReply): void => {
      socket.end(`${JSON.stringify(reply)}\n`);
    };
    Promise.resolve()
      .then(() => carryOut(JSON.parse(received) as ControlRequest))
      .then(
        (answer) => done({ ok: true, answer }),
        (error: unknown) => done(refusal(error)),
      );
  });
}

function refusal(error: unknown): ControlReply {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof EngineError)) return { ok: false, message };
  return { ok: false, code: error.code, values: error.values, message };
}

/**
 * Asks the holder of a data folder. Resolves with its answer once that is carried out and stored. Rejects with the `EngineError` that it
 * answered with, or with "HOLDER_UNREACHABLE".
 */
export async function askHolder(data: string, request: ControlRequest): Promise<JsonValue> {
  const path = socketPath(data);
  const reply = await talk(path, ownersOf(data), request).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError("HOLDER_UNREACHABLE", { why }, { cause: error });
  });
  if (reply.ok) return reply.answer;
  if (reply.code !== undefined && Object.hasOwn(ERRORS, reply.code)) throw new EngineError(reply.code, reply.values);
  throw new EngineError("HOLDER_UNREACHABLE", { why: reply.message });
}

/** Whose socket may be trusted: our own, and that of the user whose folder it is. */
function ownersOf(data: string): readonly (number | undefined)[] {
  return [process.getuid?.(), statSync(data).uid];
}

async function talk(
  path: string,
  owners: readonly (number | undefined)[],
  request: ControlRequest,
): Promise<ControlReply> {
  if (!owners.includes(statSync(path).uid)) throw new Error(`${path} belongs to another user`);
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding("utf8");
    socket.setTimeout(request.type === "sync" ? SYNC_MAX_MS : REPLY_MAX_MS, () =>
      socket.destroy(new Error("it does not answer")),
    );
    socket.on("error", reject);
    socket.on("data", (text: string) => {
      received += text;
    });
    socket.on("end", () => {
      try {
        resolve(JSON.parse(received) as ControlReply);
      } catch {
        reject(new Error("its answer was cut off"));
      }
    });
  });
}

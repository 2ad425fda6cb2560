import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import type { Failure } from "../../core/index.ts";
import type { JsonValue } from "../../lib/index.ts";
import { refuse, SqlFailure } from "./failure.ts";
import { Gatherer } from "./gather.ts";
import type { SqlResult } from "./settings.ts";
import type { SqliteReply, SqliteRequest, SqliteVerdict } from "./sqlite-messages.ts";

/*
 * A process of its own for the work on a SQLite database: a statement can't be ended from inside the process that it
 * runs in, and would block the engine. The work is done in a thread, so that the process hears when the engine is gone,
 * and ends. SQLite then undoes what was not committed when the file is opened next.
 */

/** A database that somebody else writes to is waited for, in milliseconds. */
const BUSY_MAX_MS = 10_000;
/** Statements that only read. A transaction of others takes its lock at once: later it might not get it. */
const READING = new Set(["SELECT", "VALUES", "EXPLAIN", "PRAGMA", ""]);

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));
  thread.on("message", (reply: SqliteReply) => {
    process.send?.(reply);
    if (reply.type !== "result") process.disconnect();
  });
  thread.on("error", (error) => {
    process.send?.(crashed(error));
    process.disconnect();
  });
  process.on("message", (message) => thread.postMessage(message));
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
} else {
  parentPort?.once("message", (request: SqliteRequest) => void carryOut(request).then(say));
}

function say(reply: SqliteReply): void {
  parentPort?.postMessage(reply);
}

async function carryOut(request: SqliteRequest): Promise<SqliteReply> {
  let statement: number | undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(request.file, { readOnly: request.read_only, timeout: BUSY_MAX_MS });
    const only_reads = request.statements.every(({ verb }) => READING.has(verb));
    if (request.transaction) database.exec(only_reads ? "BEGIN" : "BEGIN IMMEDIATE");
    let result: SqlResult = { rows: [], row_count: 0 };
    for (statement = 0; statement < request.statements.length; statement++) {
      result = run(database, request, statement);
    }
    statement = undefined;
    const verdict = new Promise<SqliteVerdict>((resolve) => parentPort?.once("message", resolve));
    say({ type: "result", result });
    const { keep } = await verdict;
    if (request.transaction) database.exec(keep ? "COMMIT" : "ROLLBACK");
    return { type: "kept" };
  } catch (error) {
    const failure = failureOf(error, request);
    return { type: "failed", failure, ...(statement === undefined ? {} : { statement }) };
  } finally {
    database?.close();
  }
}

function run(database: DatabaseSync, { statements, max_rows, save }: SqliteRequest, index: number): SqlResult {
  const { text = "", values = [] } = statements[index] ?? {};
  const prepared = database.prepare(text);
  prepared.setReadBigInts(true);
  prepared.setReturnArrays(true);
  const columns = prepared.columns();
  const given = values.map(bound);
  if (columns.length === 0) return { rows: [], row_count: Number(prepared.run(...given).changes) };
  const isLast = index === statements.length - 1;
  const names = columns.map(({ name }) => name);
  const gatherer = new Gatherer(names, { max_rows, ...(isLast && save !== undefined ? { save } : {}) });
  try {
    for (const row of prepared.iterate(...given)) {
      const values = row as unknown as SQLOutputValue[];
      gatherer.add(values.map((value, column) => jsonOf(value, names[column] ?? "")));
    }
    return gatherer.end();
  } finally {
    gatherer.close();
  }
}

/** SQLite has no booleans, and takes lists and mappings as JSON. */
function bound(value: JsonValue): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function jsonOf(value: SQLOutputValue, column: string): JsonValue {
  if (value instanceof Uint8Array) {
    refuse(`the column \`${column}\` holds bytes, which JSON can't: take hex(${column})`);
  }
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** What the primary result codes of SQLite mean for another try. */
const BUSY = new Set([5, 6]);
const DISK = new Set([10, 13]);
const CANNOT_OPEN = 14;
const NO_DATABASE = new Set([11, 26]);

function failureOf(error: unknown, { file }: SqliteRequest): Failure {
  if (error instanceof SqlFailure) return error.failure;
  const { message, errcode, syscall } = error as { message: string; errcode?: number; syscall?: string };
  if (syscall !== undefined) return { reason: "operator_failed", message: `the rows can't be written: ${message}` };
  if (errcode === undefined) return crashed(error).failure;
  // The low byte is the kind of error, the others say more of it.
  const code = errcode & 0xff;
  if (code === CANNOT_OPEN) {
    const message = `${file} can't be opened: is its folder there, and, to be read only, the file itself?`;
    return { reason: "connection_failed", message };
  }
  const hint = /transaction/.test(message) ? "\nset `transaction: false`: this statement runs outside of one" : "";
  const failure: Failure = { reason: "refused", message: `${message} (SQLite ${errcode})${hint}` };
  if (BUSY.has(code) || DISK.has(code)) return failure;
  return { ...failure, ...(NO_DATABASE.has(code) ? { reason: "response_invalid" } : {}), final: true };
}

function crashed(error: unknown): Extract<SqliteReply, { type: "failed" }> {
  const message = error instanceof Error ? error.message : String(error);
  return { type: "failed", failure: { reason: "operator_failed", message } };
}

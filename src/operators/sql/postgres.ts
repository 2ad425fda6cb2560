import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { userInfo } from "node:os";
import type Pg from "pg";
import type Cursor from "pg-cursor";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { CommitUnknown, refuse, SqlFailure, shownPlace } from "./failure.ts";
import { Gatherer } from "./gather.ts";
import { isRefusal, postgresFailure } from "./postgres-failure.ts";
import { checkColumns, typeParsers } from "./postgres-values.ts";
import type { SqlResult } from "./settings.ts";
import type { Statement } from "./statements.ts";
import type { Session, SqlWork } from "./work.ts";

/** A connection that takes longer is none, in milliseconds. */
const CONNECT_MAX_MS = 10_000;
/** A server that was asked to end a statement has this long, in milliseconds; then the connection is cut. */
const CANCEL_MAX_MS = 5_000;
/** Rows that are fetched at once. */
const BATCH_ROWS = 500;
/** Introduces a request to end a statement, in the protocol. */
const CANCEL_REQUEST = 80_877_102;

/**
 * Has the server look, while a statement runs, whether the engine is still there. Without it a statement of an engine
 * that was killed would run to its end, and its locks would stay. Servers before 14 have no such setting.
 */
const WATCH_CLIENT = `SELECT set_config('client_connection_check_interval', '2s', false)
  FROM pg_settings WHERE name = 'client_connection_check_interval'`;

/** Carries work out on a PostgreSQL server. */
export const runPostgres: Session = async (work, accept, signal) => {
  // Loaded when they are needed: a command that only looks at pipelines starts without them.
  const [{ default: pg }, { default: CursorOf }] = await Promise.all([import("pg"), import("pg-cursor")]);
  const client = new pg.Client(clientConfig(work));
  const where = `PostgreSQL at ${client.host}:${client.port}`;
  let broken: unknown;
  client.on("error", (error) => {
    broken ??= error;
  });
  const canceller = cancelWith(client, signal);
  let statement: Statement | undefined;
  try {
    await client.connect();
    signal.throwIfAborted();
    await client.query(WATCH_CLIENT).catch((error: unknown) => {
      // Not on every system.
      if (!isRefusal(error)) throw error;
    });
    if (work.transaction) await client.query("BEGIN");
    let result: SqlResult = { rows: [], row_count: 0 };
    for (statement of work.statements) {
      signal.throwIfAborted();
      const last = statement === work.statements.at(-1);
      result = await run(new Asking(pg, CursorOf, client), statement, last ? work : { max_rows: work.max_rows });
    }
    statement = undefined;
    await accept(result);
    signal.throwIfAborted();
    if (work.transaction) await commit(client, where);
    return result;
  } catch (error) {
    if (signal.aborted || error instanceof SqlFailure || error instanceof CommitUnknown) throw error;
    const at = (place: number): string =>
      statement === undefined ? "" : shownPlace(work.source, statement.offsetOf(place));
    throw new SqlFailure(postgresFailure(isRefusal(error) ? error : (broken ?? error), where, at));
  } finally {
    canceller.stop();
    // A transaction that was not kept ends with its connection.
    await client.end().catch(() => {});
  }
};

class Asking {
  readonly pg: typeof Pg;
  readonly client: Pg.Client;
  readonly #Cursor: typeof Cursor;

  constructor(pg: typeof Pg, CursorOf: typeof Cursor, client: Pg.Client) {
    this.pg = pg;
    this.client = client;
    this.#Cursor = CursorOf;
  }

  open({ text, values }: Statement): Cursor<JsonValue[]> {
    const config = { rowMode: "array", types: typeParsers(this.pg) } as const;
    return this.client.query(new this.#Cursor<JsonValue[]>(text, values.map(bound), config as never));
  }
}

/** A list of plain values becomes an array, and everything else that is no plain value JSON. */
function bound(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  const isPlain = (each: JsonValue): boolean => typeof each !== "object" || each === null;
  return Array.isArray(value) && value.every(isPlain) ? value : JSON.stringify(value);
}

async function run(
  asking: Asking,
  statement: Statement,
  taking: Pick<SqlWork, "max_rows" | "save">,
): Promise<SqlResult> {
  const cursor = asking.open(statement);
  let gatherer: Gatherer | undefined;
  try {
    for (;;) {
      const { rows, result } = await read(cursor);
      if (result.fields.length === 0) return { rows: [], row_count: result.rowCount ?? 0 };
      if (gatherer === undefined) {
        checkColumns(result.fields);
        gatherer = new Gatherer(
          result.fields.map(({ name }) => name),
          taking,
        );
      }
      for (const row of rows) gatherer.add(row);
      if (rows.length < BATCH_ROWS) return gatherer.end();
    }
  } finally {
    gatherer?.close();
  }
}

function read(cursor: Cursor<JsonValue[]>): Promise<{ rows: readonly JsonValue[][]; result: Pg.QueryResult }> {
  return new Promise((resolve, reject) => {
    cursor.read(BATCH_ROWS, (error, rows, result) => {
      // Its type says that it always is one.
      if ((error as Error | undefined | null) == null) resolve({ rows, result });
      else reject(error);
    });
  });
}

async function commit(client: Pg.Client, where: string): Promise<void> {
  try {
    const { command } = await client.query("COMMIT");
    // So a server says that the transaction had failed before.
    if (command === "ROLLBACK") refuse("the transaction was rolled back by the server", "refused");
  } catch (error) {
    if (isRefusal(error) || error instanceof SqlFailure) throw error;
    throw new CommitUnknown(`${where}: the connection broke at the end of the transaction; it may have been kept`);
  }
}

/** When the attempt is told to stop, ends what the server does, and cuts the connection if it doesn't. */
function cancelWith(client: Pg.Client, signal: AbortSignal): { stop(): void } {
  let cut: NodeJS.Timeout | undefined;
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  const cancel = (): void => {
    cut = setTimeout(() => connection.stream.destroy(), CANCEL_MAX_MS).unref();
    const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number };
    // Not connected yet: there is nothing to end.
    if (processID === null || processID === undefined) connection.stream.destroy();
    else askToCancel(client, processID, secretKey);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel);
  return {
    stop() {
      clearTimeout(cut);
      signal.removeEventListener("abort", cancel);
    },
  };
}

function askToCancel({ host, port }: Pg.Client, processID: number, secretKey: number): void {
  const request = Buffer.alloc(16);
  for (const [index, each] of [request.length, CANCEL_REQUEST, processID, secretKey].entries()) {
    request.writeInt32BE(each, index * 4);
  }
  const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
  socket.setTimeout(CANCEL_MAX_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("connect", () => socket.end(request));
}

function clientConfig({ connection, name }: SqlWork): Pg.ClientConfig {
  const { url, host, port, database, user, password, ssl } = connection;
  const secure = ssl === undefined ? {} : { ssl: tlsOf(ssl) };
  const common = { ...secure, connectionTimeoutMillis: CONNECT_MAX_MS, application_name: name, keepAlive: true };
  if (typeof url === "string") return { ...common, connectionString: url };
  const own = { host, user: user ?? userInfo().username, database, password } as Pg.ClientConfig;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...common, ...given, ...(port === undefined ? {} : { port: Number(port) }) };
}

function tlsOf(ssl: JsonValue): NonNullable<Pg.ClientConfig["ssl"]> {
  if (typeof ssl === "boolean") return ssl;
  const { verify, ...texts } = ssl as JsonObject;
  const pem = Object.entries(texts).map(([name, text]) => [name, pemOf(name, String(text))]);
  return { ...Object.fromEntries(pem), rejectUnauthorized: verify !== false };
}

function pemOf(name: string, text: string): string {
  if (text.includes("-----BEGIN ")) return text;
  try {
    return readFileSync(text, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(`\`ssl.${name}\` of the connection names ${text}, which can't be read: ${code}`, "not_found");
  }
}

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { need } from "../real/support/need.ts";
import { type PostgresServer, postgresServer } from "../real/support/postgres-server.ts";
import { processesWith, until } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

const OUTPUTS = { outputs: { answer: "integer" } };

const BAD: OperatorHarness["bad"] = [
  { task: "sql: { connection: db }", at: "sql" },
  { task: "sql: { connection: db, query: SELECT 1, max_rows: 0 }", at: "0" },
  { task: "sql: { connection: db, query: SELECT 1, save_to: rows.parquet }", at: "rows.parquet" },
  { task: 'sql: { connection: db, query: "SELECT ${{ ds }}" }', at: "${{ ds }}" },
  { task: "sql: { connection: db, query: \"SELECT '${{ secrets.TOKEN }}'\" }", at: "${{ secrets.TOKEN }}" },
  { task: "sql: { connection: db, file: '${{ row.n }}.sql' }", at: "row" },
];

/** The tasks of the suite; `fails` and `waits` are statements. */
function tasks(fails: string, waits: string, token: string): OperatorHarness["tasks"] {
  const sql = (query: string, more: JsonObject = {}): JsonObject => ({ sql: { connection: "db", query, ...more } });
  const secret = { params: { token: `\${{ secrets.TOKEN }}` } };
  return {
    succeeds: { ...sql("SELECT 42 AS answer, true AS other"), ...OUTPUTS },
    fails: sql(fails),
    hangs: sql(waits),
    waits_for_go: { ...sql(waits), ...OUTPUTS },
    leaks: sql(token, secret),
    hands_on_secret: { ...sql("SELECT :token AS answer", secret), outputs: { answer: "string" } },
    gives_wrong_output: { ...sql("SELECT 'many' AS answer"), ...OUTPUTS },
  };
}

operatorConformance("sql on SQLite", () => {
  const folder = temporaryFolder();
  const file = join(folder, "test.db");
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE t (n INTEGER UNIQUE CHECK (n < 10))");
  onTestFinished(() => database.close());
  return {
    // Counting takes for ever, inside of one step of SQLite.
    tasks: {
      ...tasks(
        "INSERT INTO t VALUES (10)",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS answer FROM c",
        "SELECT json_extract('{}', :token)",
      ),
    },
    failure: { reason: "refused", final: true },
    connections: { db: { type: "sqlite", file } },
    running: () => until("the process works", () => processesWith("sqlite-process").length > 0),
    go: () => {},
    crash: "lost",
    bad: BAD,
  };
});

describe.skipIf(!need("postgres").found)("with a PostgreSQL server", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await postgresServer();
  });
  afterAll(() => server.stop());

  operatorConformance("sql on PostgreSQL", () => ({
    tasks: tasks("SELECT 1 / 0", "SELECT 42 AS answer, pg_sleep(3600)", "SELECT CAST(:token::text AS integer)"),
    failure: { reason: "refused", final: true },
    connections: { db: server.connection },
    running: async () => {
      await server.untilRow("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'");
    },
    go: () => {},
    crash: "lost",
    bad: BAD,
  }));
});

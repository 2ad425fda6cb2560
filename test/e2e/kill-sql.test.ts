import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { need } from "../real/support/need.ts";
import { type PostgresServer, postgresServer } from "../real/support/postgres-server.ts";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed in the middle of a transaction: nothing of it is kept, and the one that goes on begins anew.
 */

const bin = builtCli();

const INSERT = "INSERT INTO t VALUES (1)";

async function folder(connection: JsonObject, waiting: string): Promise<string> {
  return aFolder({
    "engine.yaml": `connections: { db: ${JSON.stringify(connection)} }`,
    "load.sql": `${INSERT}; ${waiting}`,
    "load.yaml": "name: load\ntasks:\n  load:\n    sql: { connection: db, file: load.sql }\n",
  });
}

async function resumed(cwd: string): Promise<string[]> {
  writeFileSync(join(cwd, "load.sql"), INSERT);
  const next = startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  expect(await next.ended).toMatchObject({ code: 0 });
  const store = await openSqliteStore(join(cwd, ".engine"), { mode: "read", clock: () => 0, describe: "test" });
  try {
    const run_id = (await store.listRuns({ limit: 1 })).rows[0]?.run_id;
    if (run_id === undefined) throw new Error("the run is gone");
    return (await store.listAttempts(run_id)).map(({ attempt, state }) => `${attempt} ${state}`);
  } finally {
    await store.close();
  }
}

test("SQLite undoes what was begun, and the attempt is lost and made again", async () => {
  const endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
  const cwd = await folder({ type: "sqlite", file: "test.db" }, endless);
  const database = new DatabaseSync(join(cwd, "test.db"));
  database.exec("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  const isLocked = (): boolean => {
    try {
      database.exec("BEGIN IMMEDIATE; ROLLBACK");
      return false;
    } catch {
      return true;
    }
  };
  const killed = startEngine(["run", "load.yaml", "--json"], { cwd, bin });
  await until("the statement runs", isLocked);
  killed.kill("SIGKILL");
  await killed.ended;
  await until("its process has gone with the engine", () => !isLocked());
  expect(database.prepare("SELECT * FROM t").all()).toEqual([]);
  expect(await resumed(cwd)).toEqual(["1 lost", "2 success"]);
  expect(database.prepare("SELECT * FROM t").all()).toEqual([{ n: 1 }]);
  database.close();
});

describe.skipIf(!need("postgres").found)("PostgreSQL", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await postgresServer();
    await server.query("CREATE TABLE t (n int PRIMARY KEY)");
  });
  afterAll(() => server.stop());

  test("undoes what was begun within seconds, and the attempt is lost and made again", async () => {
    const cwd = await folder(server.socket, "SELECT pg_sleep(3600)");
    const killed = startEngine(["run", "load.yaml", "--json"], { cwd, bin });
    const { name } = await server.untilRow(
      "SELECT application_name AS name FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    expect(name).toMatch(/^engine \d{8}-\d{6}-\w+ load$/);
    killed.kill("SIGKILL");
    await killed.ended;
    expect(await resumed(cwd)).toEqual(["1 lost", "2 success"]);
    await server.untilRow("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep')");
    expect(await server.query("SELECT * FROM t")).toEqual([{ n: 1 }]);
  });
});

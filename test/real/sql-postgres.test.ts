import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf } from "../support/local-world.ts";
import { need } from "./support/need.ts";
import { type PostgresServer, postgresServer } from "./support/postgres-server.ts";
import { sqlWorld } from "./support/sql-task.ts";

/*
 * `sql` with a real server.
 */

describe.skipIf(!need("postgres").found)("sql on PostgreSQL", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await postgresServer();
    await server.query("CREATE TABLE t (n int PRIMARY KEY, word text)");
  });
  afterAll(() => server.stop());

  test("values become what JSON has, and nothing of them is lost", async () => {
    const { row } = sqlWorld(server.connection);
    expect(
      await row(`SELECT 7::int2 AS small, 9007199254740991 AS big, 9007199254740993 AS huge, 12.50 AS price,
        0.1234567890123456789 AS exact, 'NaN'::float8 AS nan, 1.5::float4 AS real, true AS yes, NULL AS none,
        '2026-01-31 02:00:00.123456+05:30'::timestamptz AS at, '2026-01-31 02:00:00'::timestamp AS local,
        '2026-01-31'::date AS day, 'infinity'::timestamptz AS never, '{"a": [1, null]}'::jsonb AS json,
        ARRAY[1, NULL, 3]::bigint[] AS numbers, ARRAY['a,b', 'c"d'] AS words, '1 day 02:00'::interval AS span,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id`),
    ).toEqual({
      small: 7,
      big: 9007199254740991,
      huge: "9007199254740993",
      price: 12.5,
      exact: "0.1234567890123456789",
      nan: "NaN",
      real: 1.5,
      yes: true,
      none: null,
      at: "2026-01-30T20:30:00.123456Z",
      local: "2026-01-31T02:00:00",
      day: "2026-01-31",
      never: "infinity",
      json: { a: [1, null] },
      numbers: [1, null, 3],
      words: ["a,b", 'c"d'],
      span: "1 day 02:00:00",
      id: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    });
  });

  test("params are bound, by name and by place", async () => {
    const { row } = sqlWorld(server.connection);
    const params = { word: "'; DROP TABLE t; --", ids: [1, 2], json: { a: 1 }, none: null };
    expect(
      await row("SELECT :word::text AS w, 2 = ANY(:ids::int[]) AS i, :json::jsonb AS j, :none::text AS n", { params }),
    ).toEqual({ w: "'; DROP TABLE t; --", i: true, j: { a: 1 }, n: null });
    expect(await row("SELECT $2::int - $1::int AS n", { params: [1, 3] })).toEqual({ n: 2 });
  });

  test("a mistake is shown where it stands, and not tried again", async () => {
    const { run } = sqlWorld(server.connection);
    const query = "SELECT 1;\nSELECT :word::text,\n  mistake FROM t";
    expect(failureOf(await run({ query, params: { word: "x" } }))).toEqual({
      reason: "refused",
      message: 'column "mistake" does not exist (SQLSTATE 42703)\n3 |   mistake FROM t\n      ^',
      final: true,
    });
  });

  test("all is undone when a statement fails, or when an output isn't what was declared", async () => {
    const { run } = sqlWorld(server.connection);
    const insert = "INSERT INTO t VALUES (1, 'a')";
    expect(failureOf(await run({ query: `${insert}; ${insert}` }))).toMatchObject({ reason: "refused", final: true });
    const wrong = await run({ query: `${insert} RETURNING word AS n` }, { n: "integer" });
    expect(failureOf(wrong).reason).toBe("output_invalid");
    expect(await server.query("SELECT * FROM t")).toEqual([]);
    expect(failureOf(await run({ query: `${insert}; SELECT 1 / 0`, transaction: false })).reason).toBe("refused");
    expect(await server.query("DELETE FROM t RETURNING n")).toEqual([{ n: 1 }]);
  });

  test("row_count counts the rows that a statement changes", async () => {
    const { run } = sqlWorld(server.connection);
    const query = "CREATE TEMP TABLE x (n int); INSERT INTO x VALUES (1), (2), (3); UPDATE x SET n = n + 1 WHERE n > 1";
    expect(await run({ query }, { n: { type: "integer", value: "row_count" } })).toEqual({
      state: "success",
      outputs: { n: 2 },
    });
  });

  test("more rows than the task takes are a failure; as many are none", async () => {
    const { run } = sqlWorld(server.connection);
    const outputs = { n: { type: "integer", value: "rows.size()" } };
    const query = "SELECT generate_series(1, 1000)";
    expect(await run({ query }, outputs)).toMatchObject({ outputs: { n: 1000 } });
    const failure = failureOf(await run({ query, max_rows: 999 }, outputs));
    expect(failure).toMatchObject({ reason: "response_invalid", final: true });
    expect(failure.message).toContain("more than 999 rows");
  });

  test("rows go to a file as they come, whole or not at all", async () => {
    const { run, folder } = sqlWorld(server.connection);
    const query = `SELECT n, CASE n WHEN 1 THEN 'a "b", c' WHEN 2 THEN '' END AS word FROM generate_series(1, 20000) n`;
    const outputs = { n: { type: "integer", value: "row_count" } };
    expect(await run({ query, save_to: "out/rows.csv" }, outputs)).toMatchObject({ outputs: { n: 20_000 } });
    const lines = readFileSync(join(folder, "out/rows.csv"), "utf8").split("\r\n");
    expect(lines.slice(0, 4)).toEqual(["n,word", '1,"a ""b"", c"', '2,""', "3,"]);
    expect(lines).toHaveLength(20_002);
    await run({ query, save_to: "out/rows.jsonl" });
    expect(readFileSync(join(folder, "out/rows.jsonl"), "utf8").split("\n")[1]).toBe('{"n":2,"word":""}');
    await run({ query: "SELECT 1 / (500 - n) AS n FROM generate_series(1, 600) n", save_to: "out/broken.csv" });
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["rows.csv", "rows.jsonl"]);
  });

  test("a file of statements is carried out", async () => {
    const { run, folder } = sqlWorld(server.connection);
    writeFileSync(join(folder, "load.sql"), "-- loads ${{ what }}\nSELECT 1;\nSELECT :n::int + 1 AS n;\n");
    expect(await run({ file: "load.sql", params: { n: 1 } }, { n: "integer" })).toMatchObject({ outputs: { n: 2 } });
    expect(failureOf(await run({ file: "nowhere.sql" }))).toMatchObject({ reason: "not_found", final: true });
  });

  test.each(["timeout", "cancelled"] as const)("%s ends the statement on the server", async (why) => {
    const { start, executor, outcome } = sqlWorld(server.connection);
    const work = start({ query: "SELECT pg_sleep(3600)" });
    const asleep = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    const { pid } = await server.untilRow(asleep);
    executor.stop(work, why, 0);
    expect(failureOf(await outcome(work)).reason).toBe(why);
    await server.untilRow(`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = ${String(pid)})`);
  });

  test("a session that an administrator ends may be tried again", async () => {
    const { start, outcome } = sqlWorld(server.connection);
    const work = start({ query: "SELECT pg_sleep(3600)" });
    const { pid } = await server.untilRow("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    await server.query("SELECT pg_terminate_backend($1::int)", [pid as number]);
    const failure = failureOf(await outcome(work));
    expect(failure.message).toContain("57P01");
    expect(failure.final).toBeUndefined();
  });

  test("a conflict of transactions may be tried again", async () => {
    const { run } = sqlWorld(server.connection);
    const raise = (state: string) =>
      run({ query: `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$` });
    expect(failureOf(await raise("40001")).final).toBeUndefined();
    expect(failureOf(await raise("40P01")).final).toBeUndefined();
    expect(failureOf(await raise("53300")).final).toBeUndefined();
    expect(failureOf(await raise("23505")).final).toBe(true);
  });

  test("what runs outside of a transaction alone says how", async () => {
    const { run } = sqlWorld(server.connection);
    expect(failureOf(await run({ query: "VACUUM t" })).message).toContain("transaction: false");
    expect((await run({ query: "VACUUM t", transaction: false })).state).toBe("success");
    expect(failureOf(await run({ query: "SELECT 1; COMMIT" })).message).toContain("a COMMIT of their own");
  });

  test("what JSON can't hold is refused with a way out", async () => {
    const { run } = sqlWorld(server.connection);
    expect(failureOf(await run({ query: "SELECT 'a'::bytea AS b" })).message).toContain("encode(b, 'base64')");
    expect(failureOf(await run({ query: "SELECT 1 AS a, 2 AS a" })).message).toContain("two columns are called `a`");
  });

  test("a connection may be an address, or a socket", async () => {
    expect(await sqlWorld({ type: "postgres", url: server.url }).row("SELECT current_user::text AS u")).toEqual({
      u: "engine",
    });
    expect(await sqlWorld(server.socket).row("SELECT current_user::text AS u")).toEqual({ u: "engine" });
  });

  test.each([
    ["a wrong password", { password: "wrong-pass" }, "refused", "28P01"],
    ["a port on which nobody listens", { port: 1 }, "connection_failed", "nothing accepts connections"],
    ["a host that doesn't exist", { host: "nowhere.invalid" }, "dns_failed", "can't be found"],
    ["TLS that the server doesn't speak", { ssl: true }, "tls_failed", "doesn't speak TLS"],
    ["a certificate that isn't there", { ssl: { ca: "/nowhere.pem" } }, "not_found", "/nowhere.pem"],
  ])("%s reads well", async (_, change, reason, text) => {
    const { run } = sqlWorld({ ...server.connection, ...change });
    const failure = failureOf(await run({ query: "SELECT 1" }));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toContain(text);
    expect(failure.message).not.toContain("wrong-pass");
  });
});

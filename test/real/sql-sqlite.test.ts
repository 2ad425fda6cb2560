import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { failureOf, processesWith, until } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { sqlWorld } from "./support/sql-task.ts";

/*
 * `sql` with real files of SQLite.
 */

function sqliteWorld(more: { read_only?: boolean } = {}) {
  const file = join(temporaryFolder(), "test.db");
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)");
  onTestFinished(() => database.close());
  return { file, database, ...sqlWorld({ type: "sqlite", file, ...more }) };
}

describe("sql on SQLite", () => {
  test("values become what JSON has, and nothing of them is lost", async () => {
    const { row } = sqliteWorld();
    const query = "SELECT 7 AS n, 9007199254740993 AS huge, 1.5 AS real, 9e999 AS endless, 'a' AS word, NULL AS none";
    expect(await row(query)).toEqual({
      n: 7,
      huge: "9007199254740993",
      real: 1.5,
      endless: "Infinity",
      word: "a",
      none: null,
    });
  });

  test("params are bound, by name and by place", async () => {
    const { row } = sqliteWorld();
    const params = { word: "'; DROP TABLE t; --", yes: true, ids: [1, 2], n: 1.5 };
    const query = "SELECT :word AS w, :yes AS y, 2 IN (SELECT value FROM json_each(:ids)) AS i, typeof(:n) AS t";
    expect(await row(query, { params })).toEqual({ w: "'; DROP TABLE t; --", y: 1, i: 1, t: "real" });
    expect(await row("SELECT ? || ?2 AS w, typeof(?2) AS t", { params: ["a", 1] })).toEqual({ w: "a1", t: "integer" });
  });

  test("all is undone when a statement fails, or when an output isn't what was declared", async () => {
    const { run, database } = sqliteWorld();
    const insert = "INSERT INTO t VALUES (1, 'a')";
    expect(failureOf(await run({ query: `${insert}; ${insert}` }))).toMatchObject({ reason: "refused", final: true });
    const wrong = await run({ query: `${insert} RETURNING word AS n` }, { n: "integer" });
    expect(failureOf(wrong).reason).toBe("output_invalid");
    expect(database.prepare("SELECT * FROM t").all()).toEqual([]);
  });

  test("a trigger and what it does are one statement each", async () => {
    const { run, database } = sqliteWorld();
    const query = `CREATE TRIGGER twice AFTER INSERT ON t WHEN NEW.n < 10 BEGIN
        INSERT INTO t VALUES (NEW.n + 10, NEW.word); END;
      INSERT INTO t VALUES (1, 'a'), (2, 'b')`;
    expect(await run({ query }, { n: { type: "integer", value: "row_count" } })).toMatchObject({ state: "success" });
    expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 4 });
  });

  test("a mistake is shown where it stands", async () => {
    const { run } = sqliteWorld();
    expect(failureOf(await run({ query: "SELECT 1;\nSELECT mistake\nFROM t" })).message).toBe(
      "no such column: mistake (SQLite 1)\n2 | SELECT mistake\n           ^",
    );
  });

  test("rows go to a file", async () => {
    const { run, folder } = sqliteWorld();
    const query = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c";
    expect((await run({ query, save_to: "rows.jsonl" })).state).toBe("success");
    expect(readFileSync(join(folder, "rows.jsonl"), "utf8").split("\n")).toHaveLength(5_001);
    expect(failureOf(await run({ query })).message).toContain("more than 1000 rows");
  });

  test("a statement that never ends is ended, with its process", async () => {
    const { start, executor, outcome, database } = sqliteWorld();
    const work = start({
      query: `INSERT INTO t VALUES (1, 'a');
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c`,
    });
    await until("the process works", () => isLocked(database));
    executor.stop(work, "timeout", 0);
    expect(failureOf(await outcome(work)).reason).toBe("timeout");
    await until("the process is gone", () => !isLocked(database));
    expect(database.prepare("SELECT * FROM t").all()).toEqual([]);
  });

  test("a process that is killed from outside is a failure, and its work undone", async () => {
    const { start, outcome, database, file } = sqliteWorld();
    const work = start({
      query: `INSERT INTO t VALUES (1, 'a');
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c`,
    });
    await until("the process works", () => isLocked(database));
    for (const pid of processesWith("sqlite-process")) if (hasOpen(pid, file)) process.kill(pid, "SIGKILL");
    expect(failureOf(await outcome(work)).message).toContain("was ended by SIGKILL");
    expect(database.prepare("SELECT * FROM t").all()).toEqual([]);
  });

  test("a database to be read only is not written to, and has to be there", async () => {
    const { run } = sqliteWorld({ read_only: true });
    expect(failureOf(await run({ query: "INSERT INTO t VALUES (1, 'a')" }))).toMatchObject({
      reason: "refused",
      final: true,
    });
    expect((await run({ query: "SELECT 1" })).state).toBe("success");
    const nowhere = sqlWorld({ type: "sqlite", file: join(temporaryFolder(), "no.db"), read_only: true });
    expect(failureOf(await nowhere.run({ query: "SELECT 1" })).reason).toBe("connection_failed");
  });

  test("a file that is no database is said to be none", async () => {
    const file = join(temporaryFolder(), "no.db");
    writeFileSync(file, "hello ".repeat(1_000));
    const { run } = sqlWorld({ type: "sqlite", file });
    expect(failureOf(await run({ query: "SELECT * FROM t" }))).toMatchObject({
      reason: "response_invalid",
      final: true,
    });
  });

  test("what JSON can't hold is refused with a way out", async () => {
    const { run } = sqliteWorld();
    expect(failureOf(await run({ query: "SELECT x'00' AS b" })).message).toContain("hex(b)");
  });
});

/** Somebody else is in the middle of a transaction that writes. */
function isLocked(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN IMMEDIATE");
    database.exec("ROLLBACK");
    return false;
  } catch {
    return true;
  }
}

function hasOpen(pid: number, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === file);
  } catch {
    return false;
  }
}

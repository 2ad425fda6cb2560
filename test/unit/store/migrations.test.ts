import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectToRead, connectToWrite } from "../../../src/store/connection.ts";
import { latestVersion, MIGRATIONS, type Migration, migrate } from "../../../src/store/migrations.ts";
import { SqliteStore } from "../../../src/store/sqlite-store.ts";
import { ROOT } from "../../support/repository.ts";
import { RunWriter } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A step that may come one day: a table, and a column that every run gets. */
const NEXT: Migration = {
  version: latestVersion(MIGRATIONS) + 1,
  sql: "CREATE TABLE remarks (run_id TEXT) STRICT; ALTER TABLE runs ADD COLUMN remark TEXT; UPDATE runs SET remark = 'old'",
};
const BROKEN: Migration = { ...NEXT, sql: `${NEXT.sql}; INSERT INTO nowhere VALUES (1)` };

/** A folder whose store has one run, in today's format. */
async function usedFolder(): Promise<{ folder: string; path: string; run: RunWriter }> {
  const folder = temporaryFolder();
  const connection = connectToWrite(folder);
  const store = new SqliteStore(folder, { mode: "write", connection, release: () => {} });
  const run = new RunWriter("r1");
  await store.commit("us", [run.create()]);
  await store.close();
  return { folder, path: connection.path, run };
}

function look(path: string) {
  const db = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => db.close());
  const names = (sql: string) =>
    db
      .prepare(sql)
      .all()
      .map(({ name }) => name);
  const tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return {
    version: db.prepare("PRAGMA user_version").get()?.user_version,
    tables,
    columns: names("SELECT name FROM pragma_table_info('runs')"),
    runs: tables.includes("runs") ? db.prepare("SELECT * FROM runs").all() : [],
  };
}

test("the steps are numbered from 1 without a gap", () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});

describe("a step forward", () => {
  test("keeps the data", async () => {
    const { folder, path, run } = await usedFolder();
    const { db } = connectToWrite(folder, [...MIGRATIONS, NEXT]);
    db.close();
    const after = look(path);
    expect(after.version).toBe(NEXT.version);
    expect(after.tables).toContain("remarks");
    expect(after.runs).toMatchObject([{ run_id: run.run_id, seq: run.row.seq, remark: "old" }]);
  });

  test("is made once", async () => {
    const { folder, path } = await usedFolder();
    for (let time = 0; time < 2; time++) connectToWrite(folder, [...MIGRATIONS, NEXT]).db.close();
    expect(look(path).version).toBe(NEXT.version);
  });

  test("is not made by a reader, which says what to do", async () => {
    const { folder, path } = await usedFolder();
    const before = look(path);
    expect(() => connectToRead(folder, [...MIGRATIONS, NEXT])).toThrow(
      expect.objectContaining({
        code: "older_version",
        message: expect.stringContaining(
          `format ${NEXT.version - 1}, and this version of the engine reads format ${NEXT.version}. Restart the engine`,
        ),
      }),
    );
    expect(look(path)).toEqual(before);
  });
});

describe("a step that is interrupted", () => {
  test("by an error leaves the old version, whole", async () => {
    const { folder, path } = await usedFolder();
    const before = look(path);
    expect(() => connectToWrite(folder, [...MIGRATIONS, BROKEN])).toThrow(/nowhere/);
    expect(look(path)).toEqual(before);
    connectToWrite(folder).db.close();
  });

  test("takes the steps before it back as well", () => {
    const folder = temporaryFolder();
    expect(() => connectToWrite(folder, [...MIGRATIONS, BROKEN])).toThrow(/nowhere/);
    expect(look(join(folder, "engine.db"))).toMatchObject({ version: 0, tables: [] });
    expect(connectToRead(folder)).toBeUndefined();
    connectToWrite(folder).db.close();
  });

  test("by kill -9 leaves the old version, whole", async () => {
    const { path } = await usedFolder();
    const before = look(path);
    const killed = spawnSync(process.execPath, [
      "--input-type=module",
      "--eval",
      `
        import { DatabaseSync } from "node:sqlite";
        import { MIGRATIONS, migrate } from ${JSON.stringify(join(ROOT, "src/store/migrations.ts"))};
        const db = new DatabaseSync(process.argv[1]);
        // Small enough that half of the step is in the log by then, not only in memory.
        db.exec("PRAGMA cache_size = 1");
        db.function("die", () => process.kill(process.pid, "SIGKILL"));
        migrate(db, [...MIGRATIONS, { version: ${NEXT.version}, sql: process.argv[2] + "; SELECT die()" }]);
      `,
      path,
      `${NEXT.sql}; INSERT INTO remarks SELECT hex(randomblob(2000)) FROM json_each('[${"1,".repeat(99)}1]')`,
    ]);
    expect(killed.signal).toBe("SIGKILL");
    expect(look(path)).toEqual(before);
  });
});

test("a run of a store of format 6 is still there, and can be given a note", async () => {
  const folder = temporaryFolder();
  const db = new DatabaseSync(join(folder, "engine.db"));
  migrate(
    db,
    MIGRATIONS.filter(({ version }) => version <= 6),
  );
  const { row } = new RunWriter("r1");
  const old = { ...row, params: "{}" } as unknown as Record<string, string | number>;
  const names = Object.keys(old);
  const values = names.map((name) => old[name] ?? null);
  db.prepare(`INSERT INTO runs ("${names.join('", "')}") VALUES (${names.map(() => "?").join(", ")})`).run(...values);
  db.close();
  const store = new SqliteStore(folder, { mode: "write", connection: connectToWrite(folder), release: () => {} });
  onTestFinished(() => store.close());
  expect(await store.getRun(row.run_id)).toStrictEqual(row);
  const note = { text: "from before", by: "ann", at: 1 };
  expect(await store.setRunNote(row.run_id, note)).toBe(true);
  expect(await store.getRun(row.run_id)).toStrictEqual({ ...row, note });
});

test("two that migrate at once: the second finds it done", () => {
  const path = join(temporaryFolder(), "engine.db");
  const [one, other] = [new DatabaseSync(path), new DatabaseSync(path)];
  migrate(one, MIGRATIONS);
  migrate(other, MIGRATIONS);
  one.close();
  other.close();
  expect(look(path).version).toBe(latestVersion(MIGRATIONS));
});

import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { latestVersion, MIGRATIONS } from "../../../src/store/migrations.ts";
import { runId } from "../../support/plans.ts";
import { RunWriter } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { withoutRoot } from "../../support/without-root.ts";
import { openStore } from "./open-store.ts";

/** A data folder whose store has one run of a hundred attempts, closed in good order. */
async function usedFolder(): Promise<{ folder: string; path: string }> {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const run = new RunWriter("r1");
  await store.commit("us", [run.create()]);
  for (let nth = 0; nth < 100; nth++) {
    await store.commit("us", [run.start(`task${nth}`), run.succeed(`task${nth}`, { text: "x".repeat(500) })]);
  }
  await store.close();
  return { folder, path: join(folder, "engine.db") };
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const both = ["write", "read"] as const;

describe("another format", () => {
  test.each(both)("a store of a newer version is refused and left as it is (%s)", async (mode) => {
    const { folder, path } = await usedFolder();
    const newer = latestVersion(MIGRATIONS) + 1;
    change(path, `PRAGMA user_version = ${newer}`);
    const before = readFileSync(path);
    await expect(openStore(folder, mode).then((store) => store.getRun(runId("r1")))).rejects.toMatchObject({
      name: "StoreError",
      code: "newer_version",
      message:
        `${path}: the store has format ${newer}, and this version of the engine knows formats up to ${newer - 1}. It was written by a ` +
        "newer version: use that one, or choose another data folder. Nothing was changed.",
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each(both)("the database of another program is refused and left as it is (%s)", async (mode) => {
    const folder = temporaryFolder();
    const path = join(folder, "engine.db");
    change(path, "CREATE TABLE runs (mine TEXT); PRAGMA user_version = 1");
    const before = readFileSync(path);
    await expect(openStore(folder, mode).then((store) => store.getRun(runId("r1")))).rejects.toMatchObject({
      code: "corrupt",
      message: `${path}: this is the database of another program, not a store. Choose another data folder.`,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe("damage", () => {
  test.each(both)("a file that is no database is refused and left as it is (%s)", async (mode) => {
    const folder = temporaryFolder();
    const path = join(folder, "engine.db");
    writeFileSync(path, "tasks:\n  hello: {}\n".repeat(1_000));
    const before = readFileSync(path);
    await expect(openStore(folder, mode).then((store) => store.getRun(runId("r1")))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringMatching(
        /engine\.db: could not open the store: file is not a database\. Stop the engine and keep a copy/,
      ),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("a refusal gives the data folder back", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "engine.db");
    writeFileSync(path, "no database".repeat(100));
    await expect(openStore(folder)).rejects.toMatchObject({ code: "corrupt" });
    rmSync(path);
    expect(await (await openStore(folder)).listRuns({ limit: 1 })).toEqual({ rows: [] });
  });

  test.each(both)("a file that was cut off is refused (%s)", async (mode) => {
    const { folder, path } = await usedFolder();
    const handle = openSync(path, "r+");
    ftruncateSync(handle, 20_000);
    closeSync(handle);
    await expect(openStore(folder, mode).then((store) => store.getRun(runId("r1")))).rejects.toMatchObject({
      code: "corrupt",
    });
  });

  test("a table that is gone is found when the store is opened", async () => {
    const { folder, path } = await usedFolder();
    change(path, "DROP TABLE attempts");
    await expect(openStore(folder)).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("attempts"),
    });
  });

  test("a page that was overwritten is told where it is met; what lies elsewhere can still be read", async () => {
    const { folder, path } = await usedFolder();
    const db = new DatabaseSync(path);
    const { pageno } = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 5")
      .get() as { pageno: number };
    db.close();
    const handle = openSync(path, "r+");
    writeSync(handle, Buffer.alloc(4_096, 0xff), 0, 4_096, (pageno - 1) * 4_096);
    closeSync(handle);
    const store = await openStore(folder);
    await expect(store.readEvents(runId("r1"))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("could not read the store: database disk image is malformed"),
    });
    expect(await store.listTaskRuns(runId("r1"))).toHaveLength(100);
  });

  test("an event that is no JSON, and one that is missing, are damage and not a shorter journal", async () => {
    const { folder, path } = await usedFolder();
    change(path, "UPDATE events SET event = '{' WHERE seq = 5");
    await expect((await openStore(folder, "read")).readEvents(runId("r1"))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("stored JSON is damaged"),
    });
    change(path, "DELETE FROM events WHERE seq = 5");
    await expect((await openStore(folder, "read")).readEvents(runId("r1"))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("some are missing"),
    });
  });
});

describe("folders that can't be used", () => {
  test("a file where the folder should be", async () => {
    const folder = join(temporaryFolder(), "data");
    writeFileSync(folder, "");
    await expect(openStore(folder)).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(
        /^.*data: could not create the data folder: EEXIST.*\(a file stands where a folder should be\)\. Choose another/,
      ),
    });
    await expect(openStore(join(folder, "below"))).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("ENOTDIR"),
    });
  });

  test("a folder that this user may not write", async () => {
    const above = temporaryFolder();
    chmodSync(above, 0o755);
    const folder = join(above, "data");
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    const readOnly = { name: "StoreError", code: "read_only", message: expect.stringContaining("permission denied") };
    await withoutRoot(() => expect(openStore(folder)).rejects.toMatchObject(readOnly));
    await withoutRoot(() => expect(openStore(join(folder, "below"))).rejects.toMatchObject(readOnly));
  });

  test("a store that this user may read but not write", async () => {
    const { folder, path } = await usedFolder();
    chmodSync(folder, 0o777);
    chmodSync(path, 0o444);
    chmodSync(join(folder, "engine.lock"), 0o666);
    await withoutRoot(() =>
      expect(openStore(folder)).rejects.toMatchObject({
        name: "StoreError",
        code: "read_only",
        message: expect.stringContaining(path),
      }),
    );
  });

  test("a folder that this user may not look into is not an empty one", async () => {
    const above = temporaryFolder();
    chmodSync(above, 0o755);
    const folder = join(above, "data");
    mkdirSync(folder, { mode: 0o000 });
    await withoutRoot(async () => {
      const reader = await openStore(folder, "read");
      await expect(reader.listRuns({ limit: 1 })).rejects.toMatchObject({ name: "StoreError", code: "read_only" });
    });
  });
});

test.runIf(process.platform === "linux")(
  "a data folder where no folder can be made is refused, and not tried for ever",
  async () => {
    await expect(openStore("/proc/engine/data")).rejects.toMatchObject({
      name: "StoreError",
      code: "io",
      message: expect.stringContaining("/proc/engine/data"),
    });
  },
);

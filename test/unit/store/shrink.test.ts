import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/engine/index.ts";
import { backupStore, restoreStore } from "../../../src/store/index.ts";
import { RunWriter } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

const MANY = 40;
/** Of each run, so that the pages of all of them count. */
const LARGE = "x".repeat(100_000);

async function fill(store: Store): Promise<void> {
  for (let i = 0; i < MANY; i++) {
    const run = new RunWriter(`r${i}`, { params: { large: LARGE } });
    await store.commit("us", [run.create(), run.finish()]);
    await store.releaseLeases([{ run_id: run.run_id, owner: "us", epoch: 1, until: 0 }]);
  }
}

async function deleteAllButOne(store: Store): Promise<void> {
  const found = await store.findOldRuns({ before: Number.MAX_SAFE_INTEGER, keep: 1, limit: 1000 });
  expect(await store.deleteRuns(found)).toHaveLength(MANY - 1);
  while ((await store.removeRemains(100)) > 0);
  while (await store.shrink());
}

const size = (folder: string, name = "engine.db") => statSync(join(folder, name)).size;

describe("a store whose runs are deleted", () => {
  test("gives their space back to the disk, in its file and in its log", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder);
    await fill(store);
    await deleteAllButOne(store);
    expect(size(folder)).toBeLessThan(5 * LARGE.length);
    expect(size(folder, "engine.db-wal")).toBe(0);
  });

  test("does so beside a reader, whom it doesn't wait for", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder);
    await fill(store);
    const reader = new DatabaseSync(join(folder, "engine.db"), { readOnly: true });
    reader.exec("BEGIN; SELECT count(*) FROM runs");
    await deleteAllButOne(store);
    expect(reader.prepare("SELECT count(*) AS n FROM runs").get()?.n).toBe(MANY);
    reader.close();
    expect(await store.shrink()).toBe(false);
    expect(size(folder, "engine.db-wal")).toBe(0);
  });

  test("that was made without the means to has them after a backup was restored", async () => {
    const [folder, backups] = [temporaryFolder(), temporaryFolder()];
    const store = await openStore(folder);
    await fill(store);
    await store.close();
    const db = new DatabaseSync(join(folder, "engine.db"));
    db.exec("PRAGMA auto_vacuum = NONE; VACUUM");
    db.close();
    const old = await openStore(folder);
    expect(await old.shrink()).toBe(false);
    await old.close();
    backupStore(folder, join(backups, "copy.db"));
    restoreStore(join(backups, "copy.db"), folder, { describe: "vitest", now: 0 });
    const restored = await openStore(folder);
    await deleteAllButOne(restored);
    expect(size(folder)).toBeLessThan(5 * LARGE.length);
  });
});

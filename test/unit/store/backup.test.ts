import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backupStore, restoreStore } from "../../../src/store/index.ts";
import { NEW_YEAR } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

const OPTIONS = { describe: "vitest restore", now: NEW_YEAR };
const version = (name: string) => ({
  version: name.repeat(8),
  pipeline: name,
  file: `${name}.yaml`,
  source: "tasks: {}\n",
  stored_at: NEW_YEAR,
});

async function put(folder: string, name: string): Promise<void> {
  const store = await openStore(folder);
  await store.putPipelineVersion(version(name));
  await store.close();
}

async function has(folder: string, name: string): Promise<boolean> {
  const store = await openStore(folder, "read");
  const row = await store.getPipelineVersion(version(name).version);
  await store.close();
  return row !== undefined;
}

describe("a backup", () => {
  test("has what was stored, also while a process writes; and is for its owner alone", async () => {
    const folder = temporaryFolder();
    const file = join(temporaryFolder(), "backup.db");
    const store = await openStore(folder);
    await store.putPipelineVersion(version("before"));
    backupStore(folder, file);
    await store.putPipelineVersion(version("after"));
    await store.close();
    expect(statSync(file).mode & 0o077).toBe(0);

    const other = temporaryFolder();
    expect(restoreStore(file, other, OPTIONS)).toBeUndefined();
    expect([await has(other, "before"), await has(other, "after")]).toEqual([true, false]);
  });

  test("replaces no file, and needs a store", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "backup.db");
    expect(() => backupStore(folder, file)).toThrow("there is no store yet");
    await put(folder, "one");
    writeFileSync(file, "mine");
    expect(() => backupStore(folder, file)).toThrow(`${file}: this file is there already`);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("that can't be written whole leaves nothing behind", async () => {
    const folder = temporaryFolder();
    await put(folder, "one");
    const where = temporaryFolder();
    mkdirSync(join(where, "backup.db.new", "taken"), { recursive: true });
    expect(() => backupStore(folder, join(where, "backup.db"))).toThrow("could not back the store up");
    expect(existsSync(join(where, "backup.db"))).toBe(false);
  });
});

describe("restoring", () => {
  test("keeps the store that was there, with what was not yet in its main file", async () => {
    const folder = temporaryFolder();
    const file = join(temporaryFolder(), "backup.db");
    await put(folder, "one");
    backupStore(folder, file);
    await put(folder, "two");
    const kept = restoreStore(file, folder, OPTIONS);
    expect([await has(folder, "one"), await has(folder, "two")]).toEqual([true, false]);

    const again = temporaryFolder();
    expect(restoreStore(kept ?? "", again, OPTIONS)).toBeUndefined();
    expect(await has(again, "two")).toBe(true);
  });

  test("is refused while an engine holds the folder", async () => {
    const folder = temporaryFolder();
    const file = join(temporaryFolder(), "backup.db");
    await openStore(folder);
    backupStore(folder, file);
    expect(() => restoreStore(file, folder, OPTIONS)).toThrow("the data folder is in use by");
  });

  test.each([
    ["is no database", (file: string) => writeFileSync(file, "junk".repeat(500)), "could not read the backup"],
    ["is empty", (file: string) => writeFileSync(file, ""), "it is empty"],
    ["was cut short", (file: string) => truncateSync(file, statSync(file).size / 2), "backup"],
  ])("changes nothing when the backup %s", async (_, spoil, message) => {
    const folder = temporaryFolder();
    const file = join(temporaryFolder(), "backup.db");
    await put(folder, "one");
    backupStore(folder, file);
    spoil(file);
    const before = readdirSync(folder);
    expect(() => restoreStore(file, folder, OPTIONS)).toThrow(message);
    expect(readdirSync(folder)).toEqual(before);
    expect(await has(folder, "one")).toBe(true);
  });
});

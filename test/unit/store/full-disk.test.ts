import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { Store } from "../../../src/engine/index.ts";
import { connectToWrite } from "../../../src/store/connection.ts";
import { SqliteStore } from "../../../src/store/sqlite-store.ts";
import { runId } from "../../support/plans.ts";
import { RunWriter } from "../../support/run-writer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

const TEXT = "x".repeat(20_000);

/** Commits until the disk is full; returns the run as it was last acknowledged. */
async function fill(store: Store, run: RunWriter): Promise<void> {
  await store.commit("us", [run.create()]);
  for (let nth = 0; ; nth++) {
    const before = run.row;
    try {
      await store.commit("us", [run.start(`task${nth}`), run.succeed(`task${nth}`, { text: TEXT })]);
    } catch (error) {
      run.row = before;
      expect(error).toMatchObject({
        name: "StoreError",
        code: "disk_full",
        message: expect.stringMatching(
          /engine\.db: could not store what was decided: .* What was stored before is intact\. Free some space and try again\.$/,
        ),
      });
      return;
    }
  }
}

/** Everything acknowledged is there, and nothing else; the file is sound. */
async function expectIntact(store: Store, run: RunWriter): Promise<void> {
  expect(await store.getRun(run.run_id)).toEqual(run.row);
  expect(await store.readEvents(run.run_id)).toHaveLength(run.row.seq);
}

test("a store that may not grow keeps what it has, and works again once it may", async () => {
  const folder = temporaryFolder();
  const connection = connectToWrite(folder);
  const store = new SqliteStore(folder, { mode: "write", connection, release: () => {} });
  onTestFinished(() => store.close());
  connection.db.exec("PRAGMA max_page_count = 200");
  const run = new RunWriter("r1");
  await fill(store, run);
  await expectIntact(store, run);
  connection.db.exec("PRAGMA max_page_count = 10000");
  expect(await store.commit("us", [run.start("last")])).toEqual([{ ok: true }]);
  await expectIntact(store, run);
});

function shell(command: string, argument: string): void {
  execFileSync("sh", ["-c", command, "sh", argument], { stdio: "ignore" });
}

/** A disk of this size in memory; undefined where this user may not mount one. */
function smallDisk(size: string): string | undefined {
  const folder = temporaryFolder();
  try {
    shell(`mount -t tmpfs -o size=${size} tmpfs "$1"`, folder);
  } catch {
    return undefined;
  }
  onTestFinished(() => shell('umount "$1"', folder));
  return folder;
}

test("a disk that is really full loses nothing that was acknowledged, and space brings it back", async (context) => {
  const disk = smallDisk("6m");
  if (disk === undefined) return context.skip("this user may not mount a disk in memory");
  const folder = join(disk, "data");
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(4_000_000));
  const store = await openStore(folder);
  const run = new RunWriter("r1");
  await fill(store, run);
  await expectIntact(store, run);
  expect((await store.listRuns({ limit: 1 })).rows).toEqual([run.row]);
  rmSync(ballast);
  expect(await store.commit("us", [run.start("last")])).toEqual([{ ok: true }]);
  await store.close();

  const again = await openStore(folder);
  await expectIntact(again, run);
  await again.close();
  const db = new DatabaseSync(join(folder, "engine.db"), { readOnly: true });
  expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  db.close();
});

test("a disk without room for a new store says so, and a later try succeeds", async (context) => {
  const disk = smallDisk("256k");
  if (disk === undefined) return context.skip("this user may not mount a disk in memory");
  const ballast = join(disk, "ballast");
  shell('dd if=/dev/zero of="$1" bs=4096 || true', ballast);
  const folder = join(disk, "data");
  await expect(openStore(folder)).rejects.toMatchObject({ name: "StoreError", code: "disk_full" });
  rmSync(ballast);
  const store = await openStore(folder);
  expect(await store.getRun(runId("r1"))).toBeUndefined();
});

import { closeSync, copyFileSync, ftruncateSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
import type { Store } from "../../../src/engine/index.ts";
import { connectToWrite } from "../../../src/store/connection.ts";
import { runId } from "../../support/plans.ts";
import { startStoreProcess } from "../../support/store-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

/** The tables say what the journal says, up to its last event. Returns the number of that. */
async function expectConsistent(store: Store, run_id: RunId): Promise<number> {
  const events = await store.readEvents(run_id);
  const states = new Map<string, unknown>();
  for (const event of events) {
    if (event.type === "attempt_started") states.set(event.key, { state: "running" });
    if (event.type === "task_finished") states.set(event.key, { state: event.state, outputs: event.outputs });
  }
  const task_runs = await store.listTaskRuns(run_id);
  const attempts = await store.listAttempts(run_id);
  expect((await store.getRun(run_id))?.seq).toBe(events.length === 0 ? undefined : events.length);
  expect(new Map(task_runs.map(({ key, state, outputs }) => [key, outputs ? { state, outputs } : { state }]))).toEqual(
    states,
  );
  expect(new Map(attempts.map(({ key, state }) => [key, state]))).toEqual(
    new Map(task_runs.map(({ key, state }) => [key, state])),
  );
  return events.length;
}

function expectSound(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  db.close();
}

test("a commit is synced to the disk before it is acknowledged", () => {
  const { db } = connectToWrite(temporaryFolder());
  expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  // 2 is FULL: the log is synced at every commit.
  expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  db.close();
});

test("what was acknowledged before kill -9 is there afterwards, at any moment", async () => {
  const folder = temporaryFolder();
  // How many acknowledgements to wait for; where in the next commits the kill falls is up to the machine.
  for (const count of [0, 1, 2, 3, 5, 10, 20, 40, 80, 160]) {
    const run_id = `run-${count}`;
    const writer = startStoreProcess("commit", folder, run_id);
    await writer.acknowledged(count);
    await writer.kill();
    expect(writer.lines.length).toBeGreaterThanOrEqual(count);

    const store = await openStore(folder);
    const last = await expectConsistent(store, runId(run_id));
    expect(last).toBeGreaterThanOrEqual(Number(writer.lines.at(-1) ?? 0));
    await store.close();
    expectSound(join(folder, "engine.db"));
  }
});

test("a log that a power cut tore off at any byte still gives whole commits, and never a part of one", async () => {
  const folder = temporaryFolder();
  const writer = startStoreProcess("commit", folder);
  await writer.acknowledged(20);
  await writer.kill();
  const log_bytes = statSync(join(folder, "engine.db-wal")).size;
  const seen = new Set<number>();
  // From all of the log to none of it, in steps that don't fall on its pages.
  for (let cut = 0; cut <= 12; cut++) {
    const torn = temporaryFolder();
    copyFileSync(join(folder, "engine.db"), join(torn, "engine.db"));
    copyFileSync(join(folder, "engine.db-wal"), join(torn, "engine.db-wal"));
    const handle = openSync(join(torn, "engine.db-wal"), "r+");
    ftruncateSync(handle, Math.max(0, log_bytes - Math.floor((cut * log_bytes) / 12.7)));
    closeSync(handle);

    const store = await openStore(torn);
    seen.add(await expectConsistent(store, runId("run")));
    await store.close();
    expectSound(join(torn, "engine.db"));
  }
  expect(seen.size).toBeGreaterThan(3);
});

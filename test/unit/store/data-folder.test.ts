import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runId, taskKey } from "../../support/plans.ts";
import { NEW_YEAR, RunWriter } from "../../support/run-writer.ts";
import { startStoreProcess } from "../../support/store-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openStore } from "./open-store.ts";

const mode = (path: string) => statSync(path).mode & 0o777;

describe("files", () => {
  test("the data folder and what is missing above it are made for this user alone", async () => {
    const above = join(temporaryFolder(), "a");
    const folder = join(above, "b");
    const store = await openStore(folder);
    await store.commit("us", [new RunWriter("r1").create()]);
    expect([mode(above), mode(folder)]).toEqual([0o700, 0o700]);
    const files = readdirSync(folder);
    expect(files).toEqual(expect.arrayContaining(["engine.db", "engine.db-wal", "engine.lock", "engine.lock.json"]));
    for (const file of files) expect([file, mode(join(folder, file))]).toEqual([file, 0o600]);
  });

  test("what was stored is there after closing and opening again", async () => {
    const folder = temporaryFolder();
    const run = new RunWriter("r1");
    const first = await openStore(folder);
    await first.commit("us", [run.create(), run.start("load"), run.succeed("load", { rows: 1 })]);
    const before = [
      await first.getRun(run.run_id),
      await first.readEvents(run.run_id),
      await first.listTaskRuns(run.run_id),
    ];
    await first.close();
    const second = await openStore(folder);
    const after = [
      await second.getRun(run.run_id),
      await second.readEvents(run.run_id),
      await second.listTaskRuns(run.run_id),
    ];
    expect(after).toEqual(before);
  });
});

describe("a data folder that goes away under the engine", () => {
  test("takes no more writes, and takes them again once it is back", async () => {
    const folder = join(temporaryFolder(), "data");
    const store = await openStore(folder);
    const run = new RunWriter("r1");
    const create = run.create();
    renameSync(folder, `${folder}-moved`);
    await expect(store.commit("us", [create])).rejects.toMatchObject({
      name: "StoreError",
      code: "io",
      message: expect.stringContaining("engine.db: the store was deleted or moved while the engine had it open"),
    });
    renameSync(`${folder}-moved`, folder);
    await store.commit("us", [create]);
    expect(await store.getRun(run.run_id)).toEqual(run.row);
  });

  test("is not written to when another one stands in its place", async () => {
    const folder = join(temporaryFolder(), "data");
    const store = await openStore(folder);
    renameSync(folder, `${folder}-moved`);
    await openStore(folder);
    await expect(store.commit("us", [new RunWriter("r1").create()])).rejects.toMatchObject({ code: "io" });
  });
});

describe("one writer", () => {
  test("the second process is told who holds the folder, since when and with which command", async () => {
    const folder = temporaryFolder();
    const holder = startStoreProcess("hold", folder);
    await holder.acknowledged(1);
    await expect(openStore(folder)).rejects.toMatchObject({
      name: "StoreError",
      code: "held",
      message:
        `${folder}: the data folder is in use by process ${holder.pid} on ${hostname()} since 2026-01-01T00:00:00.000Z ` +
        "(child hold). Only one process can write to it: stop that one first, or choose another data folder.",
    });
  });

  test("a second writer in the same process is refused, and does not take the lock off the first", async () => {
    const folder = temporaryFolder();
    await openStore(folder);
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(openStore(folder)).rejects.toMatchObject({ code: "held" });
    const other = startStoreProcess("hold", folder);
    await other.acknowledged(1);
    expect(other.lines).toEqual(["refused: held"]);
  });

  test("a holder that has not said who it is yet is another process", async () => {
    const folder = temporaryFolder();
    await openStore(folder);
    writeFileSync(join(folder, "engine.lock.json"), "{");
    await expect(openStore(folder)).rejects.toThrow("in use by another process.");
  });

  test("closing gives the folder back and takes the name away", async () => {
    const folder = temporaryFolder();
    const first = await openStore(folder);
    expect(JSON.parse(readFileSync(join(folder, "engine.lock.json"), "utf8"))).toEqual({
      pid: process.pid,
      host: hostname(),
      since: NEW_YEAR,
      command: "vitest write",
    });
    await first.close();
    expect(existsSync(join(folder, "engine.lock.json"))).toBe(false);
    await openStore(folder);
  });

  test("a killed holder leaves the folder free, and its runs and attempts to be taken over at once", async () => {
    const folder = temporaryFolder();
    const holder = startStoreProcess("hold", folder, "r1");
    await holder.acknowledged(1);
    await holder.kill();
    expect(existsSync(join(folder, "engine.lock.json"))).toBe(true);
    const store = await openStore(folder);
    const until = NEW_YEAR + 1;
    expect(await store.leaseRuns("us", NEW_YEAR, until)).toEqual([{ run_id: "r1", owner: "us", epoch: 2, until }]);
    expect(await store.claimAttempt({ run_id: runId("r1"), key: taskKey("train"), attempt: 1 })).toBe(2);
  });
});

describe("readers", () => {
  test("without a data folder there is nothing to read, and reading makes none", async () => {
    const folder = join(temporaryFolder(), "none");
    const reader = await openStore(folder, "read");
    expect(await reader.listRuns({ limit: 10 })).toEqual({ rows: [] });
    expect(await reader.getRun(runId("r1"))).toBeUndefined();
    expect(await reader.findRuns("")).toEqual([]);
    expect(await reader.readEvents(runId("r1"))).toEqual([]);
    expect(await reader.listTaskRuns(runId("r1"))).toEqual([]);
    expect(await reader.listAttempts(runId("r1"))).toEqual([]);
    expect(await reader.getPipelineVersion("v")).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
  });

  test("a store that is only just being made is empty", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "engine.db"), "");
    const reader = await openStore(folder, "read");
    expect(await reader.listRuns({ limit: 10 })).toEqual({ rows: [] });
  });

  test("a reader sees what is committed after it was opened, and a store that came later", async () => {
    const folder = temporaryFolder();
    const reader = await openStore(folder, "read");
    expect(await reader.getRun(runId("r1"))).toBeUndefined();
    const writer = await openStore(folder);
    const run = new RunWriter("r1");
    await writer.commit("us", [run.create()]);
    expect(await reader.getRun(run.run_id)).toEqual(run.row);
    await writer.commit("us", [run.start("load")]);
    expect(await reader.getRun(run.run_id)).toEqual(run.row);
    expect(await reader.readEvents(run.run_id)).toHaveLength(4);
  });

  test("a reader works beside a writer of another process, and after that was killed", async () => {
    const folder = temporaryFolder();
    const writer = startStoreProcess("commit", folder, "r1");
    await writer.acknowledged(5);
    const beside = await openStore(folder, "read");
    expect((await beside.readEvents(runId("r1"))).length).toBeGreaterThanOrEqual(Number(writer.lines[4]));
    await writer.kill();
    const after = await openStore(folder, "read");
    const committed = Number(writer.lines.at(-1));
    for (const reader of [beside, after]) {
      expect((await reader.readEvents(runId("r1"))).length).toBeGreaterThanOrEqual(committed);
    }
  });

  test("a reader works after an orderly end, and changes nothing in the file", async () => {
    const folder = temporaryFolder();
    const writer = await openStore(folder);
    await writer.commit("us", [new RunWriter("r1").create()]);
    await writer.close();
    const before = readFileSync(join(folder, "engine.db"));
    const reader = await openStore(folder, "read");
    expect((await reader.listRuns({ limit: 10 })).rows).toHaveLength(1);
    await reader.close();
    expect(readFileSync(join(folder, "engine.db")).equals(before)).toBe(true);
  });

  test("a reader of what a killed writer left behind changes nothing either", async () => {
    const folder = temporaryFolder();
    const writer = startStoreProcess("hold", folder, "r1");
    await writer.acknowledged(1);
    await writer.kill();
    const content = () => ["engine.db", "engine.db-wal"].map((file) => readFileSync(join(folder, file)));
    const before = content();
    const reader = await openStore(folder, "read");
    expect(await reader.readEvents(runId("r1"))).toHaveLength(4);
    await reader.close();
    expect(content().map((bytes, nth) => before[nth]?.equals(bytes))).toEqual([true, true]);
  });

  test("a store that is open for reading refuses to write", async () => {
    const folder = temporaryFolder();
    await openStore(folder);
    const reader = await openStore(folder, "read");
    const refused = { name: "StoreError", code: "read_only" };
    await expect(reader.commit("us", [new RunWriter("r1").create()])).rejects.toMatchObject(refused);
    await expect(reader.leaseRuns("us", 0, 1)).rejects.toMatchObject(refused);
    await expect(reader.claimAttempt({ run_id: runId("r1"), key: taskKey("a"), attempt: 1 })).rejects.toMatchObject(
      refused,
    );
  });
});

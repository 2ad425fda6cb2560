import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/lib/index.ts";
import { type Settings, waiting } from "../../support/sensor-world.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A sensor of a file in a folder of its own. */
function watching(make: (folder: string) => JsonObject[string], settings: Settings = {}) {
  const folder = temporaryFolder();
  const path = (...names: string[]): string => join(folder, ...names);
  return { folder, path, start: () => waiting({ file: make(folder) }, { cwd: folder, ...settings }) };
}

const OUTPUTS = { path: "string", paths: { type: "array" }, count: "integer", size: "integer" };

describe("a file", () => {
  test("that comes is found by its event, long before the interval is over", async () => {
    const { path, start } = watching(() => "new.csv", { outputs: OUTPUTS });
    const { looked, ended } = start();
    await looked(1);
    writeFileSync(path("new.csv"), "abc");
    expect(await ended).toEqual({
      state: "success",
      outputs: { path: path("new.csv"), paths: [path("new.csv")], count: 1, size: 3 },
    });
  });

  test("is found in folders that come one after the other", async () => {
    const { path, start } = watching(() => "a/b/new.csv");
    const { looked, ended } = start();
    await looked(1);
    mkdirSync(path("a"));
    await looked(2);
    mkdirSync(path("a/b"));
    await looked(3);
    writeFileSync(path("a/b/new.csv"), "");
    expect((await ended).state).toBe("success");
  });

  test("is found in a folder that was replaced", async () => {
    const { path, start } = watching(() => "in/new.csv");
    mkdirSync(path("in"));
    const { looked, ended } = start();
    await looked(1);
    rmSync(path("in"), { recursive: true });
    await looked(2);
    mkdirSync(path("in"));
    await looked(3);
    writeFileSync(path("in/new.csv"), "");
    expect((await ended).state).toBe("success");
  });

  test("is waited for until it is old enough, and then found to the millisecond", async () => {
    const { path, start } = watching(() => ({ path: "new.csv", min_age: "30s" }));
    writeFileSync(path("new.csv"), "");
    utimesSync(path("new.csv"), Date.UTC(2025, 11, 31, 23, 59, 50) / 1_000, Date.UTC(2025, 11, 31, 23, 59, 50) / 1_000);
    const { looked, pauses, clock, ended } = start();
    await looked(1);
    expect(pauses).toEqual([20_000]);
    clock.advance(20_000);
    expect((await ended).state).toBe("success");
  });

  test("whose time lies ahead is looked at every interval all the same", async () => {
    const { path, start } = watching(() => ({ path: "new.csv", min_age: "30s" }));
    writeFileSync(path("new.csv"), "");
    utimesSync(path("new.csv"), Date.UTC(2030, 0, 1) / 1_000, Date.UTC(2030, 0, 1) / 1_000);
    const { looked, pauses, stop, ended } = start();
    await looked(1);
    expect(pauses).toEqual([60_000]);
    stop("cancelled");
    await ended;
  });

  test("that is too small is waited for", async () => {
    const { path, start } = watching(() => ({ path: "new.csv", min_size: "1KiB" }));
    writeFileSync(path("new.csv"), "abc");
    const { looked, log, ended } = start();
    await looked(1);
    expect(log).toEqual([`${path("new.csv")} has 3 of 1024 bytes; looks again in 1m`]);
    writeFileSync(path("new.csv"), "x".repeat(1_024));
    expect((await ended).state).toBe("success");
  });

  test("of a glob is found whatever its name, and so many as are asked for", async () => {
    const { path, start } = watching(() => ({ path: "täg lich/*.cs[v]", min_count: 2 }), { outputs: OUTPUTS });
    mkdirSync(path("täg lich"));
    writeFileSync(path("täg lich/ä b.csv"), "");
    const { looked, log, ended } = start();
    await looked(1);
    expect(log).toEqual(["1 of 2 are there; looks again in 1m"]);
    writeFileSync(path("täg lich/日本 1.csv"), "");
    expect(await ended).toMatchObject({
      outputs: { count: 2, paths: [path("täg lich/ä b.csv"), path("täg lich/日本 1.csv")] },
    });
  });

  test("behind a link is found when there is something", async () => {
    const { path, start } = watching(() => "link");
    symlinkSync(path("target"), path("link"));
    const { looked, ended, pass } = start();
    await looked(1);
    writeFileSync(path("target"), "");
    // No event tells of it.
    pass();
    expect((await ended).state).toBe("success");
  });

  test("behind links in a circle is not there", async () => {
    const { path, start } = watching(() => "link");
    symlinkSync(path("link"), path("link"));
    const { looked, log, stop, ended } = start();
    await looked(1);
    expect(log[0]).toContain("link can't be looked at: ELOOP");
    stop("cancelled");
    await ended;
  });
});

test("a thousand sensors of one folder find their files", async () => {
  const folder = temporaryFolder();
  const names = Array.from({ length: 1_000 }, (_, index) => `${index}.csv`);
  const all = names.map((name) => waiting({ file: name }, { cwd: folder }));
  await Promise.all(all.map((one) => one.looked(1)));
  for (const name of names) writeFileSync(join(folder, name), "");
  const states = await Promise.all(all.map(async (one) => (await one.ended).state));
  expect(new Set(states)).toEqual(new Set(["success"]));
});

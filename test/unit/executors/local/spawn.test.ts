import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBash } from "../../../../src/executors/local/spawn.ts";
import { drive } from "../../../support/drive-executor.ts";
import { failureOf, localWorld } from "../../../support/local-world.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

describe("a process that can't be started", () => {
  test.each([
    ["does not exist", "/surely/not/there", "the working directory /surely/not/there does not exist"],
    ["is a file", "/etc/passwd", "the working directory /etc/passwd is not a folder"],
    ["is below a file", "/etc/passwd/x", "does not exist: a part of it is not a folder"],
  ])("says that its working directory %s", async (_, cwd, message) => {
    const world = localWorld();
    const failure = failureOf(await world.run("true", { cwd }));
    expect(failure.reason).toBe("spawn_failed");
    expect(failure.message).toContain(message);
    expect(world.log()).toEqual([`engine: ${failure.message}`]);
  });

  test("says that there is no bash", async () => {
    const failure = failureOf(await localWorld({ bash: "/surely/no/bash" }).run("true"));
    expect(failure).toMatchObject({ reason: "spawn_failed", message: "/surely/no/bash does not exist" });
    const path = process.env.PATH;
    process.env.PATH = "/surely/not";
    try {
      const without = failureOf(await localWorld().run("true"));
      expect(without.reason).toBe("spawn_failed");
      expect(without.message).toContain("there is no bash in PATH");
    } finally {
      process.env.PATH = path;
    }
  });

  test("says that a variable, or all of them, are too large", async () => {
    const world = localWorld();
    const large = failureOf(await world.run("true", { env: { LARGE: "x".repeat(200_000) } }));
    expect(large.reason).toBe("spawn_failed");
    expect(large.message).toContain("the environment is too large for a process");
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`V${i}`, "x".repeat(100_000)]));
    expect(failureOf(await world.run("true", { attempt: 2, env: many })).message).toContain("too large");
  });

  test("says what is wrong with a variable that no process can have", async () => {
    const failure = failureOf(await localWorld().run("true", { env: { X: "a\0b" } }));
    expect(failure.reason).toBe("spawn_failed");
    expect(failure.message).toContain("null bytes");
  });

  test("says that no file descriptor is free", async () => {
    const { data } = localWorld();
    const driven = drive(data, { attempts: [{ key: "train", script: "true" }], epoch: 1, starve_ms: "for_ever" }, 60);
    expect(await driven.report("train")).toMatchObject({
      outcome: { state: "failed", failure: { reason: "spawn_failed", message: /no file descriptor is free/ } },
    });
    await driven.exited;
  });

  test("is tried again for a moment when the machine has run out of something", async () => {
    const { data } = localWorld();
    const driven = drive(data, { attempts: [{ key: "train", script: "true" }], epoch: 1, starve_ms: 200 }, 60);
    expect(await driven.report("train")).toMatchObject({ outcome: { state: "success" } });
    await driven.exited;
  });

  test("hides secrets in what it says", async () => {
    const failure = failureOf(await localWorld().run("true", { cwd: "/tmp/s3cr3t-folder", secrets: ["s3cr3t"] }));
    expect(failure.message).toBe("the working directory /tmp/***-folder does not exist");
  });
});

describe("findBash", () => {
  test("takes the first one in PATH that can be executed", () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(first, "bash"), "", { mode: 0o600 });
    writeFileSync(join(second, "bash"), "", { mode: 0o700 });
    expect(findBash(`:/surely/not:${first}:${second}`)).toBe(join(second, "bash"));
    expect(findBash(first)).toBeUndefined();
  });
});

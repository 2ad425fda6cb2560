import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";

const BEFORE = "tasks:\n    a:\n        noop: {}   # nothing\nname: one\n";
const AFTER = "name: one\ntasks:\n  a:\n    noop: {}   # nothing\n";

function textOf(cwd: string, file: string): string {
  return readFileSync(join(cwd, file), "utf8");
}

describe("engine fmt", () => {
  test("lays out the files of the folder, and counts them", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BEFORE, "pipelines/sub/b.yml": AFTER, "pipelines/c.txt": BEFORE });
    chmodSync(join(cwd, "pipelines/a.yaml"), 0o600);
    const stderr = "1 file laid out anew, 1 file as it should be\n";
    expect(await callEngine(["fmt"], { cwd })).toEqual({ code: 0, stdout: "", stderr });
    expect([textOf(cwd, "pipelines/a.yaml"), textOf(cwd, "pipelines/c.txt")]).toEqual([AFTER, BEFORE]);
    expect(statSync(join(cwd, "pipelines/a.yaml")).mode & 0o777).toBe(0o600);
    expect((await callEngine(["fmt"], { cwd })).stderr).toBe("2 files as they should be\n");
  });

  test("--check lists what would change, writes nothing, and fails", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BEFORE, "pipelines/b.yaml": AFTER });
    const stderr = "1 file would change, 1 file as it should be\n";
    expect(await callEngine(["fmt", "--check"], { cwd })).toEqual({ code: 1, stdout: "pipelines/a.yaml\n", stderr });
    expect(textOf(cwd, "pipelines/a.yaml")).toBe(BEFORE);
    const { code, stdout } = await callEngine(["fmt", "--check", "pipelines/b.yaml"], { cwd });
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("--diff shows what would change, and writes nothing; with --check it fails too", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BEFORE });
    const { code, stdout } = await callEngine(["fmt", "--diff"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--- a\/pipelines\/a\.yaml\n\+\+\+ b\/pipelines\/a\.yaml\n@@ /);
    expect(stdout).toContain("\n+tasks:\n");
    expect(textOf(cwd, "pipelines/a.yaml")).toBe(BEFORE);
    const both = await callEngine(["fmt", "--diff", "--check"], { cwd });
    expect([both.code, both.stdout]).toEqual([1, stdout]);
  });

  test("takes standard input, and prints the result alone", async () => {
    const cwd = aFolder({});
    expect(await callEngine(["fmt", "-"], { cwd, stdin: BEFORE })).toEqual({ code: 0, stdout: AFTER, stderr: "" });
    expect(await callEngine(["fmt", "-"], { cwd, stdin: AFTER })).toEqual({ code: 0, stdout: AFTER, stderr: "" });
  });

  test("leaves a file alone that is no YAML, says what is wrong, goes on, and fails", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": "tasks: [\n", "pipelines/b.yaml": BEFORE });
    const { code, stdout, stderr } = await callEngine(["fmt"], { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error\[ENG101\][\s\S]*\n1 file laid out anew, 1 file with errors left alone\n$/);
    expect([textOf(cwd, "pipelines/a.yaml"), textOf(cwd, "pipelines/b.yaml")]).toEqual(["tasks: [\n", AFTER]);
  });

  test("lays out a pipeline with other findings, and keeps the order of keys of engine.yaml", async () => {
    const config = "pipelines: pipelines\ndata:   .engine\npools:\n    gpu: 1\n";
    const cwd = aFolder({ "engine.yaml": config, "a.yaml": "tasks:\n    a: { bahs: x }\n" });
    expect((await callEngine(["fmt", "a.yaml", "engine.yaml"], { cwd })).code).toBe(0);
    expect(textOf(cwd, "a.yaml")).toBe("tasks:\n  a: { bahs: x }\n");
    expect(textOf(cwd, "engine.yaml")).toBe("pipelines: pipelines\ndata:   .engine\npools:\n  gpu: 1\n");
  });

  test("refuses a path where nothing is, and a folder without pipelines", async () => {
    const cwd = aFolder({ "empty/x.txt": "" });
    expect(await callEngine(["fmt", "nowhere.yaml"], { cwd })).toMatchObject({ code: 2 });
    expect(await callEngine(["fmt", "empty"], { cwd })).toMatchObject({ code: 2 });
    expect(await callEngine(["fmt"], { cwd })).toMatchObject({ code: 2 });
  });
});

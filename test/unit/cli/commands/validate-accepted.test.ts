import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";

const BAD = "tasks:\n  train:\n    needs: preproces\n    noop: {}\n  preprocess: { noop: {} }\n";
const DOUBTFUL = "tasks:\n  a: { if: 1 == 1, noop: {} }\n";

describe("a baseline", () => {
  const write = ["validate", "--baseline", "known.json", "--write-baseline"];
  const read = ["validate", "--baseline", "known.json"];

  test("accepts what was there, errors too, and shows what is new", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": DOUBTFUL, "pipelines/b.yaml": BAD });
    expect(await callEngine(write, { cwd })).toEqual({
      code: 0,
      stdout: "2 files checked: nothing found (2 suppressed)\n",
      stderr: "known.json holds 2 findings now\n",
    });
    expect(await callEngine(read, { cwd })).toMatchObject({ code: 0, stderr: "" });
    writeFileSync(join(cwd, "pipelines/b.yaml"), `# moved down\n\n${BAD}  c: { noop: {}, needs: d }\n`);
    const { code, stdout } = await callEngine([...read, "--format", "concise"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^pipelines\/b\.yaml:8:\d+: error\[ENG302\] [^\n]*\n$/);
  });

  test("is the same from whichever folder it is used", async () => {
    const root = aFolder({ "engine.yaml": "", "pipelines/a.yaml": DOUBTFUL });
    await callEngine(write, { cwd: root });
    const cwd = join(root, "pipelines");
    const { stdout } = await callEngine(["validate", "a.yaml", "--baseline", "../known.json"], { cwd });
    expect(stdout).toBe("1 file checked: nothing found (1 suppressed)\n");
  });

  test("tells on the side of entries that fit nothing any more, in files that were checked or are gone", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": DOUBTFUL, "pipelines/b.yaml": BAD, "pipelines/c.yaml": DOUBTFUL });
    await callEngine(write, { cwd });
    writeFileSync(join(cwd, "pipelines/a.yaml"), "tasks: { a: { noop: {} } }\n");
    const one = "1 entry of known.json fits nothing any more: write it anew with --write-baseline\n";
    expect(await callEngine([...read, "--format", "json"], { cwd })).toMatchObject({ code: 0, stderr: one });
    expect(await callEngine([...read, "pipelines/b.yaml"], { cwd })).toMatchObject({ code: 0, stderr: "" });
    rmSync(join(cwd, "pipelines/c.yaml"));
    expect((await callEngine([...read, "pipelines/b.yaml"], { cwd })).stderr).toMatch(/^1 entry /);
    expect((await callEngine(read, { cwd })).stderr).toMatch(/^2 entries of known\.json fit nothing/);
  });

  test("is renewed for the files that are checked, and keeps the others", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": DOUBTFUL, "pipelines/b.yaml": BAD });
    await callEngine(write, { cwd });
    const before = readFileSync(join(cwd, "known.json"), "utf8");
    writeFileSync(join(cwd, "pipelines/a.yaml"), "tasks: { a: { noop: {} } }\n");
    await callEngine([...write, "pipelines/a.yaml"], { cwd });
    const after = readFileSync(join(cwd, "known.json"), "utf8");
    const line = (text: string, file: string) => text.split("\n").find((each) => each.includes(file));
    expect(line(after, "b.yaml")).toBe(line(before, "b.yaml"));
    expect(line(after, "a.yaml")).toBeUndefined();
    expect(JSON.parse(after)).toMatchObject({ schema_version: 1, findings: [{ code: "ENG302" }] });
  });

  test.each([
    [["--baseline", "gone.json"], "there is no baseline gone.json", "make one with `--write-baseline`"],
    [
      ["--baseline", "a.yaml"],
      "a.yaml is no baseline that this engine can read",
      "delete it, and make one with `--write-baseline`",
    ],
    [
      ["--baseline", "old.json"],
      "old.json is no baseline that this engine can read",
      "delete it, and make one with `--write-baseline`",
    ],
    [
      ["--baseline", "x/b.json", "--write-baseline"],
      "there is no folder x, where b.json should go",
      "make it first: `mkdir -p x`",
    ],
    [
      ["--write-baseline"],
      "--write-baseline needs to know where",
      "name the file too: `--baseline engine-baseline.json`",
    ],
  ])("is refused with %j", async (args, message, hint) => {
    const cwd = aFolder({ "a.yaml": DOUBTFUL, "old.json": '{ "schema_version": 1, "findings": [{}] }' });
    const stderr = `error: ${message}\nhint: ${hint}\n`;
    expect(await callEngine(["validate", "a.yaml", ...args], { cwd })).toEqual({ code: 2, stdout: "", stderr });
  });
});

describe("validate in engine.yaml", () => {
  const ignore = (until: string): string =>
    `validate:\n  ignore:\n    - { code: ENG407, path: "pipelines/**", reason: for now, until: ${until} }\n`;
  const now = Date.UTC(2026, 0, 31, 12);

  test("accepts findings until a day that the command's clock knows", async () => {
    const cwd = aFolder({ "engine.yaml": ignore("2026-01-31"), "pipelines/a.yaml": DOUBTFUL });
    expect((await callEngine(["validate"], { cwd, now })).stdout).toBe(
      "1 file checked: nothing found (1 suppressed)\n",
    );
    writeFileSync(join(cwd, "engine.yaml"), ignore("2026-01-30"));
    const { stdout } = await callEngine(["validate"], { cwd, now });
    expect(stdout).toContain("warning[ENG407]");
    // The line of engine.yaml is shown too.
    expect(stdout).toContain('3 |     - { code: ENG407, path: "pipelines/**"');
    expect(stdout).toMatch(/2 warnings\n$/);
  });

  test("says which entry has nothing to do only when the whole folder is checked", async () => {
    const cwd = aFolder({ "engine.yaml": ignore("2027-01-31"), "pipelines/a.yaml": "tasks: { a: { noop: {} } }\n" });
    expect((await callEngine(["validate"], { cwd, now })).stdout).toContain("warning[ENG901]");
    expect((await callEngine(["validate", "pipelines"], { cwd, now })).stdout).not.toContain("ENG901");
  });

  test("lets `engine run` take what it accepts, and stops nothing that it raises", async () => {
    const risky = "params: { p: x }\ntasks:\n  a: { bash: 'eval ${{ params.p }}' }\n";
    const rules = "validate: { rules: { ENG408: warn, ENG407: error } }\n";
    const cwd = aFolder({ "engine.yaml": rules, "pipelines/risky.yaml": risky, "pipelines/doubtful.yaml": DOUBTFUL });
    expect((await callEngine(["validate"], { cwd })).code).toBe(1);
    expect((await callEngine(["run", "risky", "--dry-run"], { cwd })).code).toBe(0);
    expect((await callEngine(["run", "doubtful", "--dry-run"], { cwd })).code).toBe(0);
    rmSync(join(cwd, "engine.yaml"));
    expect((await callEngine(["run", "risky", "--dry-run"], { cwd })).code).toBe(1);
  });

  test("is refused when it can't be carried out: exit code 2, whatever the command", async () => {
    const cwd = aFolder({ "engine.yaml": "validate: { rules: { ENG302: off } }\n", "pipelines/a.yaml": DOUBTFUL });
    const { code, stderr } = await callEngine(["validate"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("error[ENG903]");
  });
});

test("a file in the folder of pipelines that would not be found there is pointed out when it is named", async () => {
  const cwd = aFolder({
    "pipelines/.a.yaml": "name: a\ntasks: { a: { noop: {} } }\n",
    "b.txt": "name: b\ntasks: { a: { noop: {} } }\n",
  });
  expect((await callEngine(["validate", "pipelines/.a.yaml"], { cwd })).stdout).toContain("warning[ENG904]");
  expect((await callEngine(["validate", "b.txt"], { cwd })).stdout).toBe("1 file checked: nothing found\n");
});

import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { withoutRoot } from "../../../support/without-root.ts";

const BAD = "tasks:\n  preprocess: { noop: {} }   # first\n  train:\n    needs: preproces\n    noop: {}\n";
const MENDED = BAD.replace("preproces\n", "preprocess\n");
/** Only `--fix=unsafe` makes it right. */
const DOUBTFUL = "tasks:\n  a: { noop: {} }\n  b: { depends_on: a, noop: {} }\n";
const MENDED_DOUBTFUL = DOUBTFUL.replace("depends_on", "needs");

function textOf(cwd: string, file = "pipelines/a.yaml"): string {
  return readFileSync(join(cwd, file), "utf8");
}

describe("engine validate --fix", () => {
  test("writes what is safe, says how much that was, and reports what is left", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BAD, "pipelines/b.yaml": DOUBTFUL });
    const { code, stdout, stderr } = await callEngine(["validate", "--fix"], { cwd });
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(
      /^error\[ENG201\][\s\S]*\n2 files checked: 1 error; 1 fixed, 1 can be fixed with --fix=unsafe\n$/,
    );
    expect(stdout).toContain("= fix available: engine validate --fix=unsafe\n");
    expect([textOf(cwd), textOf(cwd, "pipelines/b.yaml")]).toEqual([MENDED, DOUBTFUL]);
    const all = await callEngine(["validate", "--fix=unsafe"], { cwd });
    expect(all).toEqual({ code: 0, stdout: "2 files checked: nothing found; 1 fixed\n", stderr: "" });
    expect(textOf(cwd, "pipelines/b.yaml")).toBe(MENDED_DOUBTFUL);
    const again = await callEngine(["validate", "--fix=unsafe"], { cwd });
    expect(again.stdout).toBe("2 files checked: nothing found\n");
  });

  test("without it counts what it could do", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BAD, "pipelines/b.yaml": DOUBTFUL });
    const { stdout } = await callEngine(["validate"], { cwd });
    expect(stdout).toMatch(/\n2 files checked: 2 errors; 1 can be fixed with --fix, 1 more with --fix=unsafe\n$/);
    expect(textOf(cwd)).toBe(BAD);
  });

  test("takes a path behind it for a path", async () => {
    const cwd = aFolder({ "a.yaml": BAD, "b.yaml": BAD, "c.yaml": DOUBTFUL });
    const args = ["validate", "--fix", "a.yaml", "b.yaml", "c.yaml", "--format", "concise"];
    const { stdout } = await callEngine(args, { cwd });
    expect(stdout).toMatch(/^c\.yaml:3:8: [^\n]*\n$/);
    expect([textOf(cwd, "a.yaml"), textOf(cwd, "b.yaml")]).toEqual([MENDED, MENDED]);
  });

  test("prints the mended text of standard input, and nothing else there", async () => {
    const cwd = aFolder({});
    const mended = await callEngine(["validate", "--fix", "-"], { cwd, stdin: BAD });
    expect(mended).toEqual({ code: 0, stdout: MENDED, stderr: "1 file checked: nothing found; 1 fixed\n" });
    const left = await callEngine(["validate", "-", "--fix"], { cwd, stdin: DOUBTFUL });
    expect(left).toMatchObject({ code: 1, stdout: DOUBTFUL });
    expect(left.stderr).toMatch(/^error\[ENG201\]/);
    const binary = await callEngine(["validate", "--fix", "-"], { cwd, stdin: new Uint8Array([0x61, 0xff, 0xfe]) });
    expect(binary).toMatchObject({ code: 1, stdout: "" });
  });

  test("says of a fix that would lead to an error that it is not applied, and doesn't offer it again", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": "tasks:\n  a: { need: nobody, noop: {} }\n" });
    const { code, stdout, stderr } = await callEngine(["validate", "--fix"], { cwd });
    const why = "it would lead to ENG302: `a` needs `nobody`, which is not a task of this pipeline";
    expect([code, stderr]).toEqual([1, `pipelines/a.yaml:2:8: ENG201 is not fixed: ${why}\n`]);
    expect(stdout).not.toContain("fix available");
    expect(stdout).toMatch(/\n1 file checked: 1 error\n$/);
  });

  test("keeps the mode of a file, and a link as a link", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BAD, "elsewhere/b.txt": BAD });
    chmodSync(join(cwd, "pipelines/a.yaml"), 0o640);
    symlinkSync("../elsewhere/b.txt", join(cwd, "pipelines/b.yaml"));
    // Two pipelines may not have one name: their files give them one each.
    expect((await callEngine(["validate", "--fix"], { cwd })).code).toBe(0);
    expect(statSync(join(cwd, "pipelines/a.yaml")).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(cwd, "pipelines/b.yaml")).isSymbolicLink()).toBe(true);
    expect(textOf(cwd, "elsewhere/b.txt")).toBe(MENDED);
  });

  test("leaves a read-only file, mends the others, says so, and ends with 3", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BAD, "pipelines/b.yaml": BAD });
    chmodSync(join(cwd, "pipelines/a.yaml"), 0o444);
    chmodSync(join(cwd, "pipelines/b.yaml"), 0o666);
    for (const folder of [cwd, join(cwd, "pipelines")]) chmodSync(folder, 0o777);
    const { code, stderr } = await withoutRoot(() => callEngine(["validate", "--fix"], { cwd }));
    expect(code).toBe(3);
    expect(stderr).toBe(
      "error: pipelines/a.yaml can't be written: it, or its folder, is read-only\nhint: `chmod u+w pipelines/a.yaml` makes a file writable\n",
    );
    expect([textOf(cwd), textOf(cwd, "pipelines/b.yaml")]).toEqual([BAD, MENDED]);
  });
});

describe("engine validate --diff", () => {
  test("shows what would change, as `patch` takes it, and reports on the side what is found now", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": BAD, "pipelines/b.yaml": DOUBTFUL });
    const { code, stdout, stderr } = await callEngine(["validate", "--diff"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        "--- a/pipelines/a.yaml",
        "+++ b/pipelines/a.yaml",
        "@@ -1,5 +1,5 @@",
        " tasks:",
        "   preprocess: { noop: {} }   # first",
        "   train:",
        "-    needs: preproces",
        "+    needs: preprocess",
        "     noop: {}",
        "",
      ].join("\n"),
    );
    expect(stderr).toMatch(/2 files checked: 2 errors; 1 can be fixed with --fix, 1 more with --fix=unsafe\n$/);
    expect(textOf(cwd)).toBe(BAD);
    const unsafe = await callEngine(["validate", "--diff", "--fix=unsafe"], { cwd });
    expect(unsafe.stdout).toContain("+  b: { needs: a, noop: {} }\n");
    expect(textOf(cwd, "pipelines/b.yaml")).toBe(DOUBTFUL);
  });

  test("of standard input shows the diff alone", async () => {
    const { stdout } = await callEngine(["validate", "--diff", "-"], { cwd: aFolder({}), stdin: BAD });
    expect(stdout).toMatch(/^--- a\/stdin\.yaml\n/);
  });
});

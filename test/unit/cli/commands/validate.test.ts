import { describe, expect, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { readText } from "../../../support/repository.ts";

const GOOD = "tasks:\n  a: { noop: {} }\n";
const BAD = "tasks:\n  train:\n    needs: preproces\n    noop: {}\n  preprocess: { noop: {} }\n";
/** One warning. */
const DOUBTFUL = "tasks:\n  a: { if: 1 == 1, noop: {} }\n";

describe("engine validate", () => {
  test("checks the folder of pipelines when nothing is named", async () => {
    const cwd = aFolder({ "pipelines/a.yaml": GOOD, "pipelines/b/c.yml": GOOD, "other.yaml": BAD });
    expect(await callEngine(["validate"], { cwd })).toEqual({
      code: 0,
      stdout: "2 files checked: nothing found\n",
      stderr: "",
    });
  });

  test("shows findings with their place and what to do, all files in one go, and sums them up", async () => {
    const cwd = aFolder({ "b.yaml": BAD, "a.yaml": DOUBTFUL, "c.yaml": "tasks: [" });
    const { code, stdout } = await callEngine(["validate", "."], { cwd });
    expect(code).toBe(1);
    await expect(stdout).toMatchFileSnapshot("../golden/validate.txt");
  });

  test("accepts warnings", async () => {
    const cwd = aFolder({ "a.yaml": DOUBTFUL });
    const { code, stdout } = await callEngine(["validate", "a.yaml"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n1 file checked: 1 warning\n$/);
  });

  test("takes pools and connections as given where there is no engine.yaml, and knows them where there is one", async () => {
    const pipeline = "tasks:\n  a: { noop: {}, pool: gpu }\n  b: { slack: { connection: ml_alerts } }\n";
    const alone = aFolder({ "a.yaml": pipeline });
    expect((await callEngine(["validate", "a.yaml"], { cwd: alone })).code).toBe(0);
    const cwd = aFolder({ "a.yaml": pipeline, "engine.yaml": "concurrency: 4\n" });
    const { code, stdout } = await callEngine(["validate", "a.yaml"], { cwd });
    expect(code).toBe(1);
    expect(stdout.match(/ENG\d+/g)).toContain("ENG603");
    expect(stdout.match(/ENG\d+/g)).toContain("ENG610");
  });

  test("gives other programs JSON, with every file and the version of engine", async () => {
    const cwd = aFolder({ "a.yaml": GOOD, "b.yaml": BAD });
    const { code, stdout } = await callEngine(["validate", ".", "--format", "json"], { cwd });
    const { version } = JSON.parse(readText("package.json")) as { version: string };
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      tool: { name: "engine", version },
      files: ["a.yaml", "b.yaml"],
      summary: { files: 2, errors: 1, warnings: 0, infos: 0, suppressed: 0 },
      diagnostics: [{ code: "ENG302", file: "b.yaml", range: { start: { line: 3, column: 12 } } }],
    });
  });

  test("reads standard input under the name that it is given", async () => {
    const typed = await callEngine(["validate", "-"], { stdin: GOOD });
    expect(typed).toEqual({ code: 0, stdout: "1 file checked: nothing found\n", stderr: "" });
    const named = await callEngine(["validate", "-", "--stdin-filename", "flows/x.yaml"], { stdin: BAD });
    expect(named.code).toBe(1);
    expect(named.stdout).toContain("--> flows/x.yaml:3:12");
    const absolute = await callEngine(["validate", "-", "--stdin-filename", "/nowhere/flows/x.yaml"], { stdin: BAD });
    expect(absolute.stdout).toBe(named.stdout);
  });

  test("takes bytes of any kind", async () => {
    const { code, stdout } = await callEngine(["validate", "-"], { stdin: Uint8Array.of(0xff, 0x00, 0x80) });
    expect(code).toBe(1);
    expect(stdout).toContain("error[ENG105]");
  });

  test("says what is doubtful in engine.yaml too, when it checks the whole folder", async () => {
    const connection = "connections:\n  api: { type: http, base_url: 'http://api.example.com' }";
    const files = { "engine.yaml": `${connection}\n`, "pipelines/a.yaml": GOOD };
    const { code, stdout } = await callEngine(["validate"], { cwd: aFolder(files) });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/ENG705[\s\S]*--> engine\.yaml:2:[\s\S]*1 warning/)]);
    expect(stdout).not.toContain("fix available");
    const one = await callEngine(["validate", "pipelines/a.yaml"], { cwd: aFolder(files) });
    expect(one.stdout).toBe("1 file checked: nothing found\n");
    const accepted = { ...files, "engine.yaml": `${connection} # engine-ignore ENG705: inside the cluster\n` };
    const { stdout: quiet } = await callEngine(["validate"], { cwd: aFolder(accepted) });
    expect(quiet).toMatch(/^1 file checked: nothing found \(1 suppressed\)\n$/);
  });

  test("takes no suppression in engine.yaml for unused that lets engine.yaml itself pass", async () => {
    const ignore = "validate: { ignore: [{ code: ENG701, path: engine.yaml, reason: only for development }] }\n";
    const yaml = `connections:\n  db: { type: postgres, host: db, user: me, password: postgres }\n${ignore}`;
    const cwd = aFolder({ "engine.yaml": yaml, "pipelines/a.yaml": GOOD });
    const { code, stdout } = await callEngine(["validate"], { cwd });
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("ENG901")]);
  });

  test("refuses a password in engine.yaml, and names it", async () => {
    const yaml = "connections:\n  db: { type: postgres, host: db, user: me, password: postgres }\n";
    const cwd = aFolder({ "engine.yaml": yaml, "pipelines/a.yaml": GOOD });
    const { code, stderr } = await callEngine(["validate"], { cwd });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("error[ENG701] hard-coded-credential: a password stands here"),
    ]);
  });

  test("knows the pools of engine.yaml", async () => {
    const files = { "engine.yaml": "pools: { gpu: 1 }\n", "a.yaml": "tasks: { a: { noop: {}, pool: gpu } }\n" };
    expect(await callEngine(["validate", "a.yaml"], { cwd: aFolder(files) })).toMatchObject({ code: 0 });
  });

  test("has colour where colour is", async () => {
    const cwd = aFolder({ "b.yaml": BAD });
    expect((await callEngine(["validate", ".", "--color", "always"], { cwd })).stdout).toContain(
      "\x1b[1;31merror[ENG302]",
    );
    expect((await callEngine(["validate", "."], { cwd, columns: 80 })).stdout).toContain("\x1b[");
    expect((await callEngine(["validate", ".", "--color=never"], { cwd, columns: 80 })).stdout).not.toContain("\x1b");
  });

  test.each([
    [
      [],
      "there is no folder pipelines",
      "say what to check, `engine validate FILE`, or make a start with `engine init`",
    ],
    [["gone.yaml"], "there is no file or folder gone.yaml", undefined],
    [["empty"], "there is no pipeline in empty", "a pipeline is a .yaml or .yml file"],
  ])("refuses %j, which would check nothing", async (paths, message, hint) => {
    const cwd = aFolder({ "empty/notes.txt": "" });
    const stderr = `error: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`;
    expect(await callEngine(["validate", ...paths], { cwd })).toEqual({ code: 2, stdout: "", stderr });
  });
});

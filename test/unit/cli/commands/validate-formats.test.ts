import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { withoutRoot } from "../../../support/without-root.ts";

const BAD = "tasks:\n  train:\n    needs: preproces\n    noop: {}\n  preprocess: { noop: {} }\n";
/** One warning. */
const DOUBTFUL = "tasks:\n  a: { if: 1 == 1, noop: {} }\n";
const GOOD = "tasks:\n  a: { noop: {} }\n";

describe("the formats of engine validate", () => {
  test("may be several, each to its own place", async () => {
    const cwd = aFolder({ "pipelines/b.yaml": BAD, "reports/old.sarif": "old" });
    const formats = ["concise", "sarif=reports/old.sarif", "junit=reports/new.xml", "json=all.json"];
    const { code, stdout } = await callEngine(["validate", ...formats.map((each) => `--format=${each}`)], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^pipelines\/b\.yaml:3:12: error\[ENG302\] [^\n]+\n$/);
    const { runs } = JSON.parse(readFileSync(join(cwd, "reports/old.sarif"), "utf8"));
    expect(runs[0].results).toMatchObject([{ ruleId: "ENG302" }]);
    expect(runs[0].tool.driver.rules[0].help.markdown).toContain("# ENG302: unknown-dependency");
    expect(readFileSync(join(cwd, "reports/new.xml"), "utf8")).toContain('<failure type="ENG302"');
    expect(JSON.parse(readFileSync(join(cwd, "all.json"), "utf8"))).toMatchObject({ summary: { errors: 1 } });
    expect(readdirSync(join(cwd, "reports")).sort()).toEqual(["new.xml", "old.sarif"]);
  });

  test.each(["json", "jsonl", "sarif"])("say nothing of the machine that wrote them: %s", async (format) => {
    const cwd = aFolder({ "a.yaml": BAD });
    const { stdout } = await callEngine(["validate", "a.yaml", "--format", format], { cwd });
    expect(stdout).toContain("ENG302");
    expect(stdout).not.toContain("file://");
    for (const folder of [cwd, process.cwd()]) expect(stdout).not.toContain(folder);
  });

  test("are colourless in a file", async () => {
    const cwd = aFolder({ "a.yaml": BAD });
    await callEngine(["validate", "a.yaml", "--color", "always", "--format", "pretty=out.txt"], { cwd });
    expect(readFileSync(join(cwd, "out.txt"), "utf8")).not.toContain("\u001b");
  });

  test("are pretty and github where GitHub Actions reads along, unless another is asked for", async () => {
    const cwd = aFolder({ "a.yaml": BAD });
    const env = { GITHUB_ACTIONS: "true" };
    const { stdout } = await callEngine(["validate", "a.yaml"], { cwd, env });
    expect(stdout).toMatch(
      /^error\[ENG302\][\s\S]*1 file checked: 1 error; 1 can be fixed with --fix\n::error file=a\.yaml,line=3,[^\n]*\n$/,
    );
    const asked = await callEngine(["validate", "a.yaml", "--format", "concise"], { cwd, env });
    expect(asked.stdout).not.toContain("::error");
  });

  test("name files from the root of the repository, wherever the command stands", async () => {
    const root = aFolder({ "repo/engine.yaml": "", "repo/sub/a.yaml": BAD });
    const cwd = join(root, "repo/sub");
    const fileIn = async (env: Record<string, string>) => {
      const { stdout } = await callEngine(["validate", "a.yaml", "--format", "github"], { cwd, env });
      return /file=([^,]+)/.exec(stdout)?.[1];
    };
    expect(await fileIn({})).toBe("sub/a.yaml");
    expect(await fileIn({ GITHUB_WORKSPACE: root })).toBe("repo/sub/a.yaml");
    expect(await fileIn({ GITHUB_WORKSPACE: "/elsewhere" })).toBe("sub/a.yaml");
  });

  test("go through a link to the file behind it, and to what is no plain file as they are", async () => {
    const cwd = aFolder({ "a.yaml": GOOD, "real.json": "" });
    symlinkSync("real.json", join(cwd, "link.json"));
    await callEngine(["validate", "a.yaml", "--format", "json=link.json"], { cwd });
    expect(readFileSync(join(cwd, "real.json"), "utf8")).toContain('"schema_version": 1');
    const pipe = join(cwd, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    await callEngine(["validate", "a.yaml", "--format", "concise=pipe", "--format", "json"], { cwd });
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  test.each([
    [
      ["--format", "sarif=reports/out.sarif"],
      "there is no folder reports, where out.sarif should go",
      "make it first: `mkdir -p reports`",
    ],
    [["--format", "sarif=folder"], "folder is a folder", "give the name of a file"],
    [
      ["--format", "json", "--format", "pretty"],
      "--format json has to be alone on standard output",
      "write it to a file: `--format json=FILE`",
    ],
    [["--format", "json=x", "--format", "sarif=./x"], "two formats would go to ./x", "give each a file of its own"],
    [
      ["--format", "sarf"],
      "option '--format <format[=file]>' argument 'sarf' is invalid. Did you mean sarif?",
      "see `engine validate --help`",
    ],
    [
      ["--format", "json="],
      "option '--format <format[=file]>' argument 'json=' is invalid. A file is missing after the equals sign",
      "see `engine validate --help`",
    ],
    [
      ["--max-warnings", "-1"],
      "option '--max-warnings <n>' argument '-1' is invalid. It must be a whole number, 0 or more",
      "see `engine validate --help`",
    ],
  ])("are refused with %j, before anything is checked", async (args, message, hint) => {
    const cwd = aFolder({ "a.yaml": BAD });
    mkdirSync(join(cwd, "folder"));
    const refused = await callEngine(["validate", "a.yaml", ...args], { cwd });
    expect(refused).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\nhint: ${hint}\n` });
    expect(readdirSync(cwd).sort()).toEqual(["a.yaml", "folder"]);
  });

  test("end with 3 when a file can't be written, and leave nothing behind", async () => {
    const cwd = aFolder({ "a.yaml": GOOD });
    writeFileSync(join(cwd, "b.json"), "old");
    chmodSync(cwd, 0o555);
    await withoutRoot(async () => {
      const { code, stderr } = await callEngine(["validate", "a.yaml", "--format", "json=b.json"], { cwd });
      expect(code).toBe(3);
      expect(stderr).toContain("EACCES");
      expect(readFileSync(join(cwd, "b.json"), "utf8")).toBe("old");
      expect(readdirSync(cwd).sort()).toEqual(["a.yaml", "b.json"]);
    });
  });
});

describe("the exit code of engine validate", () => {
  test.each([
    [0, GOOD, []],
    [0, DOUBTFUL, []],
    [1, BAD, []],
    [1, DOUBTFUL, ["--fail-on", "warning"]],
    [1, DOUBTFUL, ["--fail-on", "info"]],
    [0, GOOD, ["--fail-on", "info"]],
    [1, DOUBTFUL, ["--max-warnings", "0"]],
    [0, DOUBTFUL, ["--max-warnings", "1"]],
    [1, BAD, ["--max-warnings", "9"]],
    [0, BAD, ["--exit-zero"]],
    [0, DOUBTFUL, ["--exit-zero", "--max-warnings", "0"]],
    [2, GOOD, ["--exit-zero", "--fail-on", "never"]],
    [2, GOOD, ["--exit-zero", "gone.yaml"]],
  ])("is %i for %j with %j", async (expected, text, args) => {
    const cwd = aFolder({ "a.yaml": text });
    expect((await callEngine(["validate", "a.yaml", ...args], { cwd })).code).toBe(expected);
  });
});

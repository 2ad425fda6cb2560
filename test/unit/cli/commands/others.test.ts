import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkInfos } from "../../../../src/language/index.ts";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";
import { ROOT, readText } from "../../../support/repository.ts";

describe("engine explain", () => {
  test("lists every code without one", async () => {
    const { code, stdout } = await callEngine(["explain"]);
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(" ")[0]),
    ).toEqual(checkInfos.map((info) => info.code));
  });

  test.each(["ENG302", "eng302", "unknown-dependency"])("prints the page on %s", async (asked) => {
    expect(await callEngine(["explain", asked])).toEqual({
      code: 0,
      stdout: readText("docs/checks/ENG302.md"),
      stderr: "",
    });
  });

  test("draws the page for a terminal", async () => {
    const { stdout } = await callEngine(["explain", "ENG302", "--color", "never"], { columns: 60 });
    expect(stdout).toMatch(/^ENG302: unknown-dependency\n\nerror · /);
    expect(stdout).not.toMatch(/^```|^#/m);
  });

  test.each([
    ["ENG320", "did you mean `ENG302`?"],
    ["unknwon-key", "did you mean `unknown-key`?"],
    ["302", "did you mean `ENG302`?"],
    ["ENG999", "`engine explain` lists them all"],
    ["ENG30", "`engine explain` lists them all"],
    ["what", "`engine explain` lists them all"],
  ])("answers %s with the nearest code", async (asked, hint) => {
    expect(await callEngine(["explain", asked])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: there is no code ${asked}\nhint: ${hint}\n`,
    });
  });
});

describe("engine schema", () => {
  test.each([
    [[], "pipeline"],
    [["pipeline"], "pipeline"],
    [["config"], "engine"],
    [["report"], "report"],
  ])("%j prints the schema that is in the package", async (args, name) => {
    const { code, stdout } = await callEngine(["schema", ...args]);
    expect([code, stdout]).toEqual([0, readText(`schemas/${name}.schema.json`)]);
  });
});

describe("engine graph", () => {
  const cwd = (): string =>
    aFolder({
      "pipelines/two.yaml": "tasks:\n  a: { noop: {} }\n  b: { needs: a, noop: {} }\n",
      "bad.yaml": "tasks: {}\n",
    });

  test.each([
    ["ascii", /^┌─+┐\n│ a {2}noop │\n└─+┬─+┘\n/],
    ["svg", /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [\s\S]*<\/svg>\n$/],
    ["mermaid", /^flowchart TD\n {2}t0\["<b>a<\/b><br>noop"\]\n/],
    ["dot", /^digraph "two" \{\n/],
    ["json", /^\{\n {2}"schema_version": 1,\n {2}"pipeline": "two",/],
  ])("draws a pipeline as %s", async (format, expected) => {
    const { code, stdout, stderr } = await callEngine(["graph", "two", "--format", format], { cwd: cwd() });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(expected);
  });

  test("draws with plain ASCII where the locale asks for it", async () => {
    const { stdout } = await callEngine(["graph", "two"], { cwd: cwd(), env: { LC_ALL: "C" } });
    expect(stdout).toBe("+---------+\n| a  noop |\n+----+----+\n     |\n+----v----+\n| b  noop |\n+---------+\n");
  });

  test("shows the findings of a pipeline with errors instead", async () => {
    const { code, stdout, stderr } = await callEngine(["graph", "bad.yaml"], { cwd: cwd() });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error\[ENG205\][\s\S]*\nerror: bad\.yaml has 1 error\nhint: nothing was done/);
  });

  test("refuses a pipeline that no picture can hold, and says what can", async () => {
    const last = 500;
    const all = Array.from({ length: last }, (_, at) => `t${at}`);
    const tasks = all.map((id, at) => `  ${id}: { ${at === 0 ? "" : `needs: t${at - 1}, `}noop: {} }\n`);
    const folder = aFolder({ "big.yaml": `tasks:\n${tasks.join("")}  end: { needs: [${all}], noop: {} }\n` });
    expect(await callEngine(["graph", "big.yaml"], { cwd: folder })).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: pipeline big has too many tasks and lines for a picture (more than 100000 bends)\n" +
        "hint: take --format dot, mermaid or json, and a program of their own\n",
    });
  });
});

describe("engine init", () => {
  test("writes a starter that is valid, and says what comes next", async () => {
    const cwd = aFolder();
    const { code, stdout } = await callEngine(["init"], { cwd });
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot("../golden/init.txt");
    expect(await callEngine(["validate"], { cwd })).toMatchObject({
      code: 0,
      stdout: "1 file checked: nothing found\n",
    });
    expect(JSON.parse(readFileSync(join(cwd, ".vscode/settings.json"), "utf8"))).toHaveProperty(["yaml.schemas"]);
    expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe(".engine/\n");
  });

  test("makes the folder, and points editors to schemas that are there", async () => {
    const cwd = aFolder();
    const { stdout } = await callEngine(["init", "new/repo"], { cwd });
    expect(stdout).toMatch(/\nNext: cd new\/repo && engine validate && engine run hello\n$/);
    for (const file of ["engine.yaml", "pipelines/hello.yaml"]) {
      const [first = ""] = readFileSync(join(cwd, "new/repo", file), "utf8").split("\n");
      const schema = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1] ?? "";
      expect(existsSync(join(cwd, "new/repo", file, "..", schema))).toBe(true);
    }
  });

  test("never changes what is there, and does no harm the second time", async () => {
    const cwd = aFolder({ "engine.yaml": "concurrency: 2\n", ".gitignore": "dist/" });
    const first = await callEngine(["init"], { cwd });
    expect(first.stdout).toContain("kept   engine.yaml, which was there\n");
    expect(readFileSync(join(cwd, "engine.yaml"), "utf8")).toBe("concurrency: 2\n");
    expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe("dist/\n.engine/\n");
    const second = await callEngine(["init"], { cwd });
    expect(second.code).toBe(0);
    expect(second.stdout).not.toContain("wrote");
    expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe("dist/\n.engine/\n");
  });

  test("refuses a file", async () => {
    const cwd = aFolder({ notes: "" });
    expect(await callEngine(["init", "notes"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("notes is a file"),
    });
  });

  test("starts with the same schemas as the package", async () => {
    const cwd = aFolder();
    mkdirSync(join(cwd, "x"));
    writeFileSync(join(cwd, "x/.gitignore"), "");
    await callEngine(["init", "x"], { cwd });
    for (const name of ["pipeline", "engine"]) {
      expect(readFileSync(join(cwd, `x/schemas/${name}.schema.json`), "utf8")).toBe(
        readFileSync(join(ROOT, `schemas/${name}.schema.json`), "utf8"),
      );
    }
  });
});

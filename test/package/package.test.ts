import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { ROOT, readText } from "../support/repository.ts";

/*
 * The package as a stranger gets it: packed, and installed into an empty folder elsewhere.
 */

const folder = mkdtempSync(join(tmpdir(), "engine-package-"));
const home = join(folder, "elsewhere");
// What is installed runs on the Node of these tests, whichever the machine has.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env, encoding: "utf8" });
}

function engine(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(home, "node_modules/.bin/engine"), args, { cwd: home, env, encoding: "utf8" });
}

beforeAll(() => {
  builtCli();
  // Without scripts: what the tests built is what is packed.
  const packed = JSON.parse(npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], ROOT));
  const { filename } = Array.isArray(packed) ? packed[0] : (Object.values(packed)[0] as { filename: string });
  execFileSync("mkdir", [home]);
  writeFileSync(join(home, "package.json"), '{ "name": "elsewhere", "private": true }\n');
  npm(["install", join(folder, filename)], home);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("it brings everything along: no other package is installed with it", () => {
  expect(readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["engine"]);
});

test("`engine --version` prints the version of package.json", () => {
  const { version } = JSON.parse(readText("package.json")) as { version: string };
  expect(engine("--version")).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("`engine validate` accepts a good pipeline and refuses a bad one", () => {
  writeFileSync(join(home, "good.yaml"), "tasks:\n  hello:\n    bash: echo hello\n");
  writeFileSync(join(home, "bad.yaml"), "tasks:\n  hello:\n    needs: nobody\n    bash: echo hello\n");
  expect(engine("validate", "good.yaml")).toMatchObject({ status: 0 });
  const refused = engine("validate", "bad.yaml");
  expect(refused.status).toBe(1);
  expect(refused.stdout + refused.stderr).toContain("nobody");
});

test("`engine run` runs a pipeline to its end", () => {
  expect(engine("run", "good.yaml")).toMatchObject({ status: 0 });
});

test("`engine explain` and `engine schema` find their pages and schemas", () => {
  expect(engine("explain", "ENG302")).toMatchObject({ status: 0, stdout: readText("docs/checks/ENG302.md") });
  expect(engine("schema", "config")).toMatchObject({ status: 0, stdout: readText("schemas/engine.schema.json") });
});

test("`engine monitoring preview` brings its page along", async () => {
  const cwd = aFolder({ "engine.yaml": "", "pipelines/good.yaml": "tasks: { hello: { bash: echo hello } }\n" });
  const bin = join(home, "node_modules/engine/dist/engine.cjs");
  const preview = startEngine(["monitoring", "preview"], { cwd, bin });
  await preview.prints(/http:\S+\n/);
  const url = /http:\S+/.exec(preview.stdout)?.[0] ?? "";
  const page = await fetch(url, { headers: { accept: "text/html" } });
  const [, script = "none"] = /src="([^"]+\.js)"/.exec(await page.text()) ?? [];
  expect([page.status, (await fetch(new URL(script, url))).status]).toEqual([200, 200]);
});

test("a module of functions is checked against the package's types", () => {
  cpSync(join(ROOT, "examples/node"), join(home, "tasks"), { recursive: true });
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    types: [],
    noEmit: true,
    strict: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["tasks"] }));
  const tsc = () => spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", home], { env, encoding: "utf8" });
  expect(tsc()).toMatchObject({ status: 0, stdout: "" });
  writeFileSync(
    join(home, "tasks/wrong.ts"),
    `import type { TaskContext, TaskFunction } from "engine";
export const a = (context: TaskContext<{ epochs: number }>) => context.params.epoch;
export const b: TaskFunction = () => 5;
export const c: TaskFunction = async ({ run, signal }) => ({ at: run.logical_date.toISOString(), gone: signal.aborted });
export const d: TaskFunction<{ rows: number }> = (_, { rows }) => void rows;
`,
  );
  const { stdout } = tsc();
  expect(stdout.match(/wrong\.ts\(\d+/g)).toEqual(["wrong.ts(2", "wrong.ts(3"]);
});

test("`engine run` calls functions of TypeScript modules, and Python scripts", () => {
  writeFileSync(join(home, "half.ts"), "export default (_: unknown, { n }: { n: number }) => ({ n: n / 2 });\n");
  writeFileSync(
    join(home, "half.yaml"),
    "tasks:\n  half:\n    node: { module: half.ts, with: { n: 3 } }\n    outputs: { n: number }\n",
  );
  expect(engine("run", "half.yaml")).toMatchObject({ status: 0 });
  expect(engine("outputs", "latest", "half").stdout).toContain("1.5");
  if (!need("python3").found) return;
  writeFileSync(join(home, "half.py"), "def half(context): return {'n': 1.25}\n");
  writeFileSync(join(home, "py.yaml"), "tasks:\n  half:\n    python: half.py:half\n    outputs: { n: number }\n");
  expect(engine("run", "py.yaml")).toMatchObject({ status: 0 });
});

test("it holds what runs and what must come along with it, and nothing else", () => {
  const installed = readdirSync(join(home, "node_modules/engine"), { recursive: true, encoding: "utf8" });
  const top = installed.filter((name) => !name.includes("/")).sort();
  expect(top).toEqual([
    ".github",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "dist",
    "docs",
    "monitoring",
    "package.json",
    "schemas",
  ]);
  expect(installed).toContain("dist/THIRD-PARTY-LICENSES.txt");
  expect(installed).toContain(".github/engine-problem-matcher.json");
  expect(installed).toContain("schemas/pipeline.schema.json");
});

test("an operator of a plugin is checked against the package's types, and runs", () => {
  const folder = join(home, "with-plugin");
  cpSync(join(ROOT, "examples/plugin"), folder, { recursive: true });
  writeFileSync(
    join(folder, "plugins/wrong.ts"),
    `import type { Operator } from "engine";
export const a: Operator = { name: "a", summary: "A", schema: {}, start: async () => ({ state: "success" }) };
export const b: Operator = { name: "b", summary: "B", schema: {} };
`,
  );
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const compilerOptions = { module: "nodenext", target: "es2024", types: [], noEmit: true, strict: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["plugins/wrong.ts"] }));
  const { stdout } = spawnSync(tsc, ["-p", folder], { env, encoding: "utf8" });
  expect(stdout.match(/wrong\.ts\(\d+/g)).toEqual(["wrong.ts(2", "wrong.ts(3"]);
  const run = spawnSync(join(home, "node_modules/.bin/engine"), ["run", "pipeline.yaml"], { cwd: folder, env });
  expect(run).toMatchObject({ status: 0 });
});

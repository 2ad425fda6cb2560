import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { ROOT, readText } from "../support/repository.ts";

const LAUNCHER = "src/cli/launcher.cjs";

test("on an old Node the command says in one line what it needs and what it found, and exits with 1", () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-launcher-"));
  try {
    const pretend = join(folder, "pretend.cjs");
    writeFileSync(pretend, 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });');
    const ended = spawnSync(process.execPath, ["--require", pretend, join(ROOT, LAUNCHER), "--version"], {
      encoding: "utf8",
    });
    expect(ended.stderr).toBe("engine needs Node.js 24 or newer, and this is 20.20.2.\n");
    expect(ended.stdout).toBe("");
    expect(ended.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the launcher is written in syntax that every Node reads", async () => {
  await expect(
    build({ stdin: { contents: readText(LAUNCHER) }, target: "es5", write: false, logLevel: "silent" }),
  ).resolves.toMatchObject({ errors: [] });
  // ES5 has no trailing comma in a call, which esbuild removes without a word.
  expect(readText(LAUNCHER)).not.toMatch(/,\s*\)/);
});

test("the launcher and package.json agree on the Node that is needed", () => {
  const { engines } = JSON.parse(readText("package.json")) as { engines: { node: string } };
  const needed = /NEEDED_MAJOR = (\d+);/.exec(readText(LAUNCHER))?.[1];
  expect(engines.node).toBe(`>=${needed}`);
});

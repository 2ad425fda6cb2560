import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, runEngine } from "../support/engine-process.ts";

/*
 * The compiled code that `engine validate` keeps between runs: with the built command line.
 */

const bin = builtCli();
const PIPELINE = "name: greet\ntasks:\n  greet:\n    bash: echo hello\n";

/** Enough for a second thread and a small heap. */
const MANY = 300;

async function validate(cwd: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runEngine(["validate", ...args], {
    cwd,
    bin,
    env: { XDG_CACHE_HOME: join(cwd, "cache") },
  });
  expect(stderr).toBe("");
  expect(stdout).toContain("nothing found");
  expect(code).toBe(0);
}

/** The file of the cache; undefined where there is none. */
function codeFile(cwd: string): string | undefined {
  const folder = join(cwd, "cache/engine");
  const [name, ...more] = readdirSync(folder).filter((each) => each.startsWith("code-"));
  expect(more).toEqual([]);
  return name === undefined ? undefined : join(folder, name);
}

function theCodeFile(cwd: string): string {
  const file = codeFile(cwd);
  if (file === undefined) throw new Error("no code was kept");
  return file;
}

describe("code that was compiled", () => {
  test("is kept for this user alone, and taken again by the next run", async () => {
    const cwd = aFolder({ "one.yaml": PIPELINE });
    await validate(cwd, "one.yaml");
    const { ino, mode } = statSync(theCodeFile(cwd));
    expect(mode & 0o077).toBe(0);
    await validate(cwd, "one.yaml");
    expect(statSync(theCodeFile(cwd)).ino).toBe(ino);
  });

  test("is taken again after a run that kept its heap small for many files", async () => {
    const files = Array.from({ length: MANY }, (_, i) => [`p/${i}.yaml`, PIPELINE.replace("greet", `greet_${i}`)]);
    const cwd = aFolder(Object.fromEntries(files));
    await validate(cwd, "p");
    const { ino } = statSync(theCodeFile(cwd));
    await validate(cwd, "--no-cache", "p");
    await validate(cwd, "p/1.yaml");
    expect(statSync(theCodeFile(cwd)).ino).toBe(ino);
  });

  test.each([
    ["with a byte changed", (bytes: Buffer) => bytes.fill((bytes.at(5000) ?? 0) ^ 0x55, 5000, 5001)],
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["empty", () => Buffer.alloc(0)],
  ])("is compiled anew when its file is %s", async (_, broken) => {
    const cwd = aFolder({ "one.yaml": PIPELINE });
    await validate(cwd, "one.yaml");
    const file = theCodeFile(cwd);
    const { ino } = statSync(file);
    writeFileSync(file, broken(readFileSync(file)));
    await validate(cwd, "one.yaml");
    expect(statSync(theCodeFile(cwd)).ino).not.toBe(ino);
    const mended = readFileSync(theCodeFile(cwd));
    await validate(cwd, "one.yaml");
    expect(readFileSync(theCodeFile(cwd)).equals(mended)).toBe(true);
  });

  test("is not kept in a folder that others may write to", async () => {
    const cwd = aFolder({ "one.yaml": PIPELINE });
    mkdirSync(join(cwd, "cache/engine"), { recursive: true });
    chmodSync(join(cwd, "cache/engine"), 0o777);
    await validate(cwd, "one.yaml");
    expect(codeFile(cwd)).toBeUndefined();
  });
});

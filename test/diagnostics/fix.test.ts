import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commentsOf } from "../../src/language/comments.ts";
import { checkFiles, type FixedFile, fixFiles, type SourceFile } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { check, fixturesOf } from "./fixtures.ts";

/*
 * What the fixes of findings make of a file: `NAME.yaml` before, `NAME.safe.yaml` after `--fix`, `NAME.unsafe.yaml` after
 * `--fix=unsafe`. One that is missing is the same as the one before it. UPDATE=1 writes them.
 */

const UPDATE = process.env.UPDATE === "1";
const FOLDER = join(import.meta.dirname, "fix");

/** What there is around the files: nobody knows but of a pool and two connections. */
const OPTIONS = {
  operators,
  pools: new Map([["gpu", 4]]),
  connections: new Map([
    ["ml_alerts", "slack"],
    ["warehouse", "postgres"],
  ]),
};

const names = readdirSync(FOLDER).flatMap((file) => /^([^.]+)\.yaml$/.exec(file)?.[1] ?? []);

function mend(text: string, unsafe: boolean): FixedFile | undefined {
  return fixFiles([{ path: "pipeline.yaml", text }], { ...OPTIONS, unsafe })[0];
}

/** Compares with what the file holds; absent stands for `otherwise`. */
function expectFile(path: string, actual: string, otherwise: string): void {
  if (UPDATE && actual === otherwise) rmSync(path, { force: true });
  else if (UPDATE) writeFileSync(path, actual);
  expect(actual).toBe(existsSync(path) ? readFileSync(path, "utf8") : otherwise);
}

describe.each(names)("%s", (name) => {
  const before = readFileSync(join(FOLDER, `${name}.yaml`), "utf8");
  const safe = mend(before, false)?.after ?? before;
  const unsafe = mend(before, true)?.after ?? before;

  test("is mended as in its files", () => {
    expectFile(join(FOLDER, `${name}.safe.yaml`), safe, before);
    expectFile(join(FOLDER, `${name}.unsafe.yaml`), unsafe, safe);
  });

  test("is left as it is when it is mended again", () => {
    expect(mend(safe, false)?.after ?? safe).toBe(safe);
    expect(mend(unsafe, true)?.after ?? unsafe).toBe(unsafe);
  });

  test("keeps its comments and its line ends", () => {
    for (const after of [safe, unsafe]) {
      // Only what suppresses nothing goes.
      const kept = (text: string) => commentsOf(text).filter((comment) => !comment.includes("engine-ignore"));
      expect(kept(after)).toEqual(kept(before));
      expect(after.replaceAll("\r\n", "").includes("\n")).toBe(before.replaceAll("\r\n", "").includes("\n"));
    }
  });

  test("has fewer findings of its code, and not more errors", () => {
    const found = (text: string) => checkFiles([{ path: "pipeline.yaml", text }], OPTIONS).diagnostics;
    const ofCode = (text: string) => found(text).filter(({ code }) => name.startsWith(code)).length;
    const errors = (text: string) => found(text).filter(({ severity }) => severity === "error").length;
    if (unsafe !== before) expect(ofCode(unsafe)).toBeLessThan(ofCode(before));
    expect(ofCode(before)).toBeGreaterThan(0);
    expect(errors(safe)).toBeLessThanOrEqual(errors(before));
    expect(errors(unsafe)).toBeLessThanOrEqual(errors(before));
  });
});

/** Codes whose findings come with a fix somewhere among these files. */
function fixableCodes(groups: readonly (readonly SourceFile[])[]): Set<string> {
  const found = groups.flatMap((files) => check(files));
  return new Set(found.flatMap(({ code, fix }) => (fix === undefined ? [] : [code])));
}

test("every code that has a fix in a fixture has one here too", () => {
  const pairs = names.map((name) => [{ path: "pipeline.yaml", bytes: readFileSync(join(FOLDER, `${name}.yaml`)) }]);
  const here = fixableCodes(pairs);
  expect([...fixableCodes(fixturesOf("err").map(({ files }) => files))].filter((code) => !here.has(code))).toEqual([]);
});

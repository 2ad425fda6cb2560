import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkInfos } from "../../src/language/index.ts";
import { checkWithBase, fixturesOf, pretty } from "./fixtures.ts";

/** `UPDATE=1 vitest run test/diagnostics` writes what is printed now; the difference is for a person to read. */
const UPDATE = process.env.UPDATE === "1";

const ok = fixturesOf("ok");
const err = fixturesOf("err");

describe("a right pipeline", () => {
  test.each(ok)("$name is silent", async ({ files }) => {
    expect(pretty(files, await checkWithBase(files))).toBe("");
  });
});

describe("a wrong pipeline", () => {
  test.each(err)("$name is reported as in its .out file", async ({ name, code, files }) => {
    const diagnostics = await checkWithBase(files);
    const printed = pretty(files, diagnostics);
    const out = join(import.meta.dirname, "err", `${name}.out`);
    if (UPDATE) writeFileSync(out, printed);
    expect(printed).toBe(readFileSync(out, "utf8"));
    if (code !== undefined) expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});

describe("every code", () => {
  const codes = checkInfos.map((info) => info.code);

  test("has a fixture that it is silent about", () => {
    const covered = new Set(ok.map((fixture) => fixture.code));
    expect(codes.filter((code) => !covered.has(code))).toEqual([]);
  });

  test("has a fixture that it is reported in", () => {
    const covered = new Set(err.map((fixture) => fixture.code));
    expect(codes.filter((code) => !covered.has(code))).toEqual([]);
  });

  test("of a fixture exists", () => {
    const named = [...ok, ...err].flatMap((fixture) => fixture.code ?? []);
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });

  test("belongs to one check, with a name and a summary of its own", () => {
    for (const part of ["code", "name", "summary"] as const) {
      const values = checkInfos.map((info) => info[part]);
      expect(new Set(values).size).toBe(values.length);
    }
  });
});

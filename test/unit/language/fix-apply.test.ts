import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../src/language/diagnostic.ts";
import { applyFixes, compatible, type Mendable, mendable } from "../../../src/language/fix/apply.ts";

const at = (offset: number) => ({ line: 1, column: offset + 1, offset });

/** A finding whose fix replaces these stretches. */
function finding(name: string, ...edits: readonly (readonly [start: number, end: number, text: string])[]): Mendable {
  const fix = {
    title: name,
    safe: true,
    edits: edits.map(([start, end, text]) => ({ range: { start: at(start), end: at(end) }, text })),
  };
  const range = { start: at(0), end: at(0) };
  return { code: "ENG201", name, severity: "error", file: "a.yaml", range, message: name, fix };
}

const titles = (findings: readonly Mendable[]): readonly string[] => compatible(findings).map(({ fix }) => fix.title);

describe("fixes that are applied in one go", () => {
  test("are those that begin first, where edits lie over each other", () => {
    expect(
      titles([finding("late", [2, 5, "x"]), finding("early", [0, 3, "y"]), finding("apart", [5, 6, "z"])]),
    ).toEqual(["early", "apart"]);
    expect(titles([finding("outer", [0, 9, "x"]), finding("inner", [3, 4, "y"])])).toEqual(["outer"]);
  });

  test("are whole: one of several edits that lies over another holds the others back", () => {
    expect(titles([finding("two", [0, 1, "x"], [6, 8, "x"]), finding("one", [7, 9, "y"])])).toEqual(["two"]);
  });

  test("may be neighbours, but nothing is inserted where two meet", () => {
    expect(titles([finding("a", [0, 3, ""]), finding("b", [3, 5, ""])])).toEqual(["a", "b"]);
    expect(titles([finding("a", [0, 3, ""]), finding("insert", [3, 3, "x"])])).toEqual(["a"]);
    expect(titles([finding("a", [3, 3, "x"]), finding("b", [3, 3, "y"])])).toEqual(["a"]);
  });

  test("leave the places of later edits right", () => {
    const fixes = [finding("a", [0, 1, "long"], [4, 5, ""]), finding("b", [2, 3, "!"])];
    expect(applyFixes("abcdef", fixes)).toBe("longb!df");
  });
});

test("only safe fixes are taken unless the others are asked for, and findings without one never are", () => {
  const unsafe = { ...finding("u", [0, 1, ""]), fix: { title: "u", safe: false, edits: [] } };
  const { fix: _, ...without }: Diagnostic = finding("w", [0, 1, ""]);
  const all = [finding("s", [0, 1, ""]), unsafe, without];
  expect(mendable(all, false).map(({ name }) => name)).toEqual(["s"]);
  expect(mendable(all, true).map(({ name }) => name)).toEqual(["s", "u"]);
});

import { describe, expect, test } from "vitest";
import { toText } from "../../../../src/cli/live/text.ts";
import { layOutTable } from "../../../../src/cli/output/table.ts";

const COLUMNS = [{ title: "NAME" }, { title: "COUNT", align: "right" }, { title: "WHY", shrink: true }] as const;

function table(rows: readonly (readonly string[])[], width?: number): string[] {
  return layOutTable(COLUMNS, rows, width).map(toText);
}

describe("a table", () => {
  test("lines its columns up under their titles", () => {
    expect(
      table([
        ["extract", "3", "it took long"],
        ["t", "12", ""],
      ]),
    ).toEqual([
      "NAME     COUNT  WHY", //
      "extract      3  it took long",
      "t           12",
    ]);
  });

  test("counts wide characters and emoji as two columns", () => {
    expect(
      table([
        ["模型", "1", "x"],
        ["👍🏽", "2", "y"],
        ["é", "3", "z"],
      ]),
    ).toEqual(["NAME  COUNT  WHY", "模型      1  x", "👍🏽        2  y", "é         3  z"]);
  });

  test("cuts only columns that may shrink, to the width of the terminal", () => {
    const lines = table([["a_name_that_is_long", "1", "a reason that is longer than there is room for"]], 40);
    expect(lines).toEqual(["NAME                 COUNT  WHY", "a_name_that_is_long      1  a reason th…"]);
  });

  test("cuts the others too where nothing would be left of those that may shrink", () => {
    expect(table([["a_name_that_is_long", "1", "a reason"]], 26)).toEqual([
      "NAME         COUNT  WHY", //
      "a_name_tha…      1  a rea…",
    ]);
  });

  test("leaves columns out before that, the least wanted first", () => {
    const columns = [
      { title: "NAME" },
      { title: "AGE", drop: 2 },
      { title: "DATE", drop: 1 },
      { title: "WHY", shrink: true },
    ];
    const lines = (width: number): string[] =>
      layOutTable(columns, [["extract", "3", "2026-01-31", "it took long"]], width).map(toText);
    expect(lines(36)[1]).toBe("extract  3    2026-01-31  it took l…");
    expect(lines(30)[1]).toBe("extract  3    it took long");
    expect(lines(20)[1]).toBe("extract  3    it to…");
    expect(lines(19)[1]).toBe("extract  it took l…");
    expect(lines(14)[1]).toBe("extra…  it to…");
    for (const width of [14, 19, 20, 30, 36])
      for (const line of lines(width)) expect(line.length).toBeLessThanOrEqual(width);
  });

  test("has no blanks at the ends of its lines", () => {
    expect(table([["a", "", ""]])).toEqual(["NAME  COUNT  WHY", "a"]);
  });
});

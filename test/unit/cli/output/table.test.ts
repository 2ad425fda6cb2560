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

  test("gives up shrinking where nothing would be left of a column", () => {
    const [, line] = table([["a_name_that_is_long", "1", "a reason"]], 10);
    expect(line).toBe("a_name_that_is_long      1  a rea…");
  });

  test("has no blanks at the ends of its lines", () => {
    expect(table([["a", "", ""]])).toEqual(["NAME  COUNT  WHY", "a"]);
  });
});

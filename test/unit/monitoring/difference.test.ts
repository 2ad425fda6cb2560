import { describe, expect, test } from "vitest";
import { differences } from "../../../src/monitoring/index.ts";

const between = (before: string, after: string) =>
  differences(new Map([["f.yaml", before]]), new Map([["f.yaml", after]])).map(({ path, ...values }) => [
    path,
    values.before,
    values.after,
  ]);

describe("what differs in meaning", () => {
  test("is not the order of keys, nor how they are written", () => {
    expect(between("a: 1\nb: [x]\n", '{ "b": ["x"], "a": 1 }')).toEqual([]);
  });

  test("is named by the rules' and panels' own names, wherever they stand", () => {
    const before = "rules: [{ alert: A, expr: x > 1 }, { alert: B, expr: y }]";
    const after = "rules: [{ alert: New, expr: z }, { alert: A, expr: x > 2 }, { alert: B, expr: y }]";
    expect(between(before, after)).toEqual([
      ["rules[A].expr", "x > 1", "x > 2"],
      ["rules[New]", undefined, { alert: "New", expr: "z" }],
    ]);
  });

  test("is looked for in JSON that stands in YAML", () => {
    const map = (title: string): string => `data: { "a.json": ${JSON.stringify(JSON.stringify({ title }))} }`;
    expect(between(map("one"), map("two"))).toEqual([["data.a.json.title", "one", "two"]]);
  });

  test("is a file that is new, gone or can't be read", () => {
    expect(differences(new Map([["gone", "a: 1"]]), new Map([["new", "a: 1"]]))).toEqual([
      { file: "gone", path: "", before: null },
      { file: "new", path: "", after: null },
    ]);
    expect(between("a: [", "a: 1")).toEqual([["", "it can't be read", null]]);
  });
});

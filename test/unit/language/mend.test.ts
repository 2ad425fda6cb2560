import { describe, expect, test } from "vitest";
import { isPlain, replaceInside, replaceText } from "../../../src/language/mend.ts";
import { parseText } from "../../../src/language/parse.ts";
import type { ScalarNode, SourceNode } from "../../../src/language/source.ts";
import { SourceText } from "../../../src/language/text.ts";

/** The first scalar at or below the key `a`, and its source. */
function scalar(written: string): { node: ScalarNode; source: SourceText } {
  const source = new SourceText("a.yaml", `a: ${written}\n`);
  let node: SourceNode | undefined = parseText(source).root;
  while (node !== undefined && node.kind !== "scalar") {
    node = node.kind === "map" ? node.entries[0]?.value : node.items[0];
  }
  if (node?.kind !== "scalar") throw new Error("a scalar is expected");
  return { node, source };
}

describe("another text", () => {
  test.each([
    ["old", "new", "new"],
    ["old", "it's: new", `"it's: new"`],
    ["old", "true", '"true"'],
    ["old", "5m", "5m"],
    ["'old'", "it's", "'it''s'"],
    ['"old"', 'a "b"', '"a \\"b\\""'],
  ])("in the place of %s keeps its quotes, or gets those that it needs: %s", (written, text, expected) => {
    expect(replaceText(scalar(written).node, text, true)?.edits[0]?.text).toBe(expected);
  });

  test("has no place in a block scalar, nor where nothing stands", () => {
    expect(replaceText(scalar("|\n  old").node, "new", true)).toBeUndefined();
    expect(replaceText(scalar("").node, "new", true)).toBeUndefined();
  });

  test.each([
    ["x old y", "x ['q'] y"],
    ["'x old y'", "'x [''q''] y'"],
    ['"x old y"', `"x ['q'] y"`],
    ["|\n  x old y", "|\n  x ['q'] y"],
    ["{ a: x old y }", "{ a: 'x [''q''] y' }"],
    ["[it's old]", "['it''s [''q'']']"],
    ['{ a: "x old y" }', `{ a: "x ['q'] y" }`],
  ])("inside of %s is written as its quotes want it", (written, expected) => {
    const { node, source } = scalar(written);
    const start = node.text.indexOf("old");
    const fix = replaceInside(source, node, { start, end: start + 3, text: "['q']", safe: true });
    const [edit] = fix?.edits ?? [];
    const { text } = source;
    expect(text.slice(3, edit?.at.start) + edit?.text + text.slice(edit?.at.end)).toBe(`${expected}\n`);
  });

  test("goes nowhere inside where the text is not written letter by letter", () => {
    const { node, source } = scalar('"x \\x6fld y"');
    expect(replaceInside(source, node, { start: 2, end: 5, text: "new", safe: true })).toBeUndefined();
    const plain = scalar("x old y");
    expect(replaceInside(plain.source, plain.node, { start: 2, end: 5, text: "a: b", safe: true })).toBeUndefined();
  });
});

test.each([
  "no",
  "NULL",
  "12",
  "1e3",
  ".5",
  ".inf",
  "a: b",
  "a #b",
  "- a",
  "*a",
  "&a",
  "",
  " a",
  "a ",
  "[a",
  "{",
  "@daily",
  "0x1",
])("%s is not taken for a text without quotes", (text) => {
  expect(isPlain(text)).toBe(false);
});

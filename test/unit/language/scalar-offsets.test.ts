import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Document, Scalar } from "yaml";
import { parseText } from "../../../src/language/parse.ts";
import { type ScalarStyle, scalarOffsets } from "../../../src/language/scalar-offsets.ts";
import type { ScalarNode } from "../../../src/language/source.ts";
import { SourceText } from "../../../src/language/text.ts";

/** The value under the first key of a file. */
function scalarOf(text: string): ScalarNode | undefined {
  const { root } = parseText(new SourceText("a.yaml", text));
  const value = root?.kind === "map" ? root.entries[0]?.value : undefined;
  return value?.kind === "scalar" && typeof value.value === "string" ? value : undefined;
}

/** What stands in the file where a part of the value comes from. */
function sourceOf(text: string, part: string): string {
  const node = scalarOf(text);
  if (node === undefined) throw new Error(`no text in ${JSON.stringify(text)}`);
  const from = node.text.indexOf(part);
  const span = node.span(from, from + part.length);
  return text.slice(span.start, span.end);
}

describe("a part of a value is found in the file", () => {
  test.each<[style: string, text: string, part: string, source: string]>([
    ["a plain scalar", "a: one two\n", "two", "two"],
    ["a plain scalar over two lines", "a: one\n   two three\n", "two three", "two three"],
    ["single quotes", "a: 'it''s ''here'' now'\n", "'here'", "''here''"],
    ["single quotes over two lines", "a: 'one\n\n   two'\n", "\ntwo", "\n   two"],
    ["double quotes with escapes", 'a: "\\u00e9\\t\\"x\\" end"\n', '"x"', '\\"x\\"'],
    ["a surrogate pair as one escape", 'a: "\\U0001F389 party"\n', "party", "party"],
    ["an escaped line break", 'a: "one \\\n   two"\n', "one two", "one \\\n   two"],
    ["a literal block", "a: |\n  one\n    two\n", "  two", "  two"],
    ["a literal block with an indicator", "a: |2\n    one\n  two\n", "two", "two"],
    ["a literal block with leading empty lines", "a: |\n\n\n  one\n", "one", "one"],
    ["a folded block", "a: >\n  one\n  two\n\n  three\n", "two", "two"],
    ["a folded block, across a fold", "a: >-\n  one\n  two\n", "one two", "one\n  two"],
    ["a folded block with deeper lines", "a: >+\n  one\n    - two\n  three\n\n", "- two", "- two"],
    ["Windows line ends", "a: |\r\n  one\r\n  two\r\n", "two", "two"],
    ["a comment behind the block's header", "a: | # why\n  one\n", "one", "one"],
  ])("in %s", (_, text, part, source) => {
    expect(sourceOf(text, part)).toBe(source);
  });

  test("with its line and column", () => {
    const text = new SourceText("a.yaml", "tasks:\n  a:\n    bash: |\n      echo one\n      echo ${{ two }}\n");
    const tasks = parseText(text).root;
    const task = tasks?.kind === "map" ? tasks.get("tasks") : undefined;
    const bash = task?.kind === "map" ? task.get("a") : undefined;
    const script = bash?.kind === "map" ? bash.get("bash") : undefined;
    if (script?.kind !== "scalar") throw new Error("no script");
    const from = script.text.indexOf("${{");
    expect(text.range(script.span(from, from + 9)).start).toEqual({ line: 5, column: 12, offset: 50 });
  });
});

/** Texts with what makes styles differ: white space, line breaks, quotes, escapes, wide characters. */
const piece = fc.constantFrom(
  ..." \t\n'\"\\#:-|>x".split(""),
  "word",
  "  ",
  "\n\n",
  "é",
  "東",
  "🎉",
  "${{ x }}",
  "\r\n",
  "\u2028",
);
const texts = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
const TYPES = [
  Scalar.PLAIN,
  Scalar.QUOTE_SINGLE,
  Scalar.QUOTE_DOUBLE,
  Scalar.BLOCK_LITERAL,
  Scalar.BLOCK_FOLDED,
] as const;

/** Every visible character comes from itself, or from an escape of it; the places follow each other. */
function expectRightPlaces(text: string, node: ScalarNode): void {
  const raw = text.slice(node.start, node.end);
  expect([raw, scalarOffsets(raw, node.text, node.style)]).not.toEqual([raw, undefined]);
  let last = node.start;
  for (let at = 0; at < node.text.length; at++) {
    const span = node.span(at, at + 1);
    expect(span.start).toBeGreaterThanOrEqual(last);
    expect(span.end).toBeLessThanOrEqual(node.end);
    last = span.start;
    const char = node.text.charAt(at);
    const source = text.slice(span.start, span.end);
    if (/\s/.test(char)) expect(source).toMatch(/^(\s*|\\.+)$/s);
    else if (!source.startsWith("\\")) expect(source.startsWith(char)).toBe(true);
  }
}

describe("every character of every scalar is found in the file", () => {
  test("as the YAML library writes it", () => {
    const cases = fc.record({
      value: texts,
      type: fc.constantFrom(...TYPES),
      indent: fc.integer({ min: 1, max: 8 }),
      lineWidth: fc.constantFrom(0, 20, 80),
    });
    fc.assert(
      fc.property(cases, ({ value, type, indent, lineWidth }) => {
        const document = new Document({ key: null });
        const scalar = new Scalar(value);
        scalar.type = type as Scalar.Type;
        document.set("key", scalar);
        const text = document.toString({ indent, lineWidth, minContentWidth: 0 });
        const node = scalarOf(text);
        if (node !== undefined) expectRightPlaces(text, node);
      }),
      { numRuns: 600 },
    );
  });

  const STARTS: Readonly<Record<ScalarStyle, fc.Arbitrary<string>>> = {
    plain: fc.constant(""),
    single: fc.constant("'"),
    double: fc.constant('"'),
    literal: fc.stringMatching(/^\|[1-4]?[-+]?( # c)?\n$/),
    folded: fc.stringMatching(/^>[1-4]?[-+]?( # c)?\n$/),
  };

  test.each(Object.entries(STARTS))("as a person might write it: %s", (style, starts) => {
    const ends: Readonly<Record<string, string>> = { single: "'", double: '"' };
    const lines = fc.array(fc.tuple(fc.nat(6), texts), { maxLength: 6 });
    const escapes = fc.constantFrom("\\n", "\\t", "\\x41", "\\u00e9", "\\U0001F389", "\\ ", "\\\n  ", '\\"', "''");
    let seen = 0;
    fc.assert(
      fc.property(starts, lines, escapes, (start, parts, inBetween) => {
        const body = parts
          .map(([indent, part]) => " ".repeat(indent + 1) + part)
          .join(`${style === "double" ? inBetween : ""}\n`);
        const text = `key: ${start}${body}${ends[style] ?? ""}\n`;
        const node = scalarOf(text);
        if (node?.style !== style) return;
        seen += 1;
        expectRightPlaces(text, node);
      }),
      { numRuns: 600 },
    );
    expect(seen).toBeGreaterThan(20);
  });
});

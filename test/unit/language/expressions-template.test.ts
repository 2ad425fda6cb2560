import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTemplate, wholeExpression } from "../../../src/language/expressions/template.ts";

/** Text parts as they are, expressions in angle brackets. */
function parts(text: string): readonly string[] {
  return parseTemplate(text).parts.map((part) => (part.type === "text" ? part.text : `<${part.source}>`));
}

describe("finding expressions", () => {
  test.each([
    ["", []],
    ["plain $x ${y} {{ z }}", ["plain $x ${y} {{ z }}"]],
    ["${{ a }}", ["< a >"]],
    ["a ${{ b }} c ${{ d }}", ["a ", "< b >", " c ", "< d >"]],
    ["${{a}}${{b}}", ["<a>", "<b>"]],
    ['${{ "}}" }}!', ['< "}}" >', "!"]],
    ["${{ '}}' }}!", ["< '}}' >", "!"]],
    ['${{ "\\"}}" }}', ['< "\\"}}" >']],
    ['${{ """a " }}\n""" }}', ['< """a " }}\n""" >']],
    ['${{ {"a": {"b": 1}}["a"] }}!', ['< {"a": {"b": 1}}["a"] >', "!"]],
    ["${{ {}}}!", ["< {}>", "!"]],
    ["${{ a // don't }}!", ["< a // don't >", "!"]],
    ["${{ a // }\n + 1 }}!", ["< a // }\n + 1 >", "!"]],
    ["${{ 'open }} and ${{ b }}", ["< 'open >", " and ", "< b >"]],
    ["$${{ a }}", ["${{ a }}"]],
    ["$${{ ${{ a }}", ["${{ ", "< a >"]],
    ["$$${{ a", ["$${{ a"]],
  ])("%j", (text, expected) => {
    expect(parts(text)).toEqual(expected);
  });

  test.each([
    ["${{ a", 0],
    ["x ${{ 'a", 2],
    ["${{ a ${{ b }}", 0],
    ["a }} ${{", 5],
  ])("%j is never closed, and is left as text", (text, start) => {
    const { problems } = parseTemplate(text);
    expect(problems).toMatchObject([{ start, end: start + 3 }]);
  });

  test.each([
    ["${{ a }}", true],
    ["  ${{ a }}\n", true],
    ["${{ a }}.", false],
    ["${{ a }}${{ b }}", false],
    ["a", false],
    ["", false],
    ["$${{ a }}", false],
  ])("%j is one expression alone: %s", (text, expected) => {
    expect(wholeExpression(parseTemplate(text)) !== undefined).toBe(expected);
  });

  test("what is written together comes apart again, at the right places", () => {
    const plain = fc
      .string({ unit: fc.constantFrom(..."ab $ {}\n'\"é".split("")), maxLength: 8 })
      .filter((text) => !text.includes("${{"));
    const source = fc.constantFrom(
      "a",
      " a + 1 ",
      '"}}"',
      "'$' + \"{\"",
      '{"k": {"l": 1}}',
      "[1, 2]",
      "a // b",
      '"""x"y"""',
      "{}",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(plain, source), { maxLength: 5 }), plain, (pairs, last) => {
        // A dollar sign before the braces would be an escape.
        const texts = pairs.map(([text]) => text.replace(/\$$/, "."));
        const written = pairs.map(([, each], index) => `${texts[index]}\${{${each}}}`).join("") + last;
        const { parts, problems } = parseTemplate(written);
        expect(problems).toEqual([]);
        const found = parts.filter((part) => part.type === "expression");
        expect(found.map((part) => part.source)).toEqual(pairs.map(([, each]) => each));
        expect(
          parts
            .filter((part) => part.type === "text")
            .map((part) => part.text)
            .join("|"),
        ).toBe([...texts, last].filter((text) => text !== "").join("|"));
        for (const part of found) {
          expect(written.slice(part.start, part.end)).toBe(`\${{${part.source}}}`);
          expect(written.slice(part.source_start, part.source_start + part.source.length)).toBe(part.source);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("parts cover a text without gaps, whatever stands in it", () => {
    const piece = fc.constantFrom("${{", "}}", "{", "}", "'", '"', '"""', "\\", "//", "\n", "$", "a ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("");
        let at = 0;
        for (const part of parseTemplate(text).parts) {
          expect(part.start).toBe(at);
          at = part.end;
        }
        expect(at).toBe(text.length);
      }),
      { numRuns: 500 },
    );
  });
});

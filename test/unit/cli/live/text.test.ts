import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitLine, fitText, lineWidth, plainText, textWidth, toAnsi } from "../../../../src/cli/live/text.ts";

describe("textWidth", () => {
  test.each([
    ["abc", 3],
    ["", 0],
    ["äöü", 3],
    ["a\u0308", 1],
    ["日本語", 6],
    ["한글", 4],
    ["ｆｕｌｌ", 8],
    ["🚀", 2],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["✓ ✗ ⠋ ↷ ⊗", 9],
    ["\u200b", 0],
  ])("%s takes %i columns", (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });
});

describe("fitText", () => {
  test("leaves what fits as it is", () => {
    expect(fitText("train", 5)).toBe("train");
    expect(fitText("日本", 4)).toBe("日本");
  });

  test("says with an ellipsis that something was cut", () => {
    expect(fitText("preprocess", 6)).toBe("prepr…");
    expect(fitText("日本語です", 6)).toBe("日本…");
  });

  test("never gives more columns than asked for, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
        expect(textWidth(fitText(text, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("fitLine", () => {
  const span = fc.record({ text: fc.string({ unit: "grapheme", maxLength: 8 }) });

  test("gives at most the columns asked for, and the line itself when it fits", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), fc.nat(30), (line, columns) => {
        const fitted = fitLine(line, columns);
        expect(lineWidth(fitted)).toBeLessThanOrEqual(columns);
        if (lineWidth(line) <= columns) expect(fitted).toEqual(line);
      }),
    );
  });

  test("marks the cut also when it falls between two spans", () => {
    expect(fitLine([{ text: "abc" }, { text: "def" }], 3)).toEqual([{ text: "ab…" }]);
  });
});

describe("plainText", () => {
  test("takes escape sequences and control characters out of what a program printed", () => {
    expect(plainText("\x1b[31mred\x1b[0m\ttab\x07\r\nnext\x1b]0;title\x07 end  ")).toBe("red tab next end");
  });

  test("leaves no control character, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(plainText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

describe("toAnsi", () => {
  const line = [{ text: "ok", style: { color: [34, 2], bold: true } }, { text: " plain" }] as const;

  test("writes 256 colours, 16 colours or none", () => {
    expect(toAnsi(line, 8)).toBe("\x1b[1;38;5;34mok\x1b[0m plain");
    expect(toAnsi(line, 4)).toBe("\x1b[1;32mok\x1b[0m plain");
    expect(toAnsi(line, 1)).toBe("ok plain");
  });

  test("uses the bright half of the basic colours from 8 on", () => {
    expect(toAnsi([{ text: "x", style: { color: [245, 8] } }], 4)).toBe("\x1b[90mx\x1b[0m");
  });
});

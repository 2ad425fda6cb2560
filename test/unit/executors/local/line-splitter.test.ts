import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanLine, LINE_LENGTH_MAX, LineSplitter } from "../../../../src/executors/local/line-splitter.ts";
import { createMasker } from "../../../../src/lib/index.ts";

const PLAIN = createMasker([]);

/** Splits a text that arrives in chunks of these sizes, over and over. */
function split(text: string | Buffer, sizes: readonly number[], masker = PLAIN): { text: string; end: number }[] {
  const bytes = Buffer.from(text as string);
  const splitter = new LineSplitter(masker, 0, false);
  const lines = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    lines.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...lines, ...splitter.flush()];
}

const texts = (lines: readonly { text: string }[]): string[] => lines.map(({ text }) => text);

describe("LineSplitter", () => {
  test("however the bytes arrive, the lines and their ends are the same", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 8 })), sizes, (words, chunks) => {
        const text = words.join("\n");
        expect(split(text, chunks)).toEqual(split(text, [Buffer.byteLength(text) + 1]));
      }),
    );
  });

  test("an end says where the next line begins", () => {
    expect(split("ä\nbc\n\nd", [100])).toEqual([
      { text: "ä", end: 3 },
      { text: "bc", end: 6 },
      { text: "", end: 7 },
      { text: "d", end: 8 },
    ]);
  });

  test("a secret is masked wherever the chunks break it", () => {
    const masker = createMasker(["swordfish"]);
    for (let size = 1; size < 20; size++) {
      expect(texts(split("a swordfish b\nswordfish", [size], masker))).toEqual(["a *** b", "***"]);
    }
  });

  test("of a line that was written over, the last state counts", () => {
    expect(texts(split("10%\r20%\r100%\nnext\r\n\r\r\n", [4]))).toEqual(["100%", "next", ""]);
  });

  test("a progress bar without line breaks doesn't get too long", () => {
    const bar = Array.from({ length: 5_000 }, (_, i) => `\r${i} of 5000`).join("");
    expect(texts(split(`${bar}\ndone`, [1000]))).toEqual(["4999 of 5000", "done"]);
  });

  test("an over-long line is cut with a marker, and the next one is whole", () => {
    const [long, next] = texts(split(`${"x".repeat(200_000)}\nnext\n`, [70_000]));
    expect(long).toMatch(/^x{16384} … \[cut: a line is at most 16 KiB\]$/);
    expect(next).toBe("next");
  });

  test("a cut never leaves a piece of a secret", () => {
    const masker = createMasker(["swordfish-swordfish-swordfish"]);
    for (let before = LINE_LENGTH_MAX - 40; before < LINE_LENGTH_MAX + 5; before++) {
      const [line = ""] = texts(
        split(`${"x".repeat(before)}swordfish-swordfish-swordfish${"y".repeat(200_000)}`, [50_000], masker),
      );
      expect(line).not.toContain("sword");
    }
    const many = texts(split("swordfish-swordfish-swordfish".repeat(10_000), [7_777], masker));
    expect(many.join("")).not.toMatch(/sword|fish/);
  });

  test("a line that was cut in an earlier process is left alone until its end", () => {
    const splitter = new LineSplitter(PLAIN, 500, true);
    expect(splitter.push(Buffer.from("rest of it\nnext\n"))).toEqual([{ text: "next", end: 516 }]);
    expect(splitter.offset).toBe(516);
  });
});

describe("cleanLine", () => {
  test("invalid UTF-8 and control characters are replaced, tabs and colours stay", () => {
    expect(cleanLine(Buffer.from([0x61, 0xff, 0x00, 0x62]), PLAIN)).toBe("a\ufffd\ufffdb");
    expect(cleanLine("a\tb\u001b[1;31mred\u001b[0m", PLAIN)).toBe("a\tb\u001b[1;31mred\u001b[0m");
    expect(cleanLine("\u001b[2J\u001b[3Agone\u001b]0;title\u0007\u001bc!\u0008\u009b", PLAIN)).toBe(
      "gone!\ufffd\ufffd",
    );
  });

  test("a secret that escape sequences break is masked", () => {
    expect(cleanLine("sword\u001b[Kfish", createMasker(["swordfish"]))).toBe("***");
  });
});

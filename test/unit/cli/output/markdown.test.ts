import { expect, test } from "vitest";
import { toAnsi, toText } from "../../../../src/cli/live/text.ts";
import { renderMarkdown } from "../../../../src/cli/output/markdown.ts";

function render(text: string, columns = 30): string[] {
  return renderMarkdown(text, columns).map(toText);
}

test("a page becomes headings, paragraphs and indented code", () => {
  const page = "# Title\n\nSome `code` and **more**.\n\n```yaml\ntasks:\n  a: {}\n```\n";
  expect(render(page)).toEqual(["Title", "", "Some code and more.", "", "    tasks:", "      a: {}"]);
});

test("paragraphs are filled to the width, between words", () => {
  expect(render("one two three\nfour five six seven eight", 16)).toEqual([
    "one two three",
    "four five six",
    "seven eight",
  ]);
});

test("code is never broken, whatever its length", () => {
  const line = "x".repeat(80);
  expect(render(`\`\`\`\n${line}\n\`\`\``)).toEqual([`    ${line}`]);
});

test("a list item's further lines stand below its text", () => {
  expect(render("- first thing that is long\n- second", 18)).toEqual(["- first thing that", "  is long", "- second"]);
});

test("a link into the docs is its words, one elsewhere shows where it leads", () => {
  expect(render("see [errors](errors.md) or [CEL](https://cel.dev)", 80)).toEqual([
    "see errors or CEL (https://cel.dev)",
  ]);
});

test("a word longer than the width stands on a line of its own", () => {
  expect(render(`a ${"b".repeat(20)} c`, 10)).toEqual(["a", "b".repeat(20), "c"]);
});

test("code is in colour where there is colour", () => {
  const [line = []] = renderMarkdown("take `this`", 80);
  expect(toAnsi(line, 4)).toBe("take \x1b[33mthis\x1b[0m");
  expect(toAnsi(line, 1)).toBe("take this");
});

import { describe, expect, test } from "vitest";
import { canBeLowered, type Diagnostic } from "../../src/language/index.ts";
import { readSuppressions } from "../../src/language/suppression/comments.ts";
import { SourceText } from "../../src/language/text.ts";
import { check, fixturesOf } from "./fixtures.ts";

/*
 * Every finding of the fixtures that may be suppressed is, by a comment on a line of its own above it; and nothing else
 * changes.
 */

/** Findings about suppressions have other tests. */
const ABOUT_SUPPRESSIONS = /^ENG90/;

const cases = fixturesOf("err").flatMap(({ name, files: [file, ...others] }) => {
  if (file === undefined || others.length > 0) return [];
  const { path } = file;
  const text = new TextDecoder().decode(file.bytes);
  const found = check([{ path, text }]);
  return found
    .filter(({ code }) => canBeLowered(code) && !ABOUT_SUPPRESSIONS.test(code))
    .map(({ code, range }) => ({ name, path, text, found, code, line: firstLine(text, range.start.line) }))
    .filter(({ code, line }) => commentsIn(commented(text, code, line)) > commentsIn(text));
});

function commented(text: string, code: string, line: number): string {
  const lines = text.split("\n");
  return lines.toSpliced(line - 1, 0, `# engine-ignore ${code}: a reason`).join("\n");
}

function commentsIn(text: string): number {
  return readSuppressions(new SourceText("", text)).length;
}

/** Of a line in a block scalar: the line of its header, for inside there are no comments. Any other line is its own. */
function firstLine(text: string, line: number): number {
  const lines = text.split("\n");
  const indentOf = (each: string): number => each.length - each.trimStart().length;
  for (let header = line - 1; header >= 1; header--) {
    const above = lines[header - 1] ?? "";
    if (!/[|>][-+0-9]*\s*(#.*)?$/.test(above)) continue;
    const inner = lines.slice(header, line);
    if (inner.every((each) => each.trim() === "" || indentOf(each) > indentOf(above))) return header;
  }
  return line;
}

/** With the lines that they have when one is put in. */
function told(found: readonly Diagnostic[], put: number): readonly string[] {
  return found.map(({ code, message, range: { start } }) => {
    return `${start.line < put ? start.line : start.line + 1} ${code} ${message}`;
  });
}

describe("a comment above", () => {
  test.each(cases)("line $line of $name suppresses $code there, and nothing else", (one) => {
    const left = check([{ path: one.path, text: commented(one.text, one.code, one.line) }]);
    const others = one.found.filter(
      ({ code, range }) => code !== one.code || firstLine(one.text, range.start.line) !== one.line,
    );
    expect(told(left, Number.POSITIVE_INFINITY)).toEqual(told(others, one.line));
  });

  test("is tried on the findings of many fixtures", () => {
    expect(cases.length).toBeGreaterThan(20);
  });
});

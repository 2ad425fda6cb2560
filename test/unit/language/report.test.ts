import { describe, expect, test } from "vitest";
import { type Diagnostic, formatPretty } from "../../../src/language/index.ts";
import { finding, rangeOf } from "./a-report.ts";

function frame(text: string, diagnostic: Diagnostic, color = false): readonly string[] {
  return formatPretty([diagnostic], { color, sourceOf: () => text }).split("\n");
}

describe("a finding for a person", () => {
  test("says what, where, why and what to do", () => {
    const text = "a: 1\nneeds: [preproces]\n";
    expect(frame(text, finding(text, "preproces", { hint: "did you mean `preprocess`?" }))).toEqual([
      "error[ENG999] a-check: it is wrong",
      " --> a.yaml:2:9",
      "1 | a: 1",
      "2 | needs: [preproces]",
      "  |         ^^^^^^^^^ did you mean `preprocess`?",
      "  = docs: engine explain ENG999",
      "",
    ]);
  });

  test("widens tabs, and counts wide characters twice and accents not at all", () => {
    const text = "\ta: 東京 e\u0301 x\n";
    const [, , source, mark] = frame(text, finding(text, "x"));
    expect([source, mark]).toEqual(["1 |     a: 東京 e\u0301 x", "  |               ^"]);
  });

  test("marks a stretch over several lines to the end of its first", () => {
    const text = "a: [1,\n  2]\n";
    expect(frame(text, finding(text, "[1,\n  2]"))[3]).toBe("  |    ^^^");
  });

  test("cuts a long line around the mark", () => {
    const text = `a: ${"x".repeat(300)}HERE${"y".repeat(300)}\n`;
    const [, , source = "", mark = ""] = frame(text, finding(text, "HERE"));
    expect(source).toMatch(/^1 \| … x+HEREy+ …$/);
    expect(source.length).toBeLessThan(120);
    expect(source.indexOf("HERE")).toBe(mark.indexOf("^^^^"));
  });

  test("cuts a line of a megabyte around the mark", () => {
    const text = `a: ${"x".repeat(600_000)}HERE${"y".repeat(400_000)}\n`;
    const [, , source = "", mark = ""] = frame(text, finding(text, "HERE"));
    expect(source.length).toBeLessThan(120);
    expect(source.indexOf("HERE")).toBe(mark.indexOf("^^^^"));
  });

  test("lets nothing of the file steer the terminal", () => {
    const text = "a: \x1b[2J\x07 \u202e x\n";
    const printed = frame(text, finding(text, "x", { message: "\x1b[31mred", hint: "a\rb" })).join("\n");
    for (const char of ["\x1b", "\x07", "\r", "\u202e"]) expect(printed).not.toContain(char);
  });

  test("puts a long hint on a line of its own", () => {
    const text = "a: 1\n";
    const hint = "use ".padEnd(130, "x");
    expect(frame(text, finding(text, "1", { hint }))).toContain(`  = help: ${hint}`);
  });

  test("shows further places, of this file and of others", () => {
    const text = "a: 1\nb: 2\n";
    const related = [
      { file: "a.yaml", range: rangeOf(text, "a"), message: "the first one" },
      { file: "gone.yaml", range: rangeOf(text, "b"), message: "the second one" },
    ];
    const options = { color: false, sourceOf: (file: string) => (file === "a.yaml" ? text : undefined) };
    expect(
      formatPretty([finding(text, "2", { related })], options)
        .split("\n")
        .slice(5, 9),
    ).toEqual([" ::: a.yaml:1:1", "1 | a: 1", "  | - the first one", " ::: gone.yaml:2:1 the second one"]);
  });

  test("does without the source", () => {
    const options = { color: false, sourceOf: () => undefined };
    const printed = formatPretty([finding("a: 1", "1", { hint: "remove it" })], options);
    expect(printed).toBe(
      "error[ENG999] a-check: it is wrong\n --> a.yaml:1:4\n  = help: remove it\n  = docs: engine explain ENG999\n",
    );
  });

  test("has a blank line before the next one, and colours when asked", () => {
    const text = "a: 1\n";
    const options = { color: true, sourceOf: () => text };
    const printed = formatPretty([finding(text, "1"), finding(text, "a", { severity: "warning" })], options);
    expect(printed).toContain("\n\n\x1b[1;33mwarning[ENG999]\x1b[0m");
    expect(printed).toContain("\x1b[1;31m^\x1b[0m");
    expect(formatPretty([], options)).toBe("");
  });
});

import type { Diagnostic } from "../diagnostic.ts";
import { formatConcise } from "./concise.ts";
import { countsInWords, isAtLeast, type Report } from "./report.ts";

/*
 * JUnit's XML, which every build server shows: one test case a file. It has no standard; this is what the readers of
 * Jenkins, GitLab and GitHub's actions have in common, so a case has one failure at most.
 */

export function formatJunit({ files, diagnostics, fail_on }: Report): string {
  const byFile = Map.groupBy(diagnostics, ({ file }) => file);
  const named = [...new Set([...files, ...byFile.keys()])];
  const cases = named.map((file) => {
    const all = byFile.get(file) ?? [];
    const failing = all.filter(({ severity }) => isAtLeast(severity, fail_on));
    return { failed: failing.length > 0, lines: testCase(file, failing, all) };
  });
  const failures = cases.filter(({ failed }) => failed).length;
  const counts = `name="engine validate" tests="${cases.length}" failures="${failures}" errors="0"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite ${counts} skipped="0">`,
    ...cases.flatMap((each) => each.lines),
    "  </testsuite>",
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

function testCase(file: string, failing: readonly Diagnostic[], all: readonly Diagnostic[]): readonly string[] {
  const opening = `    <testcase classname="engine.validate" name="${attribute(file)}" file="${attribute(file)}"`;
  if (all.length === 0) return [`${opening}/>`];
  const [first, ...more] = failing;
  const others = all.filter((each) => !failing.includes(each));
  const inner = [];
  if (first !== undefined) {
    const message = more.length === 0 ? first.message : countsInWords(failing);
    const opened = `<failure type="${attribute(first.code)}" message="${attribute(message)}">`;
    inner.push(`      ${opened}${text(formatConcise({ diagnostics: failing }))}</failure>`);
  }
  if (others.length > 0) inner.push(`      <system-out>${text(formatConcise({ diagnostics: others }))}</system-out>`);
  return [`${opening}>`, ...inner, "    </testcase>"];
}

function attribute(value: string): string {
  return text(value).replaceAll('"', "&quot;").replaceAll("\t", "&#9;").replaceAll("\n", "&#10;");
}

/** With what XML can't hold, not even escaped, made visible. */
function text(value: string): string {
  return value
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

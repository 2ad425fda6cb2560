import { expect, test } from "vitest";
import { checkFiles, formatConcise } from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";
import { fixturesOf } from "../diagnostics/fixtures.ts";
import { readText } from "../support/repository.ts";

interface Pattern {
  readonly regexp: string;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly severity?: number;
  readonly code: number;
  readonly message: number;
}

interface Matcher {
  readonly owner: string;
  readonly severity?: string;
  readonly pattern: readonly [Pattern];
}

const { problemMatcher: matchers } = JSON.parse(readText(".github/engine-problem-matcher.json")) as {
  problemMatcher: readonly Matcher[];
};

/** What a runner makes of a line: of the first matcher that fits. */
function annotation(line: string): object | undefined {
  for (const {
    severity,
    pattern: [pattern],
  } of matchers) {
    const match = new RegExp(pattern.regexp).exec(line);
    if (match === null) continue;
    return {
      file: match[pattern.file],
      line: Number(match[pattern.line]),
      column: Number(match[pattern.column]),
      severity: pattern.severity === undefined ? severity : match[pattern.severity],
      code: match[pattern.code],
    };
  }
  return undefined;
}

test("every line that `--format concise` prints becomes an annotation of its place", () => {
  const seen = new Set<string>();
  for (const { files } of fixturesOf("err")) {
    const named = files.map((file) => ({ ...file, path: `with space: 3:4/${file.path}` }));
    const { diagnostics } = checkFiles(named, { operators });
    const lines = formatConcise({ diagnostics }).split("\n").slice(0, -1);
    const expected = diagnostics.map(({ file, range: { start }, severity, code }) => ({
      file,
      line: start.line,
      column: start.column,
      // GitHub knows no info.
      severity: severity === "info" ? "notice" : severity,
      code,
    }));
    for (const { severity } of diagnostics) seen.add(severity);
    expect(lines.map(annotation)).toEqual(expected);
  }
  expect(seen.has("error") && seen.has("warning")).toBe(true);
});

test("an info is a notice, as a runner drops what it doesn't know", () => {
  expect(annotation("a.yaml:1:2: info[ENG914] `a` fires at other times (since `main`)")).toEqual({
    file: "a.yaml",
    line: 1,
    column: 2,
    severity: "notice",
    code: "ENG914",
  });
});

test("other lines are left alone", () => {
  for (const line of ["", "3 files checked: 1 error", "error: there is no file a.yaml", "a.yaml:1:2: note: x"]) {
    expect(annotation(line)).toBeUndefined();
  }
});

test("each matcher has an owner of its own, so that none replaces another", () => {
  expect(matchers.map(({ owner }) => owner)).toEqual(["engine", "engine-info"]);
});

import { type Diagnostic, fingerprintsOf, type Range, type Report } from "../../../src/language/index.ts";

/** Where a stretch of a text stands. */
export function rangeOf(text: string, part: string): Range {
  const start = text.indexOf(part);
  const position = (offset: number) => {
    const lines = text.slice(0, offset).split("\n");
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, offset };
  };
  return { start: position(start), end: position(start + part.length) };
}

/** An error at a stretch of a text. */
export function finding(text: string, part: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const range = rangeOf(text, part);
  return { code: "ENG999", name: "a-check", severity: "error", file: "a.yaml", range, message: "it is wrong", ...more };
}

const ML = "pipelines/ml.yaml";
/** A name that every format has to escape. */
const ODD = 'pipelines/a,b: 100% "<é>".yaml';

const TEXTS: Readonly<Record<string, string>> = {
  [ML]: "tasks:\n  train:\n    needs: [preproces]\n    if: 1 == 1\n    bash: |\n      one\n      two\n  preprocess: {}\n",
  [ODD]: "# 東京\ntasks: {}\n",
  "pipelines/clean.yaml": "tasks: { a: { noop: {} } }\n",
};

/** A report with a finding of each kind, an odd name, a fix, further places, and what is suppressed. */
export function aReport(more: Partial<Report> = {}): Report {
  const ml = (part: string, each: Partial<Diagnostic>): Diagnostic =>
    finding(TEXTS[ML] ?? "", part, { file: ML, ...each });
  const preproces = rangeOf(TEXTS[ML] ?? "", "preproces");
  const unknown = ml("preproces", {
    code: "ENG302",
    name: "unknown-dependency",
    message: "`train` needs `preproces`, which is not a task of this pipeline",
    hint: "did you mean `preprocess`?",
    related: [{ file: ML, range: rangeOf(TEXTS[ML] ?? "", "preprocess"), message: "`preprocess` stands here" }],
    fix: { title: "replace it by `preprocess`", safe: true, edits: [{ range: preproces, text: "preprocess" }] },
  });
  const constant = ml("1 == 1", {
    code: "ENG407",
    name: "constant-condition",
    severity: "warning",
    message: "the condition is always true",
  });
  const lines = ml("one\n      two", {
    code: "ENG408",
    name: "shell-injection",
    message: "100%: two lines,\r\nin a message",
  });
  const odd = finding(TEXTS[ODD] ?? "", "東京", {
    code: "ENG105",
    name: "encoding-or-size",
    severity: "info",
    file: ODD,
    message: 'it holds <b>, "quotes", & \u0007 a bell',
  });
  const accepted = ml("bash", { code: "ENG412", name: "shell-quoting", severity: "warning", message: "accepted here" });
  const known = ml("train", { code: "ENG504", name: "too-frequent", severity: "warning", message: "known before" });
  const base: Omit<Report, "fingerprints"> = {
    version: "1.2.3",
    files: Object.keys(TEXTS).sort(),
    diagnostics: [odd, unknown, constant, lines],
    suppressed: [
      { diagnostic: accepted, suppression: { kind: "comment", reason: "see the runbook" } },
      { diagnostic: known, suppression: { kind: "baseline" } },
    ],
    fail_on: "error",
    sourceOf: (file) => TEXTS[file],
    pathOf: (file) => file,
    docsUrlOf: (code) => `https://example.com/docs/checks/${code}.md`,
    docsOf: (code) => `# ${code}\n\nWhat it is about.\n`,
    ...more,
  };
  const all = [...base.diagnostics, ...base.suppressed.map(({ diagnostic }) => diagnostic)];
  return { ...base, fingerprints: fingerprintsOf(all, base) };
}

import sarifSchema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import {
  fingerprintsOf,
  formatConcise,
  formatGithub,
  formatJson,
  formatJsonl,
  formatJunit,
  formatSarif,
  type JsonReport,
  type Report,
  type Severity,
} from "../../../src/language/index.ts";
import { readText } from "../../support/repository.ts";
import { aReport, finding, rangeOf } from "./a-report.ts";
import { readXml } from "./read-xml.ts";

const NOTHING = aReport({ diagnostics: [], suppressed: [] });

/** Validators that know the formats of texts that the schemas name. */
function compileSchema(schema: object): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  ajv.addFormat("uri", (text) => URL.canParse(text));
  ajv.addFormat("uri-reference", (text) => URL.canParse(text, "https://example.com/"));
  ajv.addFormat("date-time", true);
  return ajv.compile(schema);
}

function expectValid(validate: ValidateFunction, value: unknown): void {
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

describe.each([
  ["concise", formatConcise, "txt"],
  ["json", formatJson, "txt"],
  ["jsonl", formatJsonl, "txt"],
  ["sarif", formatSarif, "txt"],
  ["github", formatGithub, "txt"],
  ["junit", formatJunit, "xml"],
] as const)("the format %s", (name, format, ending) => {
  test("is written as in its golden file", async () => {
    await expect(format(aReport())).toMatchFileSnapshot(`golden/report-${name}.${ending}`);
  });

  test("ends with a line break, or is empty", () => {
    expect(format(aReport())).toMatch(/\n$/);
    expect(format(NOTHING)).toMatch(/^$|\n$/);
  });
});

describe("json", () => {
  const { definitions, ...rest } = JSON.parse(readText("schemas/report.schema.json"));
  const validate = compileSchema({ ...rest, definitions });
  const validateLine = compileSchema({ $ref: "#/definitions/diagnostic", definitions });
  const report = (more: Partial<Report> = {}): JsonReport => JSON.parse(formatJson(aReport(more)));

  test("fits the schema that is shipped, with findings and without", () => {
    expectValid(validate, report());
    expectValid(validate, JSON.parse(formatJson(NOTHING)));
  });

  test("says nothing that the schema does not name", () => {
    const named = Object.keys(definitions.diagnostic.properties);
    const { diagnostics, suppressed } = report();
    const said = diagnostics.flatMap((each) => Object.keys(each));
    expect(said.filter((key) => !named.includes(key))).toEqual([]);
    expect(suppressed.flatMap((each) => Object.keys(each)).filter((key) => !named.includes(key))).toEqual([
      "suppression",
      "suppression",
    ]);
  });

  test("is refused by its schema when a field is missing or of another type", () => {
    const whole = report();
    for (const key of Object.keys(whole)) expect([key, validate({ ...whole, [key]: undefined })]).toEqual([key, false]);
    const [first] = whole.diagnostics;
    expect(validate({ ...whole, diagnostics: [{ ...first, severity: "fatal" }] })).toBe(false);
    expect(validate({ ...whole, diagnostics: [{ ...first, docs_url: "docs/checks" }] })).toBe(false);
    expect(validate({ ...whole, suppressed: [first] })).toBe(false);
  });

  test("has the address of a code's page where there is one", () => {
    const without = aReport({ docsUrlOf: () => undefined });
    expectValid(validate, JSON.parse(formatJson(without)));
    expect(formatJson(without)).not.toContain("docs_url");
    expect(formatJson(aReport())).toContain('"docs_url": "https://example.com/docs/checks/ENG302.md"');
  });

  test("counts by severity, and what is suppressed apart", () => {
    expect(report().summary).toEqual({ files: 3, errors: 2, warnings: 1, infos: 1, suppressed: 2 });
  });

  test("lines are its findings, one by one", () => {
    const lines = formatJsonl(aReport())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(report().diagnostics);
    for (const line of lines) expectValid(validateLine, line);
    expect(formatJsonl(NOTHING)).toBe("");
  });
});

describe("a fingerprint", () => {
  const text = "a: 1\nb: 2\n  b:  2\n";
  const second = { range: rangeOf(text, "b:  2") };
  const findings = [finding(text, "a"), finding(text, "b"), finding(text, "b", second)];
  const of = (source: string, all = findings, pathOf = (file: string) => file): readonly (string | undefined)[] => {
    const fingerprints = fingerprintsOf(all, { sourceOf: () => source, pathOf });
    return all.map((each) => fingerprints.get(each));
  };

  test("is another for each finding, also where code and line are equal", () => {
    expect(new Set(of(text)).size).toBe(3);
  });

  test("stays when lines move, when their indentation changes, and whatever is given first", () => {
    const moved = `# new\n\n    ${text}`;
    const after = findings.map((each) => ({
      ...each,
      range: { ...each.range, start: { ...each.range.start, line: each.range.start.line + 2 } },
    }));
    expect(of(moved, after)).toEqual(of(text));
    expect(of(text, findings.toReversed()).toReversed()).toEqual(of(text));
  });

  test("is another when the line, the code or the file is another", () => {
    const before = of(text)[0];
    expect(of(text.replace("a: 1", "a: 2"))[0]).not.toBe(before);
    expect(of(text, [finding(text, "a", { code: "ENG998" })])[0]).not.toBe(before);
    expect(of(text, findings, (file) => `other/${file}`)[0]).not.toBe(before);
  });
});

describe("sarif", () => {
  // Draft-04 but for two keywords' names, which the rest does not lean on.
  const { $schema: _, id: __, ...schema } = sarifSchema;
  const validate = compileSchema(schema);
  const runOf = (report: Report) => JSON.parse(formatSarif(report)).runs[0];

  test("fits the official schema, with findings and without", () => {
    expectValid(validate, JSON.parse(formatSarif(aReport())));
    expectValid(validate, JSON.parse(formatSarif(NOTHING)));
    expect(validate({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });

  test("leaves a rule's address out where there is none", () => {
    const without = aReport({ docsUrlOf: () => undefined });
    expectValid(validate, JSON.parse(formatSarif(without)));
    expect(formatSarif(without)).not.toContain("helpUri");
  });

  test("has a rule for each code, and results that point to it", () => {
    const { tool, results } = runOf(aReport());
    const ids = tool.driver.rules.map((rule: { id: string }) => rule.id);
    expect(ids).toEqual(["ENG105", "ENG302", "ENG407", "ENG408", "ENG412", "ENG504"]);
    for (const { ruleId, ruleIndex } of results) expect(ids[ruleIndex]).toBe(ruleId);
    expect(tool.driver.rules[1]).toMatchObject({
      defaultConfiguration: { level: "error" },
      helpUri: "https://example.com/docs/checks/ENG302.md",
    });
  });

  test("names files from the root as URIs, and those outside absolutely", () => {
    const odd = aReport({ pathOf: (file) => (file.endsWith("/ml.yaml") ? `/else where/${file}` : file) });
    const places = runOf(odd).results.map(
      (result: { locations: { physicalLocation: { artifactLocation: object } }[] }) =>
        result.locations[0]?.physicalLocation.artifactLocation,
    );
    expect(places[0]).toEqual({ uri: "pipelines/a%2Cb%3A%20100%25%20%22%3C%C3%A9%3E%22.yaml", uriBaseId: "%SRCROOT%" });
    expect(places[1]).toEqual({ uri: "file:///else%20where/pipelines/ml.yaml" });
  });

  test("says of all results whether they are suppressed, or of none", () => {
    const some = runOf(aReport()).results.map((result: { suppressions?: { kind: string }[] }) =>
      result.suppressions?.map(({ kind }) => kind),
    );
    expect(some.toSorted()).toEqual([[], [], [], [], ["external"], ["inSource"]]);
    const none = runOf(aReport({ suppressed: [] })).results;
    expect(none.filter((result: object) => "suppressions" in result)).toEqual([]);
  });
});

describe("github", () => {
  const many = (count: number, severity: Severity) =>
    Array.from({ length: count }, () => finding("a: 1\n", "1", { severity }));
  const kinds = (report: Report): Record<string, number> => {
    const lines = formatGithub(report).trimEnd().split("\n");
    const counts: Record<string, number> = {};
    for (const line of lines) {
      const kind = /^::(\w+) /.exec(line)?.[1] ?? line;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };

  test("escapes what would end a value, and keeps every command on one line", () => {
    const [line = ""] = formatGithub(aReport())
      .split("\n")
      .filter((each) => each.includes("notice"));
    expect(line).toContain('file=pipelines/a%2Cb%3A 100%25 "<é>".yaml,');
    expect(formatGithub(aReport())).toContain("::100%25: two lines,%0D%0Ain a message\n");
    expect(formatGithub(aReport()).trimEnd().split("\n")).toHaveLength(4);
  });

  test("puts errors first", () => {
    const order = formatGithub(aReport()).match(/^::\w+/gm);
    expect(order).toEqual(["::error", "::error", "::warning", "::notice"]);
  });

  test("leaves columns out where a finding spans lines", () => {
    expect(formatGithub(aReport())).toContain("line=6,endLine=7,title=ENG408");
  });

  test("shows as many of each kind as GitHub does, and counts the others", () => {
    const diagnostics = [...many(12, "info"), ...many(11, "warning"), ...many(13, "error")];
    expect(kinds(aReport({ diagnostics }))).toEqual({ error: 10, warning: 10, notice: 10 });
    expect(formatGithub(aReport({ diagnostics }))).toMatch(
      /\n::notice title=engine validate::and 3 errors, 1 warning, 3 infos more: [^\n]*\n$/,
    );
    const exactly = [...many(10, "error"), ...many(10, "warning"), ...many(10, "info")];
    expect(kinds(aReport({ diagnostics: exactly }))).toEqual({ error: 10, warning: 10, notice: 10 });
    expect(formatGithub(aReport({ diagnostics: exactly }))).not.toContain("more");
  });
});

describe("junit", () => {
  test("is XML, with the counts that it announces", () => {
    const [suites] = readXml(formatJunit(aReport()));
    const [suite] = suites!.children;
    const cases = suite!.children;
    const failures = cases.filter(({ children }) => children.some(({ name }) => name === "failure"));
    expect([suites!.name, suite!.name]).toEqual(["testsuites", "testsuite"]);
    for (const { attributes } of [suites!, suite!]) {
      expect(attributes).toMatchObject({ tests: String(cases.length), failures: String(failures.length), errors: "0" });
    }
  });

  test("has one case a file, with one failure that holds all that fails", () => {
    const cases = readXml(formatJunit(aReport()))[0]!.children[0]!.children;
    expect(cases.map(({ attributes }) => attributes.name)).toEqual(aReport().files);
    const ml = cases.find(({ attributes }) => attributes.name === "pipelines/ml.yaml")!;
    expect(ml.children.map(({ name }) => name)).toEqual(["failure", "system-out"]);
    expect(ml.children[0]!.attributes).toEqual({ type: "ENG302", message: "2 errors" });
    expect(ml.children[0]!.text.match(/error\[ENG\d+\]/g)).toEqual(["error[ENG302]", "error[ENG408]"]);
    expect(ml.children[1]!.text).toContain("warning[ENG407]");
    expect(cases.find(({ attributes }) => attributes.name === "pipelines/clean.yaml")!.children).toEqual([]);
  });

  test("fails what the command fails", () => {
    const failing = (fail_on: Severity): number =>
      readXml(formatJunit(aReport({ fail_on })))[0]!
        .children[0]!.children.flatMap(({ children }) => children)
        .filter(({ name }) => name === "failure").length;
    expect([failing("error"), failing("warning"), failing("info")]).toEqual([1, 1, 2]);
  });

  test("has a case for a finding in a file that is no pipeline", () => {
    const report = aReport({ diagnostics: [finding("a: 1\n", "1", { file: "engine.yaml" })] });
    expect(readXml(formatJunit(report))[0]!.children[0]!.children).toHaveLength(4);
  });

  test("holds nothing that XML forbids", () => {
    const text = "\u0000\u0001\u001b\ud800\ufffe]]> \u{1f600}";
    const report = aReport({ diagnostics: [finding("a: 1\n", "1", { message: text, file: `${text}.yaml` })] });
    expect(formatJunit(report)).toMatch(/^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
    expect(formatJunit(report)).not.toContain("]]>");
    expect(readXml(formatJunit(report))).toHaveLength(1);
  });
});

import { CHECKS } from "../checks/index.ts";
import type { Diagnostic, Fix, Range, RelatedPlace, Severity } from "../diagnostic.ts";
import type { Suppressed } from "../suppression/settle.ts";
import { byPlace, type Report, sentenceOf } from "./report.ts";

/*
 * SARIF 2.1.0 (OASIS), the format of code scanning.
 */

const LEVELS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

const KINDS: Readonly<Record<Suppressed["suppression"]["kind"], string>> = {
  comment: "inSource",
  config: "external",
  baseline: "external",
};

/** Names the hash, so that a better one can stand beside it one day. */
const FINGERPRINT = "engineFinding/v1";

/** Indented, with a line break at the end. */
export function formatSarif(report: Report): string {
  const { diagnostics, suppressed, version } = report;
  const suppressions = new Map(suppressed.map((each) => [each.diagnostic, each.suppression]));
  const all = [...diagnostics, ...suppressions.keys()].sort(byPlace);
  const codes = [...new Set(all.map(({ code }) => code))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "engine", version, semanticVersion: version, rules: codes.map((code) => rule(code, report)) },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the repository." } } },
        results: all.map((each) => ({
          ...result(each, report, codes.indexOf(each.code)),
          // Either all results say it or none does.
          ...(suppressed.length === 0 ? {} : { suppressions: suppressionsOf(suppressions.get(each)) }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function rule(code: string, { docsUrlOf, docsOf }: Report): object {
  const check = CHECKS.find((each) => each.code === code);
  const page = docsOf(code);
  const url = docsUrlOf(code);
  return {
    id: code,
    ...(check === undefined
      ? {}
      : {
          name: check.name,
          shortDescription: { text: check.summary },
          defaultConfiguration: { level: LEVELS[check.severity] },
        }),
    ...(url === undefined ? {} : { helpUri: url }),
    ...(page === undefined
      ? {}
      : { help: { text: `\`engine explain ${code}\` prints the page on it.`, markdown: page } }),
  };
}

function result(diagnostic: Diagnostic, report: Report, ruleIndex: number): object {
  const { code, severity, file, range, related = [], fix } = diagnostic;
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: sentenceOf(diagnostic) },
    locations: [location({ file, range }, report)],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((place, id) => ({
            id,
            message: { text: place.message },
            ...location(place, report),
          })),
        }),
    partialFingerprints: { [FINGERPRINT]: report.fingerprints.get(diagnostic) ?? "" },
    ...(fix === undefined ? {} : { fixes: [fixOf(fix, file, report)] }),
  };
}

function suppressionsOf(suppression: Suppressed["suppression"] | undefined): readonly object[] {
  if (suppression === undefined) return [];
  const { kind, reason } = suppression;
  const justification = reason ?? (kind === "baseline" ? "in the baseline" : undefined);
  return [{ kind: KINDS[kind], status: "accepted", ...(justification === undefined ? {} : { justification }) }];
}

function location({ file, range }: Pick<RelatedPlace, "file" | "range">, report: Report): object {
  return { physicalLocation: { artifactLocation: artifact(file, report), region: region(range) } };
}

function region({ start, end }: Range): object {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function artifact(file: string, { pathOf }: Report): object {
  const path = pathOf(file);
  const uri = path.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? { uri: `file://${uri}` } : { uri, uriBaseId: "%SRCROOT%" };
}

function fixOf({ title, edits }: Fix, file: string, report: Report): object {
  const replacements = edits.map(({ range, text }) => ({
    deletedRegion: region(range),
    insertedContent: { text },
  }));
  return {
    description: { text: title },
    artifactChanges: [{ artifactLocation: artifact(file, report), replacements }],
  };
}

import type { Diagnostic, Range, RelatedPlace, Severity } from "../diagnostic.ts";
import type { Suppressed } from "../suppression/settle.ts";
import type { Report } from "./report.ts";

/*
 * Findings for other programs. schemas/report.schema.json describes it; the shape is versioned, and fields are added to
 * it, never changed.
 */

export interface JsonReport {
  readonly schema_version: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** Every file that was checked, in order. */
  readonly files: readonly string[];
  readonly summary: {
    readonly files: number;
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    readonly suppressed: number;
  };
  readonly diagnostics: readonly JsonDiagnostic[];
  /** What was found and is accepted. */
  readonly suppressed: readonly (JsonDiagnostic & { readonly suppression: Suppressed["suppression"] })[];
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly name: string;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  /** Lines and columns count from 1, columns and offsets in UTF-16 units; `end` is the first place after it. */
  readonly range: Range;
  readonly related: readonly RelatedPlace[];
  readonly help?: string;
  /** Where everybody can read the page on this code, if there is such a place. */
  readonly docs_url?: string;
  readonly fix?: Diagnostic["fix"];
  /** Stays the same while the finding does, also when lines move. */
  readonly fingerprint: string;
}

/** One document, indented, with a line break at the end. */
export function formatJson(report: Report): string {
  return `${JSON.stringify(jsonReport(report), undefined, 2)}\n`;
}

/** One line of JSON a finding, as in the document; without those that are suppressed. */
export function formatJsonl(report: Report): string {
  return report.diagnostics.map((each) => `${JSON.stringify(jsonDiagnostic(each, report))}\n`).join("");
}

function jsonReport(report: Report): JsonReport {
  const { version, files, diagnostics, suppressed } = report;
  const count = (severity: Severity): number => diagnostics.filter((one) => one.severity === severity).length;
  return {
    schema_version: 1,
    tool: { name: "engine", version },
    files,
    summary: {
      files: files.length,
      errors: count("error"),
      warnings: count("warning"),
      infos: count("info"),
      suppressed: suppressed.length,
    },
    diagnostics: diagnostics.map((each) => jsonDiagnostic(each, report)),
    suppressed: suppressed.map(({ diagnostic, suppression }) => ({
      ...jsonDiagnostic(diagnostic, report),
      suppression,
    })),
  };
}

function jsonDiagnostic(diagnostic: Diagnostic, { fingerprints, docsUrlOf }: Report): JsonDiagnostic {
  const { code, name, severity, message, file, range, hint, related = [], fix } = diagnostic;
  const docs_url = docsUrlOf(code);
  return {
    code,
    name,
    severity,
    message,
    file,
    range,
    related,
    ...(hint === undefined ? {} : { help: hint }),
    ...(docs_url === undefined ? {} : { docs_url }),
    ...(fix === undefined ? {} : { fix }),
    fingerprint: fingerprints.get(diagnostic) ?? "",
  };
}

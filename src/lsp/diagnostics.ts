import { DiagnosticSeverity, DiagnosticTag, type Range, type Diagnostic as Shown } from "vscode-languageserver/node";
import type { Diagnostic, Severity } from "../language/index.ts";
import type { OpenDocument } from "./open-document.ts";

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** Findings about what can go without a loss: editors show it faded. By the name of the check. */
export const UNNECESSARY: ReadonlySet<string> = new Set([
  "duplicate-dependency",
  "branch-case",
  "unreachable-task",
  "unused-suppression",
]);

export interface ShowOptions {
  readonly docsUrl: (code: string) => string;
  /** Where a place in another file is, in the client's words. */
  readonly locate: (file: string, range: Diagnostic["range"]) => { readonly uri: string; readonly range: Range };
  /** Whether the client shows further places. */
  readonly related: boolean;
}

/** A finding as a client shows it in its document. */
export function showDiagnostic(diagnostic: Diagnostic, document: OpenDocument, options: ShowOptions): Shown {
  const { code, name, severity, message, hint, range, related = [] } = diagnostic;
  const places = related.map((place) => ({
    location: options.locate(place.file, place.range),
    message: place.message,
  }));
  return {
    range: shownRange(range, document),
    severity: SEVERITIES[severity],
    code,
    codeDescription: { href: options.docsUrl(code) },
    source: "engine",
    message: hint === undefined ? message : `${message}\n${hint}`,
    ...(options.related && places.length > 0 ? { relatedInformation: places } : {}),
    ...(UNNECESSARY.has(name) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

export function shownRange({ start, end }: Diagnostic["range"], document: OpenDocument): Range {
  return document.rangeOf({ start: start.offset, end: end.offset });
}

/** In a file that nobody has open, lines and columns say the same. */
export function closedRange({ start, end }: Diagnostic["range"]): Range {
  return {
    start: { line: start.line - 1, character: start.column - 1 },
    end: { line: end.line - 1, character: end.column - 1 },
  };
}

import type { Diagnostic, Position, Severity } from "../diagnostic.ts";
import type { Suppressed } from "../suppression/settle.ts";

/** What a report is made of, in whatever format. */
export interface Report {
  /** The version of the engine. */
  readonly version: string;
  /** Every file that was checked, in order. */
  readonly files: readonly string[];
  /** Sorted. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly Suppressed[];
  /** Of each of both: what stays the same while the finding does. */
  readonly fingerprints: ReadonlyMap<Diagnostic, string>;
  /** The least severity that fails. */
  readonly fail_on: Severity;
  /** How many findings were mended before; absent when nobody asked for that. */
  readonly fixed?: number | undefined;
  /** The text of a file, when it is at hand. */
  readonly sourceOf: (file: string) => string | undefined;
  /** A file as the repository names it: from its root, with slashes; absolute when it stands outside. */
  readonly pathOf: (file: string) => string;
  /** Where everybody can read the page on a code; undefined when there is no such place. */
  readonly docsUrlOf: (code: string) => string | undefined;
  /** The page on a code, in Markdown. */
  readonly docsOf: (code: string) => string | undefined;
}

/** Severities, the worst first. */
export const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

/** Whether a severity is as bad as the other, or worse. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/** The message with what to do behind it, on one line. */
export function sentenceOf({ message, hint }: Diagnostic): string {
  return hint === undefined ? message : `${message}: ${hint}`;
}

/** `3 errors, 1 warning`; "nothing found" when there is nothing. */
export function countsInWords(diagnostics: readonly Diagnostic[]): string {
  const counts = SEVERITIES.flatMap((severity) => {
    const number = diagnostics.filter((each) => each.severity === severity).length;
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "nothing found" : counts.join(", ");
}

/** By file, then by place; what stands at one place keeps its order. */
export function byPlace(
  a: { readonly file: string; readonly range: { readonly start: Position } },
  b: { readonly file: string; readonly range: { readonly start: Position } },
): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range.start.offset - b.range.start.offset;
}

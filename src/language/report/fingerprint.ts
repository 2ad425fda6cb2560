import { sha256 } from "../../lib/index.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { byPlace } from "./report.ts";

/** Hexadecimal digits of a fingerprint: 64 bits, too many for two findings of a repository to meet by chance. */
const DIGITS = 16;

/**
 * What stays the same while a finding does, also when lines move: of the code, the file from the repository's root, and the
 * line's text without its indentation. Equal ones are numbered in their order, so give all findings, those that are
 * suppressed too.
 */
export function fingerprintsOf(
  diagnostics: readonly Diagnostic[],
  { sourceOf, pathOf }: { sourceOf(file: string): string | undefined; pathOf(file: string): string },
): ReadonlyMap<Diagnostic, string> {
  const sources = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = sources.get(file) ?? sourceOf(file)?.split("\n") ?? [];
    sources.set(file, known);
    return known;
  };
  const seen = new Map<string, number>();
  const fingerprints = new Map<Diagnostic, string>();
  for (const diagnostic of [...diagnostics].sort(byPlace)) {
    const { code, file, range } = diagnostic;
    const text = (linesOf(file)[range.start.line - 1] ?? "").replace(/\s+/g, " ").trim();
    const key = [code, pathOf(file), text].join("\0");
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    fingerprints.set(diagnostic, sha256(`${key}\0${number}`).slice(0, DIGITS));
  }
  return fingerprints;
}

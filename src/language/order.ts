import type { Diagnostic } from "./diagnostic.ts";

/** By file, position and code. The same finding twice (an alias shows a mistake twice) counts once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map(
    diagnostics.map((one) => [[one.file, one.range.start.offset, one.code, one.message].join("\0"), one]),
  );
  return [...distinct.values()].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.range.start.offset - b.range.start.offset ||
      compareText(a.code, b.code) ||
      a.range.end.offset - b.range.end.offset ||
      compareText(a.message, b.message),
  );
}

/** By UTF-16 units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

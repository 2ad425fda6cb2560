import type { Diagnostic, Fix } from "../diagnostic.ts";

/** A finding that says how to mend it. */
export type Mendable = Diagnostic & { readonly fix: Fix };

/** Those of the findings whose fix may be applied: the safe ones, or all. */
export function mendable(diagnostics: readonly Diagnostic[], unsafe: boolean): readonly Mendable[] {
  return diagnostics.filter((each): each is Mendable => each.fix !== undefined && (each.fix.safe || unsafe));
}

/** Which fixes can be applied in one go: of two whose edits touch the same text, the one that begins first. In the order of the text. */
export function compatible(findings: readonly Mendable[]): readonly Mendable[] {
  const chosen: Mendable[] = [];
  const taken: { readonly start: number; readonly end: number }[] = [];
  const byPlace = findings.filter(({ fix }) => fix.edits.length > 0).sort((a, b) => firstOffset(a) - firstOffset(b));
  for (const finding of byPlace) {
    const spans = finding.fix.edits.map(({ range }) => ({ start: range.start.offset, end: range.end.offset }));
    if (spans.some((span) => taken.some((other) => touches(span, other)))) continue;
    taken.push(...spans);
    chosen.push(finding);
  }
  return chosen;
}

/** The text with the edits of some fixes, none of which touches another. */
export function applyFixes(text: string, findings: readonly Mendable[]): string {
  const edits = findings.flatMap(({ fix }) => fix.edits);
  let result = text;
  for (const { range, text: inserted } of edits.sort((a, b) => b.range.start.offset - a.range.start.offset)) {
    result = result.slice(0, range.start.offset) + inserted + result.slice(range.end.offset);
  }
  return result;
}

function firstOffset({ fix }: Mendable): number {
  return Math.min(...fix.edits.map(({ range }) => range.start.offset));
}

/** Neighbours don't touch, unless something is inserted where they meet: nobody knows then what comes first. */
function touches(a: { start: number; end: number }, b: { start: number; end: number }): boolean {
  if (a.start === a.end || b.start === b.end) return a.start <= b.end && b.start <= a.end;
  return a.start < b.end && b.start < a.end;
}

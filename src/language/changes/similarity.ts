/*
 * How much of one text stands in another. Lines count by their length, wherever they stand, so that a pipeline which
 * was moved, renamed and changed a little is still known.
 */

/** A text as a bag of lines. */
export interface Lines {
  /** How often each occurs. */
  readonly counts: ReadonlyMap<string, number>;
  /** Characters of all of them. */
  readonly size: number;
  /** The same for the same lines in the same order. */
  readonly key: string;
}

/** The lines of a pipeline without comments, and without their indentation. */
export function linesOf(text: string): Lines {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return { counts, size: lines.reduce((sum, line) => sum + line.length, 0), key: lines.join("\n") };
}

/** From 0, nothing in common, to 1, the same lines: the characters in common, of those of the larger text. */
export function similarity(a: Lines, b: Lines): number {
  const larger = Math.max(a.size, b.size);
  if (larger === 0) return 0;
  let common = 0;
  for (const [line, count] of a.counts) common += line.length * Math.min(count, b.counts.get(line) ?? 0);
  return common / larger;
}

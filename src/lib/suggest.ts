import { distance } from "fastest-levenshtein";

/** Names shorter than this are held to its allowance, so that one letter may always be wrong. */
const LENGTH_MIN = 3;

/** One mistake is forgiven for this many letters. */
const LETTERS_PER_MISTAKE = 3;

/**
 * The candidate nearest to `name`, when it is near enough to be what was meant: at most a third of the
 * letters differ, two swapped neighbours counting as one, and not all of them. Case doesn't count. Of equally near ones the first.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const allowed = Math.max(name.length, LENGTH_MIN) / LETTERS_PER_MISTAKE;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const found = mistakes(name.toLowerCase(), candidate.toLowerCase());
    if (found <= allowed && found < Math.max(name.length, candidate.length) && found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** The edit distance; a single swap of neighbours is one mistake, not two. */
function mistakes(a: string, b: string): number {
  const found = distance(a, b);
  if (found !== 2 || a.length !== b.length) return found;
  const at = [...a].findIndex((char, index) => char !== b[index]);
  const swapped = a.slice(0, at) + a.charAt(at + 1) + a.charAt(at) + a.slice(at + 2);
  return swapped === b ? 1 : found;
}

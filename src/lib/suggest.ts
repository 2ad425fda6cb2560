import { distance } from "fastest-levenshtein";

/** Names shorter than this are held to its allowance, so that one letter may always be wrong. */
const LENGTH_MIN = 3;

/** One mistake is forgiven for this many letters. */
const LETTERS_PER_MISTAKE = 3;

/**
 * The candidate nearest to `name`, when it is near enough to be what was meant: at most a third of the
 * letters differ. Case counts less than a letter. Of equally near ones the first.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const allowed = Math.max(name.length, LENGTH_MIN) / LETTERS_PER_MISTAKE;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const found = distance(name.toLowerCase(), candidate.toLowerCase());
    if (found <= allowed && found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

import { distance } from "fastest-levenshtein";

/** Names shorter than this are held to its allowance, so that one letter may always be wrong. */
const LENGTH_MIN = 3;

/** One mistake is forgiven for this many letters. */
const LETTERS_PER_MISTAKE = 3;

/** In words shorter than this one letter makes another word: `us` and `uk`, `env` and `end`. */
const SURE_LENGTH_MIN = 4;

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

/**
 * Whether `name` can hardly be anything but `meant`, misspelt: apart from case and separators they are the same, or one
 * letter is wrong in one word of at least four letters. The same numbers stand in both, for `load_2` is no misspelt `load_1`.
 * And every other candidate is further away by two mistakes at least.
 */
export function isSurelyMeant(name: string, meant: string, candidates: Iterable<string>): boolean {
  const [written, right] = [name.toLowerCase(), meant.toLowerCase()];
  const needed = lettersOf(written) === lettersOf(right) ? 0 : oneWordOff(written, right) ? 1 : undefined;
  if (needed === undefined) return false;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    if (other !== right && (lettersOf(other) === lettersOf(written) || mistakes(written, other) < needed + 2))
      return false;
  }
  return true;
}

function lettersOf(name: string): string {
  return name.replace(/[-_ .]/g, "");
}

/** Whether the names differ by one mistake, in one word that is long enough to be known by its other letters. */
function oneWordOff(a: string, b: string): boolean {
  if (a.replace(/\D/g, "") !== b.replace(/\D/g, "")) return false;
  const [words, others] = [a.split(/[-_ .]/), b.split(/[-_ .]/)];
  if (words.length !== others.length) return false;
  const [differing, ...more] = words.flatMap((word, index) =>
    word === others[index] ? [] : [[word, others[index] ?? ""] as const],
  );
  if (differing === undefined || more.length > 0) return false;
  const [word, other] = differing;
  return Math.max(word.length, other.length) >= SURE_LENGTH_MIN && mistakes(word, other) === 1;
}

/** The edit distance; a single swap of neighbours is one mistake, not two. */
function mistakes(a: string, b: string): number {
  const found = distance(a, b);
  if (found !== 2 || a.length !== b.length) return found;
  const at = [...a].findIndex((char, index) => char !== b[index]);
  const swapped = a.slice(0, at) + a.charAt(at + 1) + a.charAt(at) + a.slice(at + 2);
  return swapped === b ? 1 : found;
}

import { distance } from "fastest-levenshtein";

/** Names shorter than this are held to its allowance, so that one letter may always be wrong. */
const LENGTH_MIN = 3;

/** One mistake is forgiven for this many letters. */
const LETTERS_PER_MISTAKE = 3;

/** In words shorter than this one letter makes another word: `us` and `uk`, `env` and `end`. */
const SURE_LENGTH_MIN = 4;

/** Nobody misspells what is longer, and the time to compare two grows with the product of their lengths. */
const LENGTH_MAX = 200;

/** Candidates that are looked at: more than a person has in mind, and few enough to look at for a thousand names. */
const CANDIDATES_MAX = 5_000;

/** Candidates with the letters of the name that are compared with it, one after the other. */
const COMPARED_MAX = 500;

/**
 * The candidate nearest to `name`, when it is near enough to be what was meant: at most a third of the
 * letters differ, two swapped neighbours counting as one, and not all of them. Case doesn't count. Of equally near ones the first. Among thousands only the first ones are looked at.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const allowed = Math.max(name.length, LENGTH_MIN) / LETTERS_PER_MISTAKE;
  const written = name.toLowerCase();
  const letters = lettersIn(written);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  let looked = 0;
  let compared = 0;
  for (const candidate of candidates) {
    if (looked++ >= CANDIDATES_MAX || compared >= COMPARED_MAX) break;
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const other = candidate.toLowerCase();
    if (lettersApart(letters, lettersIn(other)) > allowed) continue;
    compared++;
    const found = mistakes(written, other);
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
  if (needed === undefined || written.length > LENGTH_MAX) return false;
  const letters = lettersIn(written);
  let looked = 0;
  for (const candidate of candidates) {
    // It is sure only when all have been looked at.
    if (looked++ >= CANDIDATES_MAX) return false;
    const other = candidate.toLowerCase();
    // What differs in more letters is further away, whatever the separators.
    if (lettersApart(letters, lettersIn(other)) > needed + 1 && lettersOf(other) !== lettersOf(written)) continue;
    if (other !== right && (lettersOf(other) === lettersOf(written) || mistakes(written, other) < needed + 2))
      return false;
  }
  return true;
}

/** The characters of a name as a set of bits, so that two names are compared in one step. */
function lettersIn(name: string): number {
  let letters = 0;
  for (let i = 0; i < name.length; i++) letters |= 1 << (name.charCodeAt(i) & 31);
  return letters;
}

/** At least so many mistakes lie between two names: each brings or takes one character. */
function lettersApart(a: number, b: number): number {
  return Math.max(bitsIn(a & ~b), bitsIn(b & ~a));
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
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

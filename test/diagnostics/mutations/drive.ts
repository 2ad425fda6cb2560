import type { Diagnostic } from "../../../src/language/index.ts";
import { check } from "../fixtures.ts";
import { BASES, type Tree } from "./bases.ts";
import type { Mutator, Place, TextMutator } from "./mutate.ts";
import { MANNERS, type Manner, type Rendered, render, type Span } from "./render.ts";

/*
 * Tries a check on valid pipelines that are broken on purpose: what is broken has to be found, where it is, and
 * nothing else has to be.
 */

/** `MUTATIONS=all` tries each mutant in every manner; otherwise each is tried in some, all manners taking turns. */
const MANNERS_EACH = process.env.MUTATIONS === "all" ? MANNERS.length : 2;

export const BASE_LIST: readonly (readonly [name: string, base: Tree])[] = Object.entries(BASES);

let turn = 0;
function someManners(): readonly Manner[] {
  return Array.from({ length: MANNERS_EACH }, () => MANNERS[turn++ % MANNERS.length] as Manner);
}

function spanOf(place: Place, rendered: Rendered): Span {
  if (!("part" in place)) return place;
  if (place.part === "key") return rendered.keyAt(place.path);
  return place.part === "within" ? rendered.within(place.path, place.text) : rendered.valueAt(place.path);
}

interface Expected {
  readonly code: string;
  readonly text: string;
  readonly also: readonly string[];
  readonly spans: readonly Span[];
  /** Whether a finding may cover more than what is broken: where broken YAML ends is hard to say. */
  readonly loose?: boolean;
}

/** Characters by which a finding may be longer than what is broken: quotes, and braces. */
const MORE = 4;

/** What is wrong with the findings; empty when they are as they have to be. */
function faults(
  diagnostics: readonly Diagnostic[],
  { code, text, also, spans, loose = false }: Expected,
): readonly string[] {
  const found = diagnostics.filter((each) => each.code === code);
  const shown = ({ start, end }: Span): string => `${start}-${end} ${JSON.stringify(text.slice(start, end))}`;
  const ranges = found.map(({ range }) => ({ start: range.start.offset, end: range.end.offset }));
  const missed = spans.filter(
    (span) =>
      !ranges.some(
        ({ start, end }) =>
          start <= span.start && end >= span.end && (loose || end - start <= span.end - span.start + MORE),
      ),
  );
  return [
    ...(found.length === 0
      ? [`${code} is not found`]
      : missed.map((span) => `not at ${shown(span)}, but at ${ranges.map(shown).join(", ")}`)),
    ...diagnostics
      .filter((each) => each.code !== code && !also.includes(each.code))
      .map((each) => `${each.code} ${each.message}`),
  ];
}

/** What a check makes of each mutant; empty when it is as it has to be. At least four of them have to be tried. */
export function tryMutants(code: string, mutator: Mutator): readonly string[] {
  let count = 0;
  const wrong: string[] = [];
  for (const [name, base] of BASE_LIST) {
    for (const { what, tree, at, also = [], beside = [] } of mutator(base, name)) {
      for (const manner of someManners()) {
        count += 1;
        const rendered = render(tree, manner);
        const file = `${name}.yaml`;
        const files = [...beside, { path: file, text: rendered.text }].sort((a, b) => (a.path < b.path ? -1 : 1));
        const own = check(files).filter((each) => each.file === file);
        const spans = at.map((place) => spanOf(place, rendered));
        const found = faults(own, { code, text: rendered.text, also, spans });
        if (found.length > 0) wrong.push(`${name}, ${what}, ${manner.name}: ${found.join("; ")}`);
      }
    }
  }
  return count < 4 ? [`only ${count} mutants`] : wrong;
}

/** The same of mutants of the text, in every manner. */
export function tryTexts(code: string, mutator: TextMutator): readonly string[] {
  let count = 0;
  const wrong: string[] = [];
  for (const [name, base] of BASE_LIST) {
    for (const manner of MANNERS) {
      for (const { what, text, at, also = [] } of mutator(render(base, manner), manner, base)) {
        count += 1;
        const found = faults(check([{ path: `${name}.yaml`, text }]), { code, text, also, spans: [at], loose: true });
        if (found.length > 0) wrong.push(`${name}, ${what}, ${manner.name}: ${found.join("; ")}`);
      }
    }
  }
  return count < 4 ? [`only ${count} mutants`] : wrong;
}

/** What is found in trees that are right; empty when nothing is. */
export function tryHarmless(mutator: Mutator): readonly string[] {
  return BASE_LIST.flatMap(([name, base]) =>
    mutator(base, name).flatMap(({ what, tree }) =>
      someManners().flatMap((manner) => {
        const { text } = render(tree, manner);
        const found = check([{ path: `${name}.yaml`, text }]);
        return found.map(({ code, message }) => `${name}, ${what}, ${manner.name}: ${code} ${message}`);
      }),
    ),
  );
}

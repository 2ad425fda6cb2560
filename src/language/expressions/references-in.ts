import type { TextSource } from "../model.ts";
import type { Span } from "../text.ts";
import { compileExpression } from "./cel.ts";
import { expressionsIn } from "./place.ts";
import { type Reference, ReferenceWalk, type Step } from "./references.ts";

/** A name in a text: `secrets.TOKEN` has the root `secrets` and one step. */
export interface TextReference extends Pick<Reference, "root" | "steps"> {
  /** The whole chain, in the file. */
  readonly at: Span;
  /** Where a step of it stands in the file. */
  placeOf(step: Pick<Step, "start" | "end">): Span;
}

/** Every chain of names in the expressions of a text. What can't be parsed has none: it is reported elsewhere. */
export function referencesIn(text: TextSource): readonly TextReference[] {
  return expressionsIn(text).flatMap(({ source, start }) => {
    const compiled = compileExpression(source);
    if (!compiled.ok) return [];
    return new ReferenceWalk(compiled.ast).references.map(({ root, steps, ...chain }) => {
      const placeOf = (step: Pick<Step, "start" | "end">): Span => text.node.span(start + step.start, start + step.end);
      return { root, steps, at: placeOf(chain), placeOf };
    });
  });
}

import { fillEmpty } from "../mend.ts";
import type { Problem } from "../shape/problem.ts";
import type { CheckContext } from "./check.ts";

/** Reports what doesn't fit the definition, with what would mend it. */
export function reportShape(problem: Problem, { report, text }: CheckContext): void {
  const { at, message, hint, fix, fill } = problem;
  report({ at, message, hint, fix: fix ?? (fill === undefined ? undefined : fillEmpty(text, fill)) });
}

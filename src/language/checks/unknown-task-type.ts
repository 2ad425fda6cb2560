import { suggest } from "../../lib/index.ts";
import { type FindingFix, replaceText, respell } from "../mend.ts";
import { listed } from "../shape/schema-words.ts";
import type { OperatorProblem } from "../shape/shape.ts";
import { SYNONYMS } from "../shape/synonyms.ts";
import type { Check } from "./check.ts";

export const unknownTaskType: Check = {
  code: "ENG601",
  name: "unknown-task-type",
  severity: "error",
  summary: "a task has no operator, two of them, or one that nobody knows",
  visit: {
    shape(problem, { options, report }) {
      const known = [...options.operators.keys()];
      const all = `the operators are ${listed(known, known.length)}`;
      const { at } = problem;
      if (problem.kind === "no_operator") {
        report({ at, message: `task \`${problem.task}\` has no operator, so there is nothing to do`, hint: all });
      } else if (problem.kind === "two_operators") {
        const { first, second, task } = problem;
        report({
          at,
          message: `task \`${task}\` has two operators, \`${first.key}\` and \`${second.key}\``,
          hint: "make two tasks of it",
          related: [{ at: first.keyNode, message: "the first one" }],
        });
      } else if (problem.kind === "unknown_operator") {
        const meant =
          suggest(problem.name, known) ?? known.find((name) => name === SYNONYMS[problem.name.toLowerCase()]);
        const hint = meant === undefined ? all : `did you mean \`${meant}\`?`;
        const fix = meant === undefined ? undefined : operatorFix(problem, meant, known);
        report({ at, message: `\`${problem.name}\` is neither an operator nor a key of a task`, hint, fix });
      }
    },
  },
};

/** What other tools call so may take another form: only a misspelling is sure. */
function operatorFix(
  { broken, name }: OperatorProblem & { readonly kind: "unknown_operator" },
  meant: string,
  known: readonly string[],
): FindingFix | undefined {
  if (broken.kind !== "scalar") return undefined;
  return suggest(name, known) === meant
    ? respell(broken, { written: name, meant, candidates: known })
    : replaceText(broken, meant, false);
}

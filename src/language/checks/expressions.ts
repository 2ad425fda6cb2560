import { analyseText } from "../expressions/analyse.ts";
import type { ExpressionFindingKind } from "../expressions/finding.ts";
import type { Check } from "./check.ts";

/** The visit of a check that reports one kind of finding in expressions: they are all found together. */
export function reportExpressions(kind: ExpressionFindingKind): Check["visit"] {
  return {
    expression(text, pipeline, { report }) {
      for (const finding of analyseText(text, pipeline)) if (finding.kind === kind) report(finding);
    },
  };
}

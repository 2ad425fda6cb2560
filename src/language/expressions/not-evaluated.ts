import type { ExpressionFinding } from "./finding.ts";
import { hasTemplate, parseTemplate } from "./template.ts";

/** A secret is named, whatever else the expression does. */
const NAMES_SECRET = /\bsecrets\s*[.[]/;

/** Whether a text that is taken as it is holds an expression. That is reported where it stands; it is no name, date or number of its own. */
export function holdsExpression(text: string): boolean {
  return hasTemplate(text) && parseTemplate(text).parts.some((part) => part.type === "expression");
}

/** The expressions of a text that is taken as it is, each of them a finding. `name`: what the text is, in backticks or words. */
export function notEvaluated(text: string, name: string): readonly ExpressionFinding[] {
  return parseTemplate(text).parts.flatMap((part): readonly ExpressionFinding[] => {
    if (part.type === "text") return [];
    const { start, end } = part;
    if (NAMES_SECRET.test(part.source)) {
      const message = "a secret can't stand here, where it would be shown or stored";
      return [{ kind: "secret_exposed", start, end, message, hint: "put it in `env`, and read the variable" }];
    }
    const message = `expressions are not evaluated in ${name}`;
    const hint = "write the value out; for the text itself write `$${{`";
    return [{ kind: "context_unavailable", start, end, message, hint }];
  });
}

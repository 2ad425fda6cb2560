import { holeContexts } from "./shell-lexer.ts";
import { HOLE, type HoleContext } from "./shell-reader.ts";
import { type ExpressionPart, parseTemplate, type Template } from "./template.ts";

/*
 * Data never becomes code: an expression in a bash script is handed over in an environment variable,
 * and the script refers to that variable, quoted as the place needs it.
 */

/** An expression in a script, and how bash reads its place. */
export interface ShellExpression {
  readonly part: ExpressionPart;
  readonly context: HoleContext;
}

export interface ShellTemplate {
  readonly template: Template;
  /** In the order of the script. */
  readonly expressions: readonly ShellExpression[];
}

/** Finds the expressions of a script and the place that each of them has in it. Never throws. */
export function parseShellTemplate(script: string): ShellTemplate {
  const template = parseTemplate(script);
  const { text, holes, parts } = withHoles(template);
  const contexts = holes.length === 0 ? [] : holeContexts(text, holes);
  const expressions = parts.map((part, index) => ({ part, context: contexts[index] as HoleContext }));
  return { template, expressions };
}

/** Whether what stands at an offset of a script is in a comment of bash. */
export function isInComment(script: string, offset: number): boolean {
  const { text, holes } = withHoles(parseTemplate(script.slice(0, offset)));
  return holeContexts(text + HOLE, [...holes, text.length]).at(-1)?.type === "comment";
}

interface WithHoles {
  readonly text: string;
  readonly holes: readonly number[];
  readonly parts: readonly ExpressionPart[];
}

/** The script as bash reads it, with a hole for each expression, and where the holes are. */
function withHoles(template: Template): WithHoles {
  const parts: ExpressionPart[] = [];
  const holes: number[] = [];
  let text = "";
  for (const part of template.parts) {
    // Whoever runs the script takes the line ends of Windows away, so bash reads it without them.
    if (part.type === "text") text += part.text.replaceAll("\r\n", "\n");
    else {
      holes.push(text.length);
      parts.push(part);
      text += HOLE;
    }
  }
  return { text, holes, parts };
}

/**
 * The script with each expression replaced by a reference to its variable. `variableOf` names the
 * variable of an expression; it isn't asked for those in comments.
 */
export function rewriteScript(shell: ShellTemplate, variableOf: (expression: ShellExpression) => string): string {
  let index = 0;
  return shell.template.parts
    .map((part) => {
      if (part.type === "text") return part.text;
      const expression = shell.expressions[index++] as ShellExpression;
      const { type } = expression.context;
      // Nobody reads a comment; a line break in it would end it and begin a command.
      if (type === "comment") return `\${{${part.source.replaceAll(/[\r\n]/g, " ")}}}`;
      const reference = `\${${variableOf(expression)}}`;
      return type === "word" ? `"${reference}"` : reference;
    })
    .join("");
}

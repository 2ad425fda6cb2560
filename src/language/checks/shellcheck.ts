import { isScript } from "../expressions/place.ts";
import { parseShellTemplate } from "../expressions/shell.ts";
import type { Check } from "./check.ts";

export const shellcheck: Check = {
  code: "ENG606",
  name: "shellcheck",
  severity: "warning",
  summary: "shellcheck, where it is installed, finds fault with a script",
  conditional: true,
  visit: {
    pipeline(pipeline, { options, report }) {
      if (options.shellcheck === undefined) return;
      const texts = pipeline.texts.filter((text) => isScript(text));
      const scripts = texts.flatMap((text) => {
        const script = withVariables(text.node.text);
        return script === undefined ? [] : [{ node: text.node, script }];
      });
      if (scripts.length === 0) return;
      const found = options.shellcheck.find(scripts.map(({ script }) => script));
      for (const [index, { node }] of scripts.entries()) {
        for (const { code, message, start, end } of found?.[index] ?? []) {
          report({
            at: node.span(start, Math.max(end, start + 1)),
            message: `${code}: ${message}`,
            hint: `https://www.shellcheck.net/wiki/${code}; \`# shellcheck disable=${code}\` above the line silences it`,
          });
        }
      }
    },
  },
};

/**
 * The script as bash will get it, each expression a reference to a variable that takes as much room as it did, so that
 * places stay what they are. Undefined when an expression stands where none may: that is reported, and has to go first.
 */
function withVariables(script: string): string | undefined {
  const { template, expressions } = parseShellTemplate(script);
  if (template.problems.length > 0 || expressions.some(({ context }) => context.type === "refused")) return undefined;
  let text = script;
  for (const { part, context } of expressions) {
    const quote = context.type === "word" ? '"' : "";
    // `${{ x }}` is never shorter than `"${E}"`.
    const room = part.end - part.start - 2 * quote.length - "${}".length;
    const variable = context.type === "comment" ? "x".repeat(room + "${}".length) : `\${${"E".padEnd(room, "_")}}`;
    text = `${text.slice(0, part.start)}${quote}${variable}${quote}${text.slice(part.end)}`;
  }
  // The escape of the braces is one character longer than what bash gets; a dollar sign in quotes means as little.
  return text.replaceAll("$${{", "\\\\{{").replaceAll("\r\n", " \n");
}

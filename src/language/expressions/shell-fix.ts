import type { FindingFix } from "../mend.ts";
import { addVariable } from "../mend-task.ts";
import type { PipelineSource, TextSource } from "../model.ts";
import type { SourceText } from "../text.ts";
import { parseShellTemplate, type ShellExpression } from "./shell.ts";
import type { ExpressionPart } from "./template.ts";

/*
 * What would make an expression safe at a place in a script where its value can't be handed over. Scripts are other
 * people's language, so no such fix is applied unless its author asks for it.
 */

/** Lets single quotes end before the expression; or hands it to another shell in quotes, through the environment. */
export function refusedFix(
  text: TextSource,
  pipeline: PipelineSource,
  { part, context }: ShellExpression,
): FindingFix | undefined {
  if (context.type !== "refused") return undefined;
  return context.quoted ? endQuotes(text, pipeline.text, part) : throughVariable(text, pipeline, part);
}

/** What is quoted for `echo` is only shown. For other programs it may be a program itself: awk's, for example. */
const SHOWN = /^\s*echo\s[^|;&<>]*$/;

/** `'a ${{ x }} b'` becomes `'a '${{ x }}' b'`: for bash one word, with the value in the middle. */
function endQuotes({ node }: TextSource, source: SourceText, { start, end }: ExpressionPart): FindingFix | undefined {
  const script = node.text;
  const line = script.slice(script.lastIndexOf("\n", start - 1) + 1).split("\n")[0] ?? "";
  const [before, after] = [script.charAt(start - 1), script.charAt(end)];
  const from = before === "'" ? start - 1 : start;
  const to = after === "'" ? end + 1 : end;
  const expression = script.slice(start, end);
  const written = `${before === "'" ? "" : "'"}${expression}${after === "'" ? "" : "'"}`;
  const changed = script.slice(0, from) + written + script.slice(to);
  const at = from + written.indexOf(expression);
  // Whether bash reads it so is asked of whoever reads bash.
  const found = parseShellTemplate(changed).expressions.find((each) => each.part.start === at);
  if (found?.context.type !== "word" || found.context.numeric !== undefined || !SHOWN.test(line)) return undefined;
  const span = node.span(from, to);
  if (source.slice(span) !== script.slice(from, to) || node.style === "single") return undefined;
  return { title: "end the single quotes before the expression", safe: false, edits: [{ at: span, text: written }] };
}

/** A command for another shell in double quotes, on the line of the expression: nothing before it there is quoted again. */
const OTHER_SHELL = /(?:\b(?:bash|dash|ksh|sh|zsh)\s+-[a-z]*c|\bssh\s[^"'`]*|\beval)\s+"[^"'`\\(]*$/;

function throughVariable(
  text: TextSource,
  { text: source, env }: PipelineSource,
  part: ExpressionPart,
): FindingFix | undefined {
  const { node, task } = text;
  const { start, end } = part;
  const script = node.text;
  const line = script.slice(script.lastIndexOf("\n", start - 1) + 1, start);
  const alone = /[\s="]$/.test(line) && /^(?:[\s";]|$)/.test(script.slice(end));
  if (task === undefined || !OTHER_SHELL.test(line) || !alone) return undefined;
  const name = variableName(part.source, (taken) => task.env.has(taken) || env.has(taken));
  const variable = addVariable(source, task, name, script.slice(start, end));
  const span = node.span(start, end);
  if (variable === undefined || source.slice(span) !== script.slice(start, end)) return undefined;
  const edits = [variable, { at: span, text: `\${${name}@Q}` }].sort((a, b) => a.at.start - b.at.start);
  return { title: `hand it over in \`$${name}\`, quoted for the other shell`, safe: false, edits };
}

/** `ARG_NAME` for `params.name`: none that bash or a program knows. */
function variableName(source: string, isTaken: (name: string) => boolean): string {
  const last = /(\w+)\W*$/.exec(source)?.[1] ?? "value";
  const base = `ARG_${last.replace(/\W/g, "_").toUpperCase()}`;
  let name = base;
  for (let number = 2; isTaken(name); number++) name = `${base}_${number}`;
  return name;
}

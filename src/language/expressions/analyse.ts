import { type FindingFix, replaceInside } from "../mend.ts";
import { addNeed } from "../mend-task.ts";
import type { PipelineSource, TaskSource, TextSource } from "../model.ts";
import { resultNames } from "../operator-keys.ts";
import { type SourceNode, toJson } from "../source.ts";
import type { Span } from "../text.ts";
import { compileExpression } from "./cel.ts";
import { type CheckedExpression, checkExpression, type Expected } from "./check.ts";
import type { ExpressionFinding, ExpressionFindingKind } from "./finding.ts";
import { notEvaluated } from "./not-evaluated.ts";
import { isCondition, isItems, isOutputValue, isScript, literalHint, seesResult, takesSecrets } from "./place.ts";
import { type Facts, factsWhenTrue } from "./references.ts";
import { type Scope, scopeAt } from "./scope.ts";
import { isInComment, parseShellTemplate, type ShellExpression } from "./shell.ts";
import { refusedFix } from "./shell-fix.ts";
import { type ExpressionPart, hasTemplate, parseTemplate, type TemplateProblem, wholeExpression } from "./template.ts";
import { DYN, MAP, STRING, typeOfValue, unionOf, type ValueType } from "./types.ts";

/*
 * Goes through the texts of a pipeline and checks the expressions in each, as the place of the text
 * wants it. The checks of the expression codes all look at what is found here.
 */

/** A finding with its place in the file. */
export interface TextFinding {
  readonly kind: ExpressionFindingKind;
  readonly at: Span;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly related?: NonNullable<ExpressionFinding["related"]>;
  readonly fix?: FindingFix | undefined;
}

/**
 * Findings of one script for which the script is read again: to say whether they stand in a comment, or what would mend
 * them. With thousands of them that would take minutes.
 */
const TOLD_APART_MAX = 20;

const analysed = new WeakMap<TextSource, readonly TextFinding[]>();

/** Everything that is wrong with the expressions of a text. Worked out once for each text; never throws. */
export function analyseText(text: TextSource, pipeline: PipelineSource): readonly TextFinding[] {
  let findings = analysed.get(text);
  if (findings === undefined) {
    findings = new TextAnalysis(text, pipeline).run();
    analysed.set(text, findings);
  }
  return findings;
}

/** Texts for people; braces in them are only shown. */
const PROSE = new Set(["description", "doc"]);

class TextAnalysis {
  readonly #text: TextSource;
  readonly #pipeline: PipelineSource;
  readonly #findings: TextFinding[] = [];

  constructor(text: TextSource, pipeline: PipelineSource) {
    this.#text = text;
    this.#pipeline = pipeline;
  }

  run(): readonly TextFinding[] {
    const { node, place, path } = this.#text;
    if (isCondition(this.#text)) this.#single("condition");
    else if (isItems(this.#text)) this.#single("items");
    else if (isOutputValue(this.#text)) this.#outputValue();
    else if (!hasTemplate(node.text)) return [];
    else if (place === "none") {
      if (!PROSE.has(path[0] ?? "") && !path.includes("description")) this.#notEvaluated();
    } else if (literalHint(this.#text) !== undefined) this.#notEvaluated(literalHint(this.#text));
    else if (isScript(this.#text)) this.#script();
    else this.#template();
    return this.#findings;
  }

  /** A text that is one expression, with or without its braces. */
  #single(expected: Expected): void {
    const { node } = this.#text;
    if (!hasTemplate(node.text)) {
      this.#expression(node.text, 0, expected);
      return;
    }
    const template = parseTemplate(node.text);
    this.#problems(template.problems);
    const whole = wholeExpression(template);
    if (whole !== undefined) this.#expression(whole.source, whole.source_start, expected);
    if (whole !== undefined || template.problems.length > 0) return;
    this.#report({
      kind: "syntax",
      start: 0,
      end: node.text.length,
      message: "text stands around the expression, and this place takes one expression alone",
      hint: "put all of it inside one `${{ … }}`",
    });
  }

  /** Without a result nothing can be evaluated; that is reported as such. */
  #outputValue(): void {
    const { task } = this.#text;
    const { spec, config } = task?.operator ?? {};
    if (task === undefined || (spec !== undefined && resultNames(spec, config) !== undefined)) this.#single("any");
  }

  #template(): void {
    const template = parseTemplate(this.#text.node.text);
    this.#problems(template.problems);
    for (const part of template.parts) if (part.type === "expression") this.#part(part);
  }

  #script(): void {
    const script = this.#text.node.text;
    const { template, expressions } = parseShellTemplate(script);
    const toldApart = template.problems.slice(0, TOLD_APART_MAX);
    this.#problems(toldApart.map((one) => (isInComment(script, one.start) ? inComment(one) : one)));
    this.#problems(template.problems.slice(TOLD_APART_MAX));
    let refused = 0;
    for (const expression of expressions) {
      if (expression.context.type === "comment") continue;
      const checked = this.#part(expression.part);
      if (expression.context.type === "refused") refused++;
      this.#shellPlace(expression, checked, refused <= TOLD_APART_MAX);
    }
  }

  #shellPlace({ part, context }: ShellExpression, { type, findings }: CheckedExpression, mended: boolean): void {
    const { start, end } = part;
    if (context.type === "refused") {
      const kind = context.kind === "code" ? "shell_injection" : "shell_quoting";
      const fix = mended ? refusedFix(this.#text, this.#pipeline, { part, context }) : undefined;
      this.#report({ kind, start, end, message: `an expression ${context.why}`, hint: context.hint }, 0, fix);
    } else if (context.type !== "comment" && context.numeric !== undefined && findings.length === 0) {
      if (type === "int" || type === "double" || type === "uint") return;
      const message = `only a number can stand here: ${context.numeric}`;
      const hint = "make it one with `int(…)` or `double(…)`, or declare its type";
      const instead = { start, end, text: `\${{ int(${part.source.trim()}) }}`, safe: false };
      this.#report({ kind: "shell_injection", start, end, message, hint, instead });
    }
  }

  #notEvaluated(hint?: string): void {
    const { node, path } = this.#text;
    for (const finding of notEvaluated(node.text, `\`${keyName(path)}\``))
      this.#report({ ...finding, ...(hint && { hint }) });
  }

  #part(part: ExpressionPart): CheckedExpression {
    return this.#expression(part.source, part.source_start, "any");
  }

  #expression(source: string, offset: number, expected: Expected): CheckedExpression {
    const checked = checkExpression(source, this.#scope(), expected, this.#given());
    for (const finding of checked.findings) this.#report(finding, offset);
    return checked;
  }

  #scope(): Scope {
    return scopeOf(this.#text, this.#pipeline);
  }

  /** What the task's `if` made sure of before anything else of it was evaluated. */
  #given(): Facts | undefined {
    const { place, task } = this.#text;
    if (task?.if === undefined || place === "if" || place === "for_each") return undefined;
    const template = parseTemplate(task.if.text);
    const compiled = compileExpression(
      hasTemplate(task.if.text) ? (wholeExpression(template)?.source ?? "") : task.if.text,
    );
    return compiled.ok ? factsWhenTrue(compiled.ast) : undefined;
  }

  #problems(problems: readonly TemplateProblem[]): void {
    for (const problem of problems) this.#report({ kind: "syntax", ...problem });
  }

  /** Offsets of the finding count from `offset` in the text. */
  #report(finding: ExpressionFinding, offset = 0, shellFix?: FindingFix): void {
    const { kind, message, hint, related, instead, lacks } = finding;
    const { node, task } = this.#text;
    const source = this.#pipeline.text;
    const at = node.span(offset + finding.start, offset + finding.end);
    const fix =
      shellFix ??
      (instead !== undefined
        ? replaceInside(source, node, { ...instead, start: offset + instead.start, end: offset + instead.end })
        : undefined) ??
      (lacks !== undefined && task !== undefined ? addNeed(source, task, lacks) : undefined);
    const more = { ...(related === undefined ? {} : { related }), ...(fix === undefined ? {} : { fix }) };
    this.#findings.push({ kind, at, message, hint, ...more });
  }
}

/** Expressions are found before bash looks for comments, so that one that is not closed could go on behind its line. */
function inComment(problem: TemplateProblem): TemplateProblem {
  const hint = "comments may hold whole expressions, which nobody reads; write `$${{` for the text `${{`";
  return { ...problem, message: "this `${{` in a comment of the script is never closed", hint };
}

/** The names in scope where a text stands. */
export function scopeOf(text: TextSource, pipeline: PipelineSource): Scope {
  const { place, task } = text;
  return scopeAt(pipeline, { place, task, secrets: takesSecrets(text), result: seesResult(text) }, () =>
    task === undefined ? DYN : itemType(task, pipeline),
  );
}

/** The type of `item` in a task with `for_each`. */
function itemType(task: TaskSource, pipeline: PipelineSource): ValueType {
  const node = task.forEach;
  if (node === undefined) return DYN;
  if (node.kind === "list") return unionOf(node.items.map(literalType));
  if (node.kind === "map") return entryType(unionOf(node.entries.map((entry) => literalType(entry.value))));
  const source = hasTemplate(node.text) ? wholeExpression(parseTemplate(node.text))?.source : node.text;
  const scope = scopeAt(pipeline, { place: "for_each", task, secrets: false, result: false }, () => DYN);
  const { type } = checkExpression(source ?? "", scope, "items");
  if (type === undefined) return DYN;
  const element = /^list<(.*)>$/.exec(type)?.[1];
  if (element !== undefined) return { cel: element };
  return /^map\b/.test(type) ? entryType(DYN) : DYN;
}

/** What a map gives: one item for each key. */
function entryType(value: ValueType): ValueType {
  const fields = new Map([
    ["key", STRING],
    ["value", value],
  ]);
  return { cel: MAP.cel, fields };
}

/** The type of a value written out; anything may come of an expression in it. */
function literalType(node: SourceNode): ValueType {
  if (node.kind === "scalar") return hasTemplate(node.text) ? DYN : typeOfValue(node.value);
  if (node.kind === "list") return typeOfValue(toJson(node));
  return { cel: MAP.cel, fields: new Map(node.entries.map((entry) => [entry.key, literalType(entry.value)])) };
}

/** The key that a text stands under, without positions in lists. */
function keyName(path: readonly string[]): string {
  return path.findLast((key) => !/^\d+$/.test(key)) ?? "";
}

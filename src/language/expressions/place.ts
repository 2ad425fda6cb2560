import type { TextSource } from "../model.ts";
import { configPath, isUnder } from "../operator-keys.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import { hasTemplate, parseTemplate, wholeExpression } from "./template.ts";

/*
 * What the place of a text makes of it: one expression alone, a script, or text with expressions in it.
 */

/** An expression in a text. Offsets count in the text's value. */
export interface TextExpression {
  readonly source: string;
  readonly start: number;
}

/** `if` and `retries.if`, and an `if` among what an operator evaluates itself. */
export function isCondition(text: TextSource): boolean {
  const { place, path } = text;
  if (place === "if" || place === "retries_if") return true;
  return path.at(-1) === "if" && standsUnder(text, ({ expression_keys }) => expression_keys);
}

/** The text that says what `for_each` goes over. */
export function isItems({ place, node, task }: TextSource): boolean {
  return place === "for_each" && node === task?.forEach;
}

/** The `value` of an output. */
export function isOutputValue({ place }: TextSource): boolean {
  return place === "output" || place === "run_output";
}

/** Texts that are one expression, so that its braces may be left out. */
function isExpression(text: TextSource): boolean {
  return isCondition(text) || isItems(text) || isOutputValue(text);
}

/** A bash script. */
export function isScript(text: TextSource): boolean {
  return standsUnder(text, ({ shell_keys }) => shell_keys);
}

/** What to do instead of an expression, where the operator takes a text as it is written. */
export function literalHint(text: TextSource): string | undefined {
  const hints = Object.entries(text.task?.operator?.spec.literal_keys ?? {});
  return hints.find(([key]) => standsUnder(text, () => [key]))?.[1];
}

/** Whether the value of a secret may go where this text goes. */
export function takesSecrets(text: TextSource): boolean {
  const { place } = text;
  return place === "env" || place === "connection" || standsUnder(text, ({ secret_keys }) => secret_keys);
}

/** Whether the operator takes this text for the name of a time zone. */
export function isTimeZoneName(text: TextSource): boolean {
  return standsUnder(text, ({ timezone_keys }) => timezone_keys ?? []);
}

/** Whether the operator's result is in scope where this text stands. */
export function seesResult(text: Pick<TextSource, "place" | "path" | "task">): boolean {
  return text.place === "output" || standsUnder(text, ({ expression_keys }) => expression_keys);
}

/** Whether a text stands under one of some keys of its operator. */
function standsUnder(
  { place, path, task }: Pick<TextSource, "place" | "path" | "task">,
  keys: (spec: OperatorSpec) => readonly string[],
): boolean {
  if (place !== "operator" || task?.operator === undefined) return false;
  const listed = keys(task.operator.spec);
  return listed.length > 0 && isUnder(listed, configPath(task.operator, path));
}

/** The expressions of a text, in order; braces may be left out where only an expression can stand. */
export function expressionsIn(text: TextSource): readonly TextExpression[] {
  const value = text.node.text;
  if (!hasTemplate(value)) return isExpression(text) ? [{ source: value, start: 0 }] : [];
  const template = parseTemplate(value);
  const whole = isExpression(text) ? wholeExpression(template) : undefined;
  const parts = whole === undefined ? template.parts : [whole];
  return parts.flatMap((part) =>
    part.type === "expression" ? [{ source: part.source, start: part.source_start }] : [],
  );
}

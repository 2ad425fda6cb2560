import type { OperatorSource, TextSource } from "../model.ts";
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
export function isCondition({ place, path, task }: TextSource): boolean {
  if (place === "if" || place === "retries_if") return true;
  if (place !== "operator" || path.at(-1) !== "if" || task?.operator === undefined) return false;
  return task.operator.spec.expression_keys.includes(configKey(task.operator, path) ?? "");
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
export function isScript({ place, path, task }: TextSource): boolean {
  if (place !== "operator" || task?.operator === undefined) return false;
  return task.operator.spec.shell_keys.includes(configKey(task.operator, path) ?? "");
}

/** Whether the value of a secret may go where this text goes. */
export function takesSecrets({ place, path, task }: TextSource): boolean {
  if (place === "env" || place === "connection") return true;
  if (place !== "operator" || task?.operator === undefined) return false;
  return task.operator.spec.secret_keys.includes(configKey(task.operator, path) ?? "");
}

/** Whether the operator's result is in scope where this text stands. */
export function seesResult(text: Pick<TextSource, "place" | "path" | "task">): boolean {
  const { place, path, task } = text;
  if (place === "output") return true;
  if (place !== "operator" || task?.operator === undefined) return false;
  return task.operator.spec.expression_keys.includes(configKey(task.operator, path) ?? "");
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

/**
 * The key of the operator's normalised config that a text ends up under. In the short form that is
 * the one key which has the same value, or the one that holds a list where a list was written.
 */
function configKey(operator: OperatorSource, path: readonly string[]): string | undefined {
  if (operator.node.kind === "map") return path[1];
  const written = operator.node;
  return Object.entries(operator.config ?? {}).find(([, value]) =>
    written.kind === "list" ? Array.isArray(value) : value === written.value,
  )?.[0];
}

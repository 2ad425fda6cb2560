import type { ASTNode } from "@marcbachmann/cel-js";
import { childrenOf, compileExpression } from "./cel.ts";
import type { ExpressionProblem } from "./messages.ts";

/*
 * Parts of an expression that are written out, and so fail in every run: `duration("1 hour")`, `1 / 0`,
 * a time zone that doesn't exist. They are evaluated here, once, to find that out before any run.
 */

/** The largest magnitude of an integer literal: 64 bits hold it with a minus sign only, which stands outside the literal. */
const INTEGER_MAX = 2n ** 63n;

/** Methods whose arguments are judged whatever they are called on, with something that they can be called on. */
const RECEIVERS: Readonly<Record<string, string>> = { matches: '""', format: "timestamp(0)" };

/** What can never be evaluated in an expression whose types are right; the smallest such parts. */
export function constantProblems(source: string, ast: ASTNode): readonly ExpressionProblem[] {
  const known = largeInteger(ast) ?? dateAsTimestamp(ast);
  if (known !== undefined) return [known];
  if (!isConstant(ast)) return [...argumentProblems(source, ast), ...childrenOf(ast).flatMap(of(source))];
  const message = failure(source.slice(ast.start, ast.end));
  if (message === undefined) return [];
  const inner = childrenOf(ast).flatMap(of(source));
  return inner.length > 0 ? inner : [{ start: ast.start, end: ast.end, message }];
}

function of(source: string): (node: ASTNode) => readonly ExpressionProblem[] {
  return (node) => constantProblems(source, node);
}

/** Whether nothing in it has a name. */
function isConstant(node: ASTNode): boolean {
  return node.op !== "id" && childrenOf(node).every(isConstant);
}

/** Why an expression without names has no value; undefined when it has one. */
function failure(source: string): string | undefined {
  const compiled = compileExpression(source);
  const result = compiled.ok ? compiled.evaluate({}) : undefined;
  return result?.ok === false ? result.message : undefined;
}

/** A method of a value that only a run knows, called with arguments that no value makes right. */
function argumentProblems(source: string, node: ASTNode): readonly ExpressionProblem[] {
  if (node.op !== "rcall") return [];
  const [name, , args] = node.args;
  const [first] = args;
  const last = args.at(-1);
  const receiver =
    (Object.hasOwn(RECEIVERS, name) ? RECEIVERS[name] : undefined) ??
    (/^get[A-Z]/.test(name) ? "timestamp(0)" : undefined);
  if (receiver === undefined || first === undefined || last === undefined || !args.every(isConstant)) return [];
  const { start } = first;
  const { end } = last;
  const message = failure(`${receiver}.${name}(${source.slice(start, end)})`);
  return message === undefined ? [] : [{ start, end, message }];
}

function largeInteger({ op, args, start, end }: ASTNode): ExpressionProblem | undefined {
  if (op !== "value" || typeof args !== "bigint" || args <= INTEGER_MAX) return undefined;
  return { start, end, message: "the integer doesn't fit into 64 bits", hint: "with `.0` behind it, it is a number" };
}

/** `ds` is the one name whose text is known to be no timestamp: it is a date without a time. */
function dateAsTimestamp({ op, args, start, end }: ASTNode): ExpressionProblem | undefined {
  const argument = op === "call" && args[0] === "timestamp" ? args[1][0] : undefined;
  if (argument?.op !== "id" || argument.args !== "ds") return undefined;
  return { start, end, message: "`ds` is a date without a time", hint: "`run.logical_date` is the timestamp" };
}

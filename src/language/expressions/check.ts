import type { ASTNode } from "@marcbachmann/cel-js";
import { compileExpression } from "./cel.ts";
import { constantProblems } from "./constants.ts";
import type { ExpressionFinding } from "./finding.ts";
import { callProblem } from "./functions.ts";
import { typeProblem } from "./messages.ts";
import { checkReference, dashedTask, namesDashed } from "./reference-check.ts";
import { type Facts, ReferenceWalk } from "./references.ts";
import type { Scope } from "./scope.ts";
import { describeType } from "./types.ts";
import { checkTypes } from "./typing.ts";

/** What the place makes of the value. */
export type Expected = "any" | "condition" | "items";

export interface CheckedExpression {
  readonly findings: readonly ExpressionFinding[];
  /** Its type by CEL's name, when it has one. */
  readonly type?: string;
  /** Its tree, when it could be parsed. */
  readonly ast?: ASTNode;
}

/** Names that CEL itself brings: its types, and the namespaces of its functions. */
const BUILT_IN = new Set([
  "string",
  "bool",
  "int",
  "uint",
  "double",
  "map",
  "list",
  "bytes",
  "null_type",
  "type",
  "cel",
  "google",
]);

/** Checks one expression: syntax, then names, then types; each step only when those before it found no error. Never throws. */
export function checkExpression(source: string, scope: Scope, expected: Expected, given?: Facts): CheckedExpression {
  // The name is reported where it is declared, and what CEL makes of it here says nothing more.
  if (namesDashed(source, scope.pipeline)) return { findings: [] };
  const compiled = compileExpression(source);
  if (!compiled.ok) {
    // `tasks.wait-for-data` fails at `for`, which says nothing of the dash.
    return { findings: [dashedTask(source, scope.pipeline.taskIds) ?? { kind: "syntax", ...compiled.problem }] };
  }
  const { ast } = compiled;
  const walk = new ReferenceWalk(ast, given);
  const findings: ExpressionFinding[] = [];
  for (const call of walk.calls) {
    const problem = callProblem(call);
    if (problem === undefined) continue;
    const kind = problem.kind === "arity" ? "arity" : "unknown_reference";
    findings.push({ kind, start: call.start, end: call.end, message: problem.message, hint: problem.hint });
  }
  for (const reference of walk.references) {
    if (BUILT_IN.has(reference.root.name)) continue;
    const found = checkReference(source, scope, reference);
    findings.push(...found);
    // What follows the dash of a misread name is no name either.
    if (found.some((finding) => finding.kind === "unknown_reference" && finding.hint?.includes('["'))) break;
  }
  if (findings.some((finding) => finding.kind !== "nullable_output")) return { findings, ast };

  const checked = checkTypes(source, scope, walk.references);
  if (!checked.valid) {
    if (checked.error !== undefined) findings.push({ kind: "type", ...typeProblem(source, checked.error) });
    return { findings, ast };
  }
  findings.push(...constantProblems(source, ast).map((problem) => ({ kind: "type" as const, ...problem })));
  const type = checked.type ?? "dyn";
  findings.push(...placeFindings(source, type, expected));
  const isConstant = walk.references.every((reference) => BUILT_IN.has(reference.root.name));
  if (expected === "condition" && isConstant && findings.length === 0) {
    const value = compiled.evaluate({});
    const message = `the condition is always ${value.ok ? value.value : "the same"}`;
    findings.push({
      kind: "constant_condition",
      ...wholeOf(source),
      message,
      hint: "compare something that a run brings, or leave the condition out",
    });
  }
  return { findings, type, ast };
}

function placeFindings(source: string, type: string, expected: Expected): readonly ExpressionFinding[] {
  const wrong = (message: string, hint: string): readonly ExpressionFinding[] => [
    { kind: "type", ...wholeOf(source), message, hint },
  ];
  if (type.startsWith("dyn")) return [];
  if (expected === "condition" && type !== "bool") {
    return wrong(`a condition is a boolean, and this is ${describeType(type)}`, "compare it with something: `… == …`");
  }
  const isCollection = /^(list|map)\b/.test(type);
  if (expected === "items" && !isCollection) {
    return wrong(
      `\`for_each\` takes a list or a map, and this is ${describeType(type)}`,
      "a single value in brackets is a list: `[…]`",
    );
  }
  return [];
}

/** The source without the white space around it. */
function wholeOf(source: string): { readonly start: number; readonly end: number } {
  const start = source.length - source.trimStart().length;
  return { start, end: Math.max(start, source.trimEnd().length) };
}

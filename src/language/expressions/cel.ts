import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import type { Evaluated } from "../../core/index.ts";
import { formatTime, isTimeZone } from "../../schedule/index.ts";
import { type ExpressionProblem, evaluationMessage, syntaxProblem } from "./messages.ts";
import { type CelValue, isoTime } from "./values.ts";

/*
 * The dialect: CEL as its specification has it, plus arithmetic and comparison between int and double,
 * comparison of anything with null, and a few functions for dates.
 */

const TIMESTAMP = "google.protobuf.Timestamp";
const DURATION = "google.protobuf.Duration";

/** Names, operators and values in one expression. Beyond what people write, and shallow enough for any stack. */
const NODES_MAX = 2_000;

let shared: Environment | undefined;

/** What all environments grow from. Made when the first expression is met: most commands meet none. */
export function baseEnvironment(): Environment {
  shared ??= extend(new Environment({ homogeneousAggregateLiterals: false, limits: { maxAstNodes: NODES_MAX } }));
  return shared;
}

let checking: Environment | undefined;

/**
 * Where types are checked. Only here it has to be said that numbers of both kinds mix in lists: where
 * expressions are evaluated, values are compared one by one.
 */
export function checkingEnvironment(): Environment {
  checking ??= baseEnvironment()
    .clone()
    .registerOperator("int in list<double>", (a: bigint, list: number[]) => list.some((b) => sameNumber(a, b)))
    .registerOperator("double in list<int>", (a: number, list: bigint[]) => list.some((b) => sameNumber(b, a)));
  return checking;
}

let evaluating: Environment | undefined;

/**
 * Where expressions are evaluated: names have no declared types, because values are what they are by
 * then and null may stand for any of them.
 */
function evaluationEnvironment(): Environment {
  evaluating ??= baseEnvironment().clone({ unlistedVariablesAreDyn: true });
  return evaluating;
}

/** An expression, parsed. */
export interface CompiledExpression {
  readonly ok: true;
  readonly source: string;
  readonly ast: ASTNode;
  /** Evaluates it with these names in scope. Never throws. */
  evaluate(names: Readonly<Record<string, CelValue>>): Evaluated<CelValue>;
}

/** Parses an expression. Never throws. */
export function compileExpression(
  source: string,
): CompiledExpression | { readonly ok: false; readonly problem: ExpressionProblem } {
  const parse = (text: string) => evaluationEnvironment().parse(text);
  try {
    const parsed = parse(source);
    let run: ReturnType<typeof parse> | undefined;
    return {
      ok: true,
      source,
      ast: parsed.ast,
      evaluate: (names) => {
        try {
          run ??= parse(withNullTests(source, parsed.ast));
          return { ok: true, value: run(names) as CelValue };
        } catch (error) {
          return { ok: false, message: evaluationMessage(error) };
        }
      },
    };
  } catch (error) {
    return { ok: false, problem: syntaxProblem(source, error) };
  }
}

/** Everything directly inside a node. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}

/**
 * Writes `has(tasks.a.outputs.b)` as `(tasks.a.outputs.b != null)`: an output that isn't there reads as
 * null, and `has` is to say so.
 */
function withNullTests(source: string, ast: ASTNode): string {
  const edits: { start: number; end: number; text: string }[] = [];
  const visit = (node: ASTNode): void => {
    const argument = node.op === "call" && node.args[0] === "has" ? node.args[1][0] : undefined;
    if (argument !== undefined && rootName(argument) === "tasks") {
      edits.push({ start: node.start, end: node.end, text: `(${source.slice(argument.start, argument.end)} != null)` });
    } else childrenOf(node).forEach(visit);
  };
  visit(ast);
  let text = source;
  for (const edit of edits.sort((a, b) => b.start - a.start)) {
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  }
  return text;
}

/** The name that a chain such as `tasks.a["b"]` begins with; undefined for anything else. */
function rootName(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  return node.op === "." || node.op === "[]" ? rootName(node.args[0]) : undefined;
}

function extend(environment: Environment): Environment {
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const mixed = (a: bigint | number, b: bigint | number) => apply(Number(a), Number(b));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  environment.registerOperator("int == double", sameNumber);
  for (const type of ["string", "int", "double", "bool", "list", "map", TIMESTAMP, DURATION]) {
    environment.registerOperator(`${type} == null`, (a: unknown, b: unknown) => a === b);
  }

  environment.registerFunction(`string(${TIMESTAMP}): string`, isoTime);
  environment.registerFunction(`string(${DURATION}): string`, String);
  environment.registerFunction(`int(${TIMESTAMP}): int`, (date: Date) => BigInt(Math.floor(date.getTime() / 1000)));
  environment.registerFunction(`${TIMESTAMP}.format(string): string`, (date: Date, pattern: string) =>
    formatDate(date, pattern, "UTC"),
  );
  environment.registerFunction(`${TIMESTAMP}.format(string, string): string`, formatDate);
  return environment;
}

/** JavaScript compares a bigint and a number by their values, without rounding either. */
function sameNumber(a: bigint, b: number): boolean {
  return a <= b && a >= b;
}

function formatDate(date: Date, pattern: string, zone: string): string {
  if (!isTimeZone(zone)) throw new Error(`\`${zone}\` is not a time zone`);
  if (!pattern.includes("%")) throw new Error(`\`${pattern}\` holds no code such as %Y, %m or %d`);
  const text = formatTime(date.getTime(), zone, pattern);
  if (text === undefined) throw new Error(`\`${pattern}\` holds a code that format() doesn't know`);
  return text;
}

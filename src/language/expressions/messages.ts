import type { ASTNode, TypeError as CelTypeError, EvaluationError, ParseError } from "@marcbachmann/cel-js";
import type { Replacement } from "./finding.ts";
import { describeType } from "./types.ts";

/*
 * The library's errors in this project's words. They are told apart by their codes, never by their text;
 * from the text of a type error only the names of the types are taken.
 */

/** What is wrong inside an expression. Offsets count from the expression's own beginning. */
export interface ExpressionProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
  /** What to write instead. */
  readonly instead?: Replacement;
}

type CelError = ParseError | EvaluationError | CelTypeError;

/** How the parser names its tokens, and what they look like. */
const TOKENS: Readonly<Record<string, string>> = {
  NUMBER: "a number",
  STRING: "a string",
  BOOLEAN: "a boolean",
  NULL: "`null`",
  IDENTIFIER: "a name",
  RPAREN: "`)`",
  RBRACKET: "`]`",
  RBRACE: "`}`",
  COLON: "`:`",
};

/** What people write who think in another language, and what it is in CEL. */
const WORDS: Readonly<Record<string, string>> = {
  and: "write `&&` for and",
  or: "write `||` for or",
  not: "write `!` for not",
  is: "write `==` to compare",
  if: "write `condition ? this : that`",
  "=": "write `==` to compare",
  "&": "write `&&` for and",
  "|": "write `||` for or; there are no filters",
  "`": "write strings in single or double quotes",
  $: "write the name without the dollar sign",
};

/** What `__proto__` stands for is nobody's word. */
function wordOf(word: string): string | undefined {
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

/** Words an error of the parser; anything else that was thrown is a defect of the parser, and said so too. */
export function syntaxProblem(source: string, error: unknown): ExpressionProblem {
  const celError = asCelError(error);
  if (source.trim() === "") {
    return {
      start: 0,
      end: source.length,
      message: "the expression is empty",
      hint: "write one, such as `params.name`",
    };
  }
  if (celError === undefined) return { start: 0, end: source.length, message: `it can't be parsed: ${String(error)}` };
  const { start, end } = celError.range ?? { start: 0, end: source.length };
  const problem = (message: string, hint?: string): ExpressionProblem => ({
    start,
    end: Math.max(end, start),
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const found = source.slice(start, end);
  switch (celError.code) {
    case "unexpected_token":
    case "unexpected_character": {
      if (found.trim() === "") return endsEarly(source, start);
      const unexpected = problem(`\`${found}\` is not expected here`, wordHint(source, start) ?? wordOf(found));
      const instead = operatorInstead(source, start, found);
      return instead === undefined ? unexpected : { ...unexpected, instead };
    }
    case "expected_token": {
      const wanted = /^Expected (\w+)/.exec(celError.summary)?.[1] ?? "";
      const instead = found.trim() === "" ? "the expression ends" : `\`${found}\` stands here`;
      return problem(`${TOKENS[wanted] ?? wanted} is expected, but ${instead}`);
    }
    case "newline_in_string":
      return problem("this string is not closed on its line", 'strings of several lines stand in `"""`');
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return problem("this string is never closed");
    case "reserved_identifier":
      return problem(`\`${found}\` is a reserved word`, wordOf(found));
    case "invalid_number":
      return problem(`\`${found}\` is too large for a number`);
    case "invalid_hex_integer":
    case "invalid_integer":
      return problem(`\`${found}\` is not a number`);
    case "invalid_exponent":
      return problem("the exponent of this number has no digits");
    case "invalid_escape_sequence":
    case "invalid_hex_escape":
    case "invalid_unicode_escape":
    case "invalid_unicode_surrogate":
    case "invalid_octal_escape":
    case "octal_escape_out_of_range":
    case "bytes_unicode_escape":
      return problem(`\`${found}\` is not an escape`, "write `\\\\` for a backslash");
    case "limit_exceeded":
      return problem("the expression is too long or too deep", "hand parts of it on as outputs of tasks of their own");
    case "invalid_macro_argument":
      return problem("a name for the element is expected here", "for example `list.map(x, x + 1)`");
    default:
      return problem(lowerFirst(celError.summary));
  }
}

/** What the last word or sign of an expression still waits for: an empty place would show nothing. */
function endsEarly(source: string, at: number): ExpressionProblem {
  const end = source.slice(0, at).trimEnd().length;
  const last = /(?:[\w"']+|[^\w\s]{1,2})$/.exec(source.slice(0, end))?.[0] ?? "";
  const hint = "write what belongs behind it, or take it away";
  return { start: end - last.length, end, message: `the expression ends too early, at \`${last}\``, hint };
}

/** Operators of other languages that mean just one of CEL's. */
const OPERATORS: Readonly<Record<string, string>> = { and: "&&", or: "||", "=": "==" };

function operatorInstead(source: string, start: number, found: string): Replacement | undefined {
  const end = start + found.length;
  // `a === b` fails at the last of the three.
  if (found === "=" && /[=!]=$/.test(source.slice(0, start))) return { start, end, text: "", safe: true };
  const text = Object.hasOwn(OPERATORS, found) ? OPERATORS[found] : undefined;
  return text === undefined ? undefined : { start, end, text, safe: true };
}

/** `not x` fails at `x`, and so does `a === b` at its last character: the word before tells what was meant. */
function wordHint(source: string, at: number): string | undefined {
  if (/[=!]=$/.test(source.slice(0, at)) && source[at] === "=") return "write `==` or `!=` to compare";
  if (source.slice(0, at).endsWith("?") && (source[at] === "?" || source[at] === ".")) {
    return "write `x != null ? x : …` for a value that may be null";
  }
  const word = /(\w+)\s+$/.exec(source.slice(0, at))?.[1];
  return word === undefined ? undefined : wordOf(word);
}

/** One sentence for what went wrong with the values of a run. */
export function evaluationMessage(error: unknown): string {
  const celError = asCelError(error);
  if (celError === undefined) return thrownMessage(error);
  const where = snippet(celError);
  return where === undefined ? failureOf(celError) : `${failureOf(celError)}, in \`${where}\``;
}

/** What the library's functions let through from the language below them. */
function thrownMessage(error: unknown): string {
  if (error instanceof SyntaxError) return "`json()` takes JSON, and these bytes are none";
  const zone =
    error instanceof RangeError ? /^Invalid time zone specified: (.*)$/s.exec(error.message)?.[1] : undefined;
  if (zone !== undefined) return `\`${zone}\` is not a time zone`;
  return error instanceof Error ? error.message : String(error);
}

function failureOf(error: CelError): string {
  const detail = error.summary.slice(error.summary.indexOf(": ") + 2);
  switch (error.code) {
    case "no_such_key":
      return `there is no \`${detail}\``;
    case "unknown_variable":
      return `there is no name \`${detail}\``;
    case "no_such_overload":
      return operatorMessage(error);
    case "no_matching_overload":
      return callMessage(error);
    case "invalid_condition_type":
    case "invalid_logical_operand":
      return `a boolean is expected, not ${describeType(quotedType(error.summary))}`;
    case "invalid_comprehension_range":
      return `only a list or a map has elements, and this is ${describeType(quotedType(error.summary))}`;
    case "cannot_index_type":
      return indexMessage(error);
    case "invalid_macro_argument":
      return "`has` takes one access, such as `has(params.name)`";
    case "index_out_of_bounds": {
      const [, position, size] = /index (-?\d+)(?: >= size (\d+))?/.exec(error.summary) ?? [];
      return `the list has no position ${position}${size === undefined ? "" : `: it has ${size}, counted from 0`}`;
    }
    case "index_out_of_range":
      return "a position lies outside the text";
    case "invalid_list_element_type":
      return NOT_JOINABLE;
    // Conversions don't show the value, which may be a secret.
    case "int_conversion_error":
      return "this is not the text of an integer of 64 bits";
    case "uint_conversion_error":
      return "this is not an integer from 0 up";
    case "double_conversion_error":
      return "this is not the text of a number";
    case "bool_conversion_error":
      return "this is not the text of a boolean: `true` or `false`";
    case "numeric_overflow":
      return "the integer doesn't fit into 64 bits";
    case "invalid_timestamp":
      return "a timestamp is a date with a time and a zone, such as `2024-01-01T00:00:00Z`";
    case "invalid_duration":
      return `\`${detail}\` is not a duration such as \`1h30m\` or \`90s\``;
    case "invalid_regular_expression":
      return `\`${detail}\` is not a regular expression`;
    default:
      return lowerFirst(error.summary);
  }
}

/** The part of the expression that failed; undefined when that is all of it. */
function snippet(error: CelError): string | undefined {
  const end = error.range?.end;
  // The library points at the last step of a chain, which says little by itself.
  const start = error.node?.start ?? error.range?.start;
  const text = error.node?.input?.slice(start, end);
  return text === undefined || text === "" || text === error.node?.input?.trim() ? undefined : text;
}

/** Words an error of the type checker. */
export function typeProblem(source: string, error: CelTypeError | ParseError): ExpressionProblem {
  const { end, start: from } = error.range ?? { start: 0, end: source.length };
  // The library points at the last step of a chain; only where that step is the mistake is it to stand alone.
  const start = error.code === "cannot_index_type" ? from : (error.node?.start ?? from);
  const problem = (message: string, hint?: string): ExpressionProblem => ({
    start,
    end,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const shown = `\`${source.slice(start, end)}\``;
  switch (error.code) {
    case "no_such_overload": {
      const found = problem(operatorMessage(error), operatorHint(error));
      const instead = numberInstead(source, error);
      return instead === undefined ? found : { ...found, instead };
    }
    case "no_matching_overload":
      return problem(callMessage(error), callHint(error));
    case "invalid_condition_type":
    case "invalid_logical_operand":
      return problem(
        `${shown}: a boolean is expected, not ${describeType(quotedType(error.summary))}`,
        "compare it with something",
      );
    case "incompatible_ternary_branches": {
      const [left, right] = [...error.summary.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? "dyn");
      const both = `${describeType(left ?? "dyn")} and ${describeType(right ?? "dyn")}`;
      const numbers = [left, right].every((type) => type === "int" || type === "double");
      return problem(
        `the two sides of \`? :\` differ in type: ${both}`,
        numbers
          ? "write the integer as a number, such as `1.0`"
          : "make them one type, or wrap one of them in `dyn(…)`",
      );
    }
    case "cannot_index_type":
      return problem(indexMessage(error), LENGTHS.has(partOf(error)) ? "write `size(…)`" : undefined);
    case "invalid_index_type":
      return problem(`a list's index is an integer, not ${describeType(quotedType(error.summary))}`);
    case "invalid_comprehension_range":
      return problem(`${shown} is ${describeType(quotedType(error.summary))}, not a list or a map`);
    default:
      return problem(failureOf(error));
  }
}

/** What other languages call the size of a text or a list. */
const LENGTHS = new Set(["length", "len", "count"]);

const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** The types that an operator was given, by the library's names; one for a unary operator. */
function operandTypes(error: CelError): { readonly operator: string; readonly types: readonly string[] } {
  const detail = error.summary.slice("no such overload: ".length);
  const operator = error.node?.op ?? "";
  if (operator.endsWith("_")) return { operator: operator.slice(0, 1), types: [detail.slice(1)] };
  return { operator, types: detail.split(` ${operator} `) };
}

function operatorMessage(error: CelError): string {
  const { operator, types } = operandTypes(error);
  const [left, right] = types.map(describeType);
  if (right === undefined) return `\`${operator}\` can't take ${left}`;
  if (COMPARISONS.has(operator)) return `\`${operator}\` can't compare ${left} with ${right}`;
  if (operator === "in") return `\`in\` can't look for ${left} in ${right}`;
  return `\`${operator}\` can't take ${left} and ${right}`;
}

/** A number in quotes, where it is compared with a number. */
function numberInstead(source: string, error: CelError): Replacement | undefined {
  const { operator, types } = operandTypes(error);
  const operands = Array.isArray(error.node?.args) ? (error.node.args as readonly ASTNode[]) : [];
  const text = operands[types.indexOf("string")];
  if (!COMPARISONS.has(operator) || text?.op !== "value" || !types.some((type) => type === "int" || type === "double"))
    return undefined;
  const { start, end } = text;
  const number = /^["'](-?(?:0|[1-9]\d*)(?:\.\d+)?)["']$/.exec(source.slice(start, end))?.[1];
  return number === undefined ? undefined : { start, end, text: number, safe: true };
}

function operatorHint(error: CelError): string | undefined {
  const { operator, types } = operandTypes(error);
  const operands = Array.isArray(error.node?.args) ? (error.node.args as readonly ASTNode[]) : [];
  const isNumber = (type: string | undefined) => type === "int" || type === "double";
  const numeric = types.some(isNumber);
  const text = operands[types.indexOf("string")];
  if (numeric && text?.op === "value" && /^-?\d+(\.\d+)?$/.test(String(text.args)) && operator !== "+") {
    return `write ${text.args} without quotes`;
  }
  if (numeric && types.includes("string") && operator !== "in") {
    return operator === "+" ? "`string(…)` makes text of a number" : "`double(…)` or `int(…)` reads a number from text";
  }
  if (types.includes("google.protobuf.Timestamp") && types.includes("string")) {
    return 'write a date as `timestamp("2024-01-01T00:00:00Z")`';
  }
  if (operator === "+" && types.includes("string")) return "`string(…)` makes text of most values";
  return undefined;
}

/** The function of a call that fits none of its forms, what it was called on, and with what. */
function callOf(error: CelError): { readonly name: string; readonly on?: string; readonly types: string } {
  const [, on, name = "", types = ""] = /'(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(error.summary) ?? [];
  return { name, types, ...(on === undefined ? {} : { on }) };
}

const NOT_JOINABLE = "`join` takes a list of strings, and something else is in it";

function callMessage(error: CelError): string {
  const { name, on, types } = callOf(error);
  const given = splitTypes(types).map(describeType).join(", ");
  if (name === "join" && on?.startsWith("list")) return NOT_JOINABLE;
  if (on === undefined) return `\`${name}\` can't take ${given === "" ? "this" : given}`;
  if (given === "") return `${describeType(on)} has no \`${name}()\``;
  return `\`${name}\` of ${describeType(on)} can't take ${given}`;
}

function callHint(error: CelError): string | undefined {
  const { name, types } = callOf(error);
  if (name === "join" && types === "string")
    return '`join` works on a list of strings: `list.map(x, string(x)).join(",")`';
  return undefined;
}

function indexMessage(error: CelError): string {
  return `${describeType(quotedType(error.summary))} has no parts, so \`${partOf(error)}\` can't be read from it`;
}

function partOf(error: CelError): string {
  const args = error.node?.args;
  const part: unknown = Array.isArray(args) ? args[1] : undefined;
  return typeof part === "string" ? part : "[…]";
}

function quotedType(summary: string): string {
  return /'([^']*)'/.exec(summary)?.[1]?.replace(/^Type<(.*)>$/, "$1") ?? "dyn";
}

/** Splits `map<string, dyn>, int` at the commas between the types. */
function splitTypes(list: string): readonly string[] {
  return list === "" ? [] : list.split(/, (?![^<]*>)/);
}

function asCelError(error: unknown): CelError | undefined {
  return error instanceof Error && "code" in error && "summary" in error ? (error as CelError) : undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

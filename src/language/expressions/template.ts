/*
 * Text with expressions in it: `Deployed ${{ params.model }} today`. This file finds the expressions;
 * it knows nothing of what stands between the braces beyond where a string, a comment or a map ends.
 */

/** Opens an expression. */
const OPEN = "${{";
/** Closes one, outside strings and maps. */
const CLOSE = "}}";
/** `$${{` is the text `${{`: how to write the braces without their meaning. */
const ESCAPED_OPEN = "$${{";

/** Characters in an expression. Beyond what people write, and short enough for a file full of openings without an end. */
const LENGTH_MAX = 10_000;

/** Expressions without an end that are looked for: each may take a look at all that follows. What comes after is text. */
const UNCLOSED_MAX = 1_000;

/** A stretch of a text. Offsets count UTF-16 units in that text; `end` is the first one after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Plain text, with `$${{` already turned into `${{`. */
export interface TextPart extends Span {
  readonly type: "text";
  readonly text: string;
}

/** `${{ source }}`: `start` and `end` include the braces, `source` stands at `source_start`, white space and all. */
export interface ExpressionPart extends Span {
  readonly type: "expression";
  readonly source: string;
  readonly source_start: number;
}

export type TemplatePart = TextPart | ExpressionPart;

/** What is wrong with a template's braces. */
export interface TemplateProblem extends Span {
  readonly message: string;
  readonly hint: string;
}

export interface Template {
  readonly parts: readonly TemplatePart[];
  readonly problems: readonly TemplateProblem[];
}

/** Whether `text` needs `parseTemplate` at all; most scalars don't. */
export function hasTemplate(text: string): boolean {
  return text.includes(OPEN);
}

/**
 * Splits a text into plain text and expressions. Never throws: an expression that isn't closed is a
 * problem, and its opening braces are left as text.
 */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  const problems: TemplateProblem[] = [];
  let plain = "";
  let plainStart = 0;

  const endPlain = (end: number) => {
    if (plain !== "") parts.push({ type: "text", text: plain, start: plainStart, end });
    plain = "";
  };

  let at = 0;
  while (at < text.length) {
    if (text.startsWith(ESCAPED_OPEN, at)) {
      plain += OPEN;
      at += ESCAPED_OPEN.length;
      continue;
    }
    if (!text.startsWith(OPEN, at) || problems.length >= UNCLOSED_MAX) {
      // Nothing but a dollar sign begins anything.
      const next = text.indexOf("$", at + 1);
      const end = next === -1 ? text.length : next;
      plain += text.slice(at, end);
      at = end;
      continue;
    }
    const sourceStart = at + OPEN.length;
    const sourceEnd = findClose(text, sourceStart);
    if (sourceEnd === undefined) {
      problems.push({
        start: at,
        end: sourceStart,
        message: "this `${{` is never closed",
        hint: "close the expression with `}}`, or write `$${{` for the text `${{`",
      });
      plain += OPEN;
      at = sourceStart;
      continue;
    }
    endPlain(at);
    const end = sourceEnd + CLOSE.length;
    parts.push({
      type: "expression",
      source: text.slice(sourceStart, sourceEnd),
      source_start: sourceStart,
      start: at,
      end,
    });
    at = end;
    plainStart = end;
  }
  endPlain(text.length);
  return { parts, problems };
}

/** The only expression of a text that is nothing else, white space around it aside. Its type is kept. */
export function wholeExpression(template: Template): ExpressionPart | undefined {
  let found: ExpressionPart | undefined;
  for (const part of template.parts) {
    if (part.type === "text") {
      if (part.text.trim() !== "") return undefined;
    } else if (found === undefined) found = part;
    else return undefined;
  }
  return found;
}

/**
 * Where the expression that begins at `from` ends: the offset of its `}}`. Strings are skipped whole,
 * and so are the braces of maps. When a string is never closed, the first `}}` after `from` has to do,
 * so that the expression's own parser can point at the string.
 */
function findClose(whole: string, from: number): number | undefined {
  const text = whole.slice(0, from + LENGTH_MAX);
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === '"' || char === "'") {
      const after = skipString(text, at);
      if (after === undefined) return firstClose(text, from);
      at = after;
    } else if (char === "/" && text[at + 1] === "/") {
      at = skipComment(text, at);
    } else if (char === "{") {
      depth += 1;
      at += 1;
    } else if (char === "}" && depth > 0) {
      depth -= 1;
      at += 1;
    } else if (text.startsWith(CLOSE, at)) {
      return at;
    } else {
      at += 1;
    }
  }
  return firstClose(text, from);
}

/** Only up to the next opening braces: what stands behind them belongs to another expression. */
function firstClose(text: string, from: number): number | undefined {
  const close = text.indexOf(CLOSE, from);
  if (close === -1) return undefined;
  const nextOpen = text.indexOf(OPEN, from);
  return nextOpen !== -1 && nextOpen < close ? undefined : close;
}

/** The offset behind the string that starts at `quote`; undefined when it is never closed. */
function skipString(text: string, quote: number): number | undefined {
  const char = text[quote] ?? "";
  const triple = char.repeat(3);
  const delimiter = text.startsWith(triple, quote) ? triple : char;
  let at = quote + delimiter.length;
  while (at < text.length) {
    if (text.startsWith(delimiter, at)) return at + delimiter.length;
    if (delimiter === char && text[at] === "\n") return undefined;
    at += text[at] === "\\" ? 2 : 1;
  }
  return undefined;
}

/** A comment ends with its line, or with the expression. */
function skipComment(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  const lineEnd = newline === -1 ? text.length : newline;
  const close = text.indexOf(CLOSE, from);
  return close === -1 ? lineEnd : Math.min(close, lineEnd);
}

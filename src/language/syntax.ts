import { type Document, isCollection, isPair, isScalar, visit, type YAMLError } from "yaml";
import { quoteLine } from "./mend.ts";
import type { SourceText, Span } from "./text.ts";
import type { PlainTextProblem } from "./text-problem.ts";

/*
 * What the YAML parser found wrong, in words that say what to do. After the first mistake the parser only
 * guesses, so each file gets one syntax report.
 */

type Finding = Omit<PlainTextProblem, "kind">;

/** The first mistake of a document; undefined when it has none. */
export function syntaxProblem(text: SourceText, document: Document.Parsed): PlainTextProblem | undefined {
  const tags = document.warnings.filter((warning) => warning.code === "TAG_RESOLVE_FAILED");
  const [first, second] = [...document.errors, ...tags].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return undefined;
  const start = Math.max(0, Math.min(first.pos[0], text.text.length));
  const at = { start, end: Math.max(start, Math.min(first.pos[1], text.text.length)) };
  const context: Context = { text, document, error: first, at, line: lineAt(text.text, start) };
  const deeper = second?.code === "MULTILINE_IMPLICIT_KEY" && second.pos[0] === first.pos[0];
  return { kind: "syntax", ...(conflict(context) ?? explain(context, deeper)) };
}

interface Context {
  readonly text: SourceText;
  readonly document: Document.Parsed;
  readonly error: YAMLError;
  readonly at: Span;
  /** The line of the error, without its indentation and trailing white space. */
  readonly line: Span & { readonly content: string };
}

function explain(context: Context, deeper: boolean): Finding {
  const { error, at, line, text } = context;
  const { message } = error;
  const char = text.text.charAt(at.start);
  switch (error.code) {
    case "TAB_AS_INDENT":
      return { at, message: "a tab stands in the indentation", hint: "YAML is indented with spaces" };
    case "TAG_RESOLVE_FAILED": {
      const hint = "put the value in quotes if it begins with `!`; tags mean nothing here";
      return { at, message: `${quotedAt(context)} is a YAML tag`, hint };
    }
    case "BAD_SCALAR_START": {
      const hint = "put the value in quotes";
      const fix = quoteLine(text, at.start, true);
      return { at, message: `a value without quotes can't begin with \`${char}\``, hint, fix };
    }
    case "BAD_DQ_ESCAPE": {
      const written = text.text.slice(at.start, at.start + 2);
      const hint = `write \`\\${written}\` for a backslash, or use single quotes`;
      return {
        at: { start: at.start, end: at.start + written.length },
        message: `\`${written}\` means nothing between double quotes`,
        hint,
      };
    }
    case "NON_STRING_KEY":
      return keyIsNoText(context);
    case "BAD_ALIAS":
      return star(context);
    case "RESOURCE_EXHAUSTION":
      return { at, message: "values are nested too deep", hint: "flatten the file" };
    case "BLOCK_AS_IMPLICIT_KEY":
      return deeper ? tooDeep(context) : colonInValue(context);
    case "MULTILINE_IMPLICIT_KEY":
      return noPair(context);
    case "BAD_INDENT":
      return message.startsWith("Flow") ? (unclosed(context) ?? badIndent(context)) : badIndent(context);
    case "MISSING_CHAR":
      return missingCharacter(context);
    case "UNEXPECTED_TOKEN":
      return unexpected(context);
    default:
      return { at: at.end > at.start ? at : line, message: lowerFirst(message) };
  }
}

/** The error may come to light far behind the line that marks the conflict. */
function conflict({ line, text }: Context): Finding | undefined {
  const mark = /^(?:<{7}|>{7})(?: .*)?$/m.exec(text.text);
  const isMarked = /^(<{7}|={7}|>{7})( |$)/.test(line.content);
  if (mark === null && !isMarked) return undefined;
  const at = isMarked || mark === null ? line : { start: mark.index, end: mark.index + mark[0].trimEnd().length };
  return { at, message: "a merge conflict is left here", hint: "settle it, and remove the lines that mark it" };
}

function keyIsNoText(context: Context): Finding {
  const { at, text } = context;
  if (text.text.slice(at.start - 1, at.start + 1) === "{{") {
    const dollar = text.text.charAt(at.start - 2) === "$";
    const open = { start: at.start - (dollar ? 2 : 1), end: at.start + 1 };
    const hint = dollar
      ? "put it in quotes: inside `{ }` and `[ ]` braces are YAML's own"
      : "write `${{ … }}`; in quotes when it is inside `{ }` or `[ ]`";
    return { at: open, message: `\`${text.slice(open)}\` can't be read as the beginning of an expression here`, hint };
  }
  return { at, message: "a key must be text", hint: "put it in quotes" };
}

/** Cron expressions begin with a star, and so do aliases. */
function star({ at, line, text }: Context): Finding {
  // In braces the value ends where they do, or where the next key begins.
  const value = /[*](?:(?!,\s+[\w"'-]+:(?:\s|$))[^#\]}])*/.exec(text.text.slice(at.start, line.end))?.[0].trim() ?? "*";
  return {
    at,
    message: "a value without quotes that begins with `*` is an alias",
    hint: `put the value in quotes: \`"${value}"\``,
    fix: quoteLine(text, at.start, true),
  };
}

function tooDeep({ line, text }: Context): Finding {
  const next = lineAt(text.text, text.text.indexOf("\n", line.end) + 1);
  const message = "this line is indented deeper than the one above, which has a value already";
  return { at: next, message, hint: "give it the indentation of the line above" };
}

function colonInValue({ at, line, text }: Context): Finding {
  const value = { start: at.start, end: Math.max(at.start, line.end) };
  // It may be a mapping that was begun on the line of its key.
  const fix = quoteLine(text, at.start, false);
  return { at: value, message: "a value without quotes can't have `: ` in it", hint: "put the value in quotes", fix };
}

/** A line that should be `key: value` and isn't. */
function noPair({ line, text }: Context): Finding {
  if (line.content.startsWith("- ")) {
    return { at: line, message: "a list item stands where a key belongs", hint: "indent it under the key of its list" };
  }
  const key = /^([\w-]+):\S/.exec(line.content)?.[1];
  const hint = key === undefined ? "write `key: value`" : `write a space after the colon of \`${key}\``;
  const content = text.slice(line);
  return {
    at: line,
    message: `\`${content.length > 40 ? `${content.slice(0, 40)}…` : content}\` is not a key with a value`,
    hint,
  };
}

function badIndent({ line, error }: Context): Finding {
  const what = error.message.includes("sequence") ? "items of its list" : "keys of its mapping";
  return { at: line, message: `this line is indented differently from the other ${what}`, hint: "align them" };
}

function missingCharacter(context: Context): Finding {
  const { at, error, line, text } = context;
  const { message } = error;
  if (message.startsWith("Missing closing")) return unclosed(context) ?? { at: line, message: "a quote is not closed" };
  if (message.startsWith("Flow")) return unclosed(context) ?? { at: line, message: "a bracket is not closed" };
  if (message.startsWith("Comments")) return { at, message: "a comment needs a space before its `#`" };
  if (message.startsWith("Implicit map keys")) return noPair(context);
  if (message.startsWith("Missing ,")) {
    if (text.text.startsWith("${{", at.start - 1)) {
      const hint = "put the expression in quotes: inside `{ }` and `[ ]` braces are YAML's own";
      return {
        at: { start: at.start - 1, end: at.start + 2 },
        message: "an expression can't stand here without quotes",
        hint,
      };
    }
    return { at, message: "a comma is missing before this", hint: "separate the items with commas" };
  }
  return { at: at.end > at.start ? at : line, message: lowerFirst(message) };
}

function unexpected(context: Context): Finding {
  const { at, error, text } = context;
  const { message } = error;
  const char = text.text.charAt(at.start);
  if (/alias at node end/.test(message)) {
    const value = /\*\S*(\s.*)?$/.exec(text.text.slice(context.line.start, context.line.end));
    const start = context.line.start + (value?.index ?? 0);
    return star({ ...context, at: { start, end: context.line.end } });
  }
  if (/flow-(map|seq)-end/.test(message)) {
    return { at, message: `this \`${char}\` closes nothing`, hint: "remove it, or put the value in quotes" };
  }
  if (/at node end/.test(message)) {
    const alias = /(?<=[\s[{,])\*\S*(?=[ \t]+$)/.exec(text.text.slice(context.line.start, at.start));
    if (alias !== null) {
      const start = context.line.start + alias.index;
      return star({ ...context, at: { start, end: start + alias[0].length } });
    }
    const rest = { start: at.start, end: Math.max(at.end, context.line.end) };
    return {
      at: rest,
      message: "something follows a value that has already ended",
      hint: "put the whole value in quotes",
    };
  }
  if (message.startsWith("Block scalar header")) {
    return { at, message: "the line has to end after `|` or `>`", hint: "begin the text on the next line" };
  }
  return { at, message: `${quotedAt(context)} can't stand here` };
}

/** The bracket or the quote that was opened and not closed, with the place where that was noticed. */
function unclosed({ document, text, error, at }: Context): Finding | undefined {
  let open: Span | undefined;
  visit(document, (_, node) => {
    if (isPair(node) || (!isCollection(node) && !isScalar(node)) || node.range === undefined || node.range === null)
      return;
    const [start, end] = node.range;
    const closer = CLOSERS[text.text.charAt(start)];
    const isFlow = isCollection(node) ? node.flow === true : node.type?.startsWith("QUOTE") === true;
    if (!isFlow || closer === undefined || start > error.pos[0]) return;
    if (end - start < 2 || text.text.charAt(end - 1) !== closer) open = { start, end: start + 1 };
  });
  if (open === undefined) return undefined;
  const char = text.slice(open);
  const atEnd = text.text.slice(at.start).trim() === "";
  const noticed = atEnd ? "still open at the end of the file" : "still open here";
  const related = at.start > open.end ? [{ at, message: noticed }] : [];
  const hint = `close it with \`${CLOSERS[char] ?? char}\``;
  return { at: open, message: `this \`${char}\` is never closed`, hint, ...(related.length === 0 ? {} : { related }) };
}

const CLOSERS: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };

function lineAt(text: string, offset: number): Span & { content: string } {
  const from = text.lastIndexOf("\n", offset - 1) + 1;
  const found = text.indexOf("\n", Math.max(offset, from));
  const line = text.slice(from, found === -1 ? text.length : found);
  const content = line.trim();
  const start = from + (line.length - line.trimStart().length);
  return { start, end: start + content.length, content };
}

function quotedAt({ at, text }: Context): string {
  return `\`${text.slice(at).split("\n")[0]?.slice(0, 40)}\``;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

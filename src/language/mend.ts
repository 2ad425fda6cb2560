import { isSurelyMeant, parseDuration } from "../lib/index.ts";
import type { MapEntry, ScalarNode, SourceNode } from "./source.ts";
import type { SourceText, Span } from "./text.ts";

/*
 * How checks say what would mend a finding: edits of the text, each as its place wants it. Comments, quotes and layout
 * around an edit stay as they are; where that can't be, there is no fix.
 */

/** A replacement, by its place in the text. */
export interface SpanEdit {
  readonly at: Span;
  readonly text: string;
}

/** A `Fix`, its edits by their place in the text. */
export interface FindingFix {
  /** What it does, as an editor shows it: "replace `preproces` by `preprocess`". */
  readonly title: string;
  /** The file then surely means what its author meant, and nothing that was valid means something else. */
  readonly safe: boolean;
  readonly edits: readonly SpanEdit[];
}

/** A name as it was written, what it seems to be meant to be, and all that it could have been. */
export interface Misspelling {
  readonly written: string;
  readonly meant: string;
  readonly candidates: Iterable<string>;
}

/** "did you mean …?": safe when it can hardly be anything else. */
export function respell(node: ScalarNode, { written, meant, candidates }: Misspelling): FindingFix | undefined {
  return replaceText(node, meant, isSurelyMeant(written, meant, candidates));
}

/** Replaces a text by another one, in the same quotes. Undefined for a block scalar, which has lines of its own. */
export function replaceText(node: ScalarNode, text: string, safe: boolean): FindingFix | undefined {
  const written = styled(node, text);
  if (written === undefined || isEmpty(node)) return undefined;
  return { title: `replace \`${node.text}\` by \`${text}\``, safe, edits: [{ at: node, text: written }] };
}

/** Gives a key another name. A mapping that has the name already gets no second one: that is found when the fix is tried. */
export function renameKey(key: SourceNode, name: string | undefined, safe: boolean): FindingFix | undefined {
  return key.kind === "scalar" && name !== undefined ? replaceText(key, name, safe) : undefined;
}

/** Replaces a scalar by something else as it is to stand in the file. */
export function replaceSource(node: ScalarNode, source: string, safe: boolean): FindingFix | undefined {
  if (isBlock(node) || isEmpty(node)) return undefined;
  return { title: `write \`${source}\``, safe, edits: [{ at: node, text: source }] };
}

/** Makes a text of what is read as something else. */
export function putInQuotes(node: ScalarNode, safe: boolean): FindingFix | undefined {
  return node.style === "plain" ? replaceSource(node, JSON.stringify(node.text), safe) : undefined;
}

/** Replaces a stretch of a scalar's text. Undefined where it is not written as it is read, or could not be. */
export function replaceInside(
  source: SourceText,
  node: ScalarNode,
  { start, end, text, safe }: Span & { readonly text: string; readonly safe: boolean },
): FindingFix | undefined {
  const at = node.span(start, end);
  const before = node.text.slice(start, end);
  // In the quotes of YAML the other quotes of an expression read better than escapes.
  const own = node.style === "double" && !text.includes("'") ? text.replaceAll('"', "'") : text;
  const written = insideOf(node, own);
  if (source.slice(at) !== before || written === undefined) return undefined;
  const title = text === "" ? `remove \`${before}\`` : `replace \`${before}\` by \`${own}\``;
  const edit = { at, text: written };
  return { title, safe, edits: [wouldEnd(node, written) ? inQuotes(source, node, [edit]) : edit] };
}

/** Whether a text in a plain scalar would end it: between braces their kind and commas do. */
export function wouldEnd({ style, flow }: ScalarNode, text: string): boolean {
  return style === "plain" && flow && /[[\]{},]/.test(text);
}

/** A plain scalar in quotes, with what `edits` (sorted, none over another) change in it. */
export function inQuotes(source: SourceText, node: ScalarNode, edits: readonly SpanEdit[]): SpanEdit {
  let text = "";
  let from = node.start;
  for (const edit of edits) {
    text += source.slice({ start: from, end: edit.at.start }) + edit.text;
    from = edit.at.end;
  }
  text += source.slice({ start: from, end: node.end });
  return { at: { start: node.start, end: node.end }, text: `'${text.replaceAll("'", "''")}'` };
}

/** A text as it is written in the middle of a scalar. */
function insideOf({ style }: ScalarNode, text: string): string | undefined {
  if (style === "single") return text.replaceAll("'", "''");
  if (style === "double") return JSON.stringify(text).slice(1, -1);
  return style === "plain" && /: | #|[\r\n]/.test(text) ? undefined : text;
}

/** A text as a scalar of the same style; undefined when that takes more than one line. */
function styled(node: ScalarNode, text: string): string | undefined {
  if (isBlock(node) || text.includes("\n")) return undefined;
  if (node.style === "single") return `'${text.replaceAll("'", "''")}'`;
  if (node.style === "double") return JSON.stringify(text);
  return isPlain(text) ? text : JSON.stringify(text);
}

/** Texts that need quotes to be texts, for one reader of YAML or another. */
const NEEDS_QUOTES = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** Whether a text means itself without quotes, wherever it stands. In doubt it doesn't. */
export function isPlain(text: string): boolean {
  if (parseDuration(text) !== undefined) return true;
  return (
    /^[A-Za-z_./](?:[\w./+-]| (?=[\w./+-]))*$/.test(text) &&
    !NEEDS_QUOTES.test(text) &&
    !/^[.][\d.]*$|^\.(?:inf|nan)$/i.test(text)
  );
}

function isBlock({ style }: ScalarNode): boolean {
  return style === "literal" || style === "folded";
}

function isEmpty({ start, end }: ScalarNode): boolean {
  return start === end;
}

/** How the file ends its lines. */
export function lineEndOf({ text }: SourceText): "\n" | "\r\n" {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

/** Writes `{}` behind a key with nothing behind it. */
export function fillEmpty(text: SourceText, { key, keyNode, value }: MapEntry): FindingFix | undefined {
  if (value.kind !== "scalar" || value.value !== null) return undefined;
  const title = `write \`${key}: {}\``;
  if (!isEmpty(value)) return { title, safe: true, edits: [{ at: value, text: "{}" }] };
  const colon = /^[ \t]*:(?=\s|$)/.exec(text.text.slice(keyNode.end, keyNode.end + 100));
  if (colon === null) return undefined;
  const at = keyNode.end + colon[0].length;
  return { title, safe: true, edits: [{ at: { start: at, end: at }, text: " {}" }] };
}

/** Takes a key and its value out of a mapping of several lines. Undefined where more than that would go. */
export function removeEntry(text: SourceText, { keyNode, value }: MapEntry): SpanEdit | undefined {
  if (value.kind !== "scalar" || isBlock(value)) return undefined;
  const end = Math.max(keyNode.end, value.end);
  const lineStart = text.text.lastIndexOf("\n", keyNode.start - 1) + 1;
  const rest = /^[ \t]*(?:\r?\n|$)/.exec(text.text.slice(end));
  if (rest === null || !/^[ \t]*$/.test(text.text.slice(lineStart, keyNode.start))) return undefined;
  return { at: { start: lineStart, end: end + rest[0].length }, text: "" };
}

/** What stands in front of a value on its line: a key, a dash, or both. */
const BEFORE_VALUE = /^[ \t]*(?:- +)*(?:[\w."'-]+:[ \t]+)?$/;

/** Puts the rest of a line, a comment aside, in quotes: what begins there can't stand in YAML without. */
export function quoteLine({ text }: SourceText, start: number, safe: boolean): FindingFix | undefined {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const value = /^[^\r\n]*?(?=[ \t]+#|[ \t]*(?:[\r\n]|$))/.exec(text.slice(start))?.[0] ?? "";
  const before = text.slice(lineStart, start);
  if (value === "" || /[[\]{}]/.test(value) || !BEFORE_VALUE.test(before) || before.trim() === "") return undefined;
  const edits = [{ at: { start, end: start + value.length }, text: JSON.stringify(value) }];
  return { title: `put \`${value}\` in quotes`, safe, edits };
}

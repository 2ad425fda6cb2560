import { stripVTControlCharacters } from "node:util";
import { graphemesOf, graphemeWidth, textWidth } from "../../lib/index.ts";

export { textWidth };

/*
 * Text for a terminal as values: a line is a list of styled spans, measured in terminal columns.
 * Nothing here writes; `toAnsi` is the only place where a span becomes an escape sequence.
 */

/** What a span looks like. `color` is a pair: the 256-colour index and the nearest of the 16 basic ones (0 to 15). */
export interface Style {
  readonly color?: readonly [extended: number, basic: number];
  readonly bold?: boolean;
  readonly dim?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

/** How many colours the terminal shows: none, the 16 basic ones, or 256. */
export type ColorDepth = 1 | 4 | 8;

const ASCII = /^[\x20-\x7e]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** The text cut to at most `columns`; where something was cut, the last column is `…`. Never cuts a character in two. */
export function fitText(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (ASCII.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  if (text.length <= columns / 2 || textWidth(text) <= columns) return text;
  let out = "";
  let width = 0;
  for (const grapheme of graphemesOf(text)) {
    const next = width + graphemeWidth(grapheme);
    if (next > columns - 1) break;
    out += grapheme;
    width = next;
  }
  return `${out}…`;
}

/** What a program printed, made safe to show in one line: no escape sequences, no control characters, tabs and line ends as blanks. */
export function plainText(text: string): string {
  if (ASCII.test(text)) return text;
  return stripVTControlCharacters(text).replace(CONTROL, " ").trimEnd();
}

/** Columns that a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + textWidth(span.text), 0);
}

/** The line cut to at most `columns`. */
export function fitLine(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line;
  const out: Span[] = [];
  let left = columns;
  for (const span of line) {
    const width = textWidth(span.text);
    // A span that just fits but is not the last must still leave room for the mark that something was cut.
    if (width < left) {
      out.push(span);
      left -= width;
      continue;
    }
    const cut = fitText(width === left ? `${span.text} ` : span.text, left);
    out.push({ ...span, text: cut });
    break;
  }
  return out;
}

/** The line as text alone. */
export function toText(line: Line): string {
  return line.map((span) => span.text).join("");
}

/** The line as a terminal of that colour depth wants it. Each styled span resets what it set. */
export function toAnsi(line: Line, depth: ColorDepth): string {
  return line.map((span) => spanToAnsi(span, depth)).join("");
}

function spanToAnsi({ text, style }: Span, depth: ColorDepth): string {
  if (style === undefined || text === "") return text;
  const codes: string[] = [];
  if (style.bold) codes.push("1");
  if (style.dim) codes.push("2");
  if (style.color !== undefined && depth > 1) codes.push(colorCode(style.color, depth));
  return codes.length === 0 || depth === 1 ? text : `\x1b[${codes.join(";")}m${text}\x1b[0m`;
}

function colorCode([extended, basic]: readonly [number, number], depth: ColorDepth): string {
  if (depth === 8) return `38;5;${extended}`;
  return basic < 8 ? `${30 + basic}` : `${90 + basic - 8}`;
}

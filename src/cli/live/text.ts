import { stripVTControlCharacters } from "node:util";

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
const ZERO_WIDTH = /^(?:\p{Mn}|\p{Me}|\p{Cf})+$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{fe0f}/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Code points that take two columns (East Asian Wide and Fullwidth, Unicode 16), emoji aside. */
const WIDE: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns that one grapheme takes: 0, 1 or 2. */
function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f && grapheme.length === 1) return 1;
  if (ZERO_WIDTH.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** Columns that a text without control characters takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text cut to at most `columns`; where something was cut, the last column is `…`. Never cuts a character in two. */
export function fitText(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (ASCII.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  if (text.length <= columns / 2 || textWidth(text) <= columns) return text;
  let out = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = width + graphemeWidth(segment);
    if (next > columns - 1) break;
    out += segment;
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

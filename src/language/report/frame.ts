import { graphemesOf, graphemeWidth } from "../../lib/index.ts";
import type { Position, Range } from "../diagnostic.ts";

/*
 * One line of a file with a mark under a stretch of it, as a terminal shows it: tabs widened, control
 * characters made visible, wide characters counted twice, long lines cut around the mark.
 */

/** Columns that a tab takes in a frame. */
const TAB_WIDTH = 4;

/** Columns of source that a frame shows; what is longer is cut. */
const SOURCE_WIDTH = 110;

/** UTF-16 units of a line that are looked at; a file may be one line of a megabyte. */
const UNITS_MAX = 2_000;

/** Columns before the mark that stay visible when a line is cut. */
const LEAD_WIDTH = 30;

interface Cell {
  readonly text: string;
  readonly width: number;
  /** UTF-16 units of the line before this cell. */
  readonly from: number;
}

export interface MarkedLine {
  readonly source: string;
  /** Columns before the mark. */
  readonly indent: number;
  /** Columns of the mark; at least one. */
  readonly length: number;
}

/** The text of a line, counted from 1, without its line break; undefined when there is no such line. */
export function lineOf(lines: readonly string[], number: number): string | undefined {
  return lines[number - 1]?.replace(/\r$/, "");
}

/** The line that a range begins on, and where to mark it. A range over several lines is marked to the end of its first. */
export function markLine(line: string, range: Range): MarkedLine {
  const skipped = range.start.column > UNITS_MAX ? range.start.column - LEAD_WIDTH : 0;
  const from = range.start.column - 1 - skipped;
  const to = range.end.line === range.start.line ? range.end.column - 1 - skipped : line.length;
  const cells = cellsOf(line.slice(skipped, skipped + UNITS_MAX));
  const before = widthOf(cells.filter((cell) => cell.from < from));
  const marked = widthOf(cells.filter((cell) => cell.from >= from && cell.from < to));
  const cut = cutAround(cells, before, skipped > 0);
  const indent = before - cut.removed;
  return { source: cut.text, indent, length: Math.max(1, Math.min(marked, cut.width - indent)) };
}

/** A line without a mark, cut at its end when it is long. */
export function plainLine(line: string): string {
  return cutAround(cellsOf(line.slice(0, UNITS_MAX)), 0, false).text;
}

/** A message that may quote a file: nothing in it may steer the terminal. */
export function printable(text: string): string {
  return [...text].map((char) => (isControl(char) ? "\uFFFD" : char)).join("");
}

export function placeText(file: string, position: Position): string {
  return `${printable(file)}:${position.line}:${position.column}`;
}

function cellsOf(line: string): readonly Cell[] {
  const cells: Cell[] = [];
  let from = 0;
  for (const grapheme of graphemesOf(line)) {
    if (grapheme === "\t") cells.push({ text: " ".repeat(TAB_WIDTH), width: TAB_WIDTH, from });
    else if (isControl(grapheme)) cells.push({ text: "\uFFFD", width: 1, from });
    else cells.push({ text: grapheme, width: graphemeWidth(grapheme), from });
    from += grapheme.length;
  }
  return cells;
}

function isControl(char: string): boolean {
  return /^\p{Cc}|^[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(char);
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}

/** `removed`: columns by which everything moved to the left. `headless`: the line begins before the cells do. */
function cutAround(
  cells: readonly Cell[],
  mark: number,
  headless: boolean,
): { text: string; width: number; removed: number } {
  const total = widthOf(cells);
  if (total <= SOURCE_WIDTH && !headless) return { text: textOf(cells).trimEnd(), width: total, removed: 0 };
  const start = mark < SOURCE_WIDTH - LEAD_WIDTH ? 0 : mark - LEAD_WIDTH;
  let column = 0;
  let removed = 0;
  const shown: Cell[] = [];
  for (const cell of cells) {
    if (column < start) removed += cell.width;
    else if (column < start + SOURCE_WIDTH) shown.push(cell);
    column += cell.width;
  }
  const lead = start === 0 && !headless ? "" : "… ";
  const tail = start + SOURCE_WIDTH < total ? " …" : "";
  return {
    text: `${lead}${textOf(shown)}${tail}`,
    width: lead.length + widthOf(shown),
    removed: removed - lead.length,
  };
}

function textOf(cells: readonly Cell[]): string {
  return cells.map((cell) => cell.text).join("");
}

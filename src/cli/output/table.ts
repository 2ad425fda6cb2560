import { fitLine, type Line, lineWidth, type Span, type Style } from "../live/text.ts";

const HEADING: Style = { bold: true };
/** Blanks between two columns. */
const GAP = 2;
/** The least that a column is narrowed to, in columns of the terminal. */
const NARROW_MIN = 6;

export interface Column {
  readonly title: string;
  /** Default: left. */
  readonly align?: "left" | "right";
  /** May be cut with `…` when the terminal is too narrow. Others are always whole. */
  readonly shrink?: boolean;
}

export type Cell = string | Span;

/**
 * A table as lines: a heading, then one line a row. With a `width`, columns that may shrink are cut, the
 * widest first, until the lines fit; without, nothing is cut. Widths count terminal columns, so wide
 * characters line up.
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width?: number,
): readonly Line[] {
  const spans = rows.map((row) => columns.map((_, at) => asSpan(row[at] ?? "")));
  const widths = columns.map(({ title }, at) =>
    spans.reduce((widest, row) => Math.max(widest, spanWidth(row[at])), lineWidth([{ text: title }])),
  );
  if (width !== undefined) narrow(columns, widths, width);
  const heading = columns.map(({ title }) => ({ text: title, style: HEADING }));
  return [heading, ...spans].map((row) => layOutRow(columns, widths, row));
}

function asSpan(cell: Cell): Span {
  return typeof cell === "string" ? { text: cell } : cell;
}

function spanWidth(span: Span | undefined): number {
  return span === undefined ? 0 : lineWidth([span]);
}

function narrow(columns: readonly Column[], widths: number[], width: number): void {
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP * (widths.length - 1));
  for (let over = total() - width; over > 0; over--) {
    let widest = -1;
    for (const [at, column] of columns.entries()) {
      const each = widths[at] ?? 0;
      if (column.shrink && each > NARROW_MIN && each > (widths[widest] ?? 0)) widest = at;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function layOutRow(columns: readonly Column[], widths: readonly number[], row: readonly Span[]): Line {
  const line: Span[] = [];
  for (const [at, span] of row.entries()) {
    const column = widths[at] ?? 0;
    const [fitted = { text: "" }] = fitLine([span], column);
    const blanks = " ".repeat(Math.max(column - spanWidth(fitted), 0));
    if (at > 0) line.push({ text: " ".repeat(GAP) });
    if (columns[at]?.align === "right") line.push({ text: blanks }, fitted);
    else if (at < row.length - 1) line.push(fitted, { text: blanks });
    else line.push(fitted);
  }
  while (line.at(-1)?.text.trim() === "") line.pop();
  return line;
}

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
  /** May be cut with `…` when the terminal is too narrow. */
  readonly shrink?: boolean;
  /** Left out when the terminal is too narrow even so: 1 goes first. Others stay, and are cut when nothing else is left to do. */
  readonly drop?: number;
}

export type Cell = string | Span;

/**
 * A table as lines: a heading, then one line a row. With a `width`, columns that may shrink are cut, the widest first,
 * until the lines fit; then columns are left out; then the rest is cut. Without, nothing is. Widths count terminal
 * columns, so wide characters line up.
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width?: number,
): readonly Line[] {
  const spans = rows.map((row) => columns.map((_, at) => asSpan(row[at] ?? "")));
  const natural = columns.map(({ title }, at) =>
    spans.reduce((widest, row) => Math.max(widest, spanWidth(row[at])), lineWidth([{ text: title }])),
  );
  const { kept, widths } = fitColumns(columns, natural, width ?? Number.POSITIVE_INFINITY);
  const heading = columns.map(({ title }) => ({ text: title, style: HEADING }));
  const shown = kept.map((at) => columns[at] as Column);
  return [heading, ...spans].map((row) =>
    layOutRow(
      shown,
      widths,
      kept.map((at) => row[at] ?? { text: "" }),
    ),
  );
}

/** The columns that are shown, by position, and how wide each of them is. */
function fitColumns(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): { kept: readonly number[]; widths: readonly number[] } {
  const going = columns.flatMap(({ drop }, at) => (drop === undefined ? [] : [{ drop, at }]));
  const order = going.sort((a, b) => a.drop - b.drop).map(({ at }) => at);
  for (let dropped = 0; ; dropped++) {
    const kept = columns.flatMap((_, at) => (order.slice(0, dropped).includes(at) ? [] : [at]));
    const widths = kept.map((at) => natural[at] ?? 0);
    if (
      narrow(
        widths,
        kept.map((at) => columns[at]?.shrink === true),
        width,
      )
    )
      return { kept, widths };
    if (dropped < order.length) continue;
    narrow(
      widths,
      kept.map(() => true),
      width,
    );
    return { kept, widths };
  }
}

function asSpan(cell: Cell): Span {
  return typeof cell === "string" ? { text: cell } : cell;
}

function spanWidth(span: Span | undefined): number {
  return span === undefined ? 0 : lineWidth([span]);
}

/** Makes columns that may shrink narrower until the lines fit; false when they don't even so. */
function narrow(widths: number[], mayShrink: readonly boolean[], width: number): boolean {
  const total = widths.reduce((sum, each) => sum + each, GAP * (widths.length - 1));
  for (let over = total - width; over > 0; over--) {
    let widest = -1;
    for (const [at, each] of widths.entries()) {
      if (mayShrink[at] && each > NARROW_MIN && each > (widths[widest] ?? 0)) widest = at;
    }
    if (widest === -1) return false;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return true;
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

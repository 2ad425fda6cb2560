import { type Line, type Span, type Style, textWidth } from "../live/text.ts";

/** Directions in which a line leaves a cell. */
const UP = 1;
const RIGHT = 2;
const DOWN = 4;
const LEFT = 8;

/** Line characters by the directions they lead in (index: sum of UP, RIGHT, DOWN, LEFT). */
const UNICODE_LINES = " ╵╶╰╷│╭├╴╯─┴╮┤┬┼";
const ASCII_LINES = " |-+||++-+-+++++";

const LINE_STYLE: Style = { dim: true };
const BLANK = { text: " ", style: undefined, width: 1 };

/** A text in a cell, and the columns that it takes from there. */
interface Piece {
  readonly text: string;
  readonly style: Style | undefined;
  readonly width: number;
}

/**
 * A grid of character cells, with lines and texts. Lines of different nets that cross are drawn as a bridge: the
 * vertical one passes over the horizontal one, so a crossing never looks like a junction. Texts lie above lines.
 */
export class Canvas {
  readonly #unicode: boolean;
  /** By row, by column: what each net does in that cell. */
  readonly #lines: Map<number, number>[][] = [];
  readonly #texts: (Piece | undefined)[][] = [];

  constructor(unicode: boolean) {
    this.#unicode = unicode;
  }

  /** Draws a straight line of a net, ends included. */
  line(net: number, x1: number, y1: number, x2: number, y2: number): void {
    const [dx, dy] = [Math.sign(x2 - x1), Math.sign(y2 - y1)];
    const ahead = dx > 0 ? RIGHT : dx < 0 ? LEFT : dy > 0 ? DOWN : UP;
    const back = dx > 0 ? LEFT : dx < 0 ? RIGHT : dy > 0 ? UP : DOWN;
    for (let x = x1, y = y1; x !== x2 || y !== y2; x += dx, y += dy) {
      this.#mark(net, x, y, ahead);
      this.#mark(net, x + dx, y + dy, back);
    }
  }

  /** Puts characters of one column each into a row; each can be overwritten alone. */
  characters(x: number, y: number, text: string, style: Style): void {
    for (const [at, character] of [...text].entries()) this.#put(x + at, y, { text: character, style, width: 1 });
  }

  /** Puts a text without control characters into a row. */
  text(x: number, y: number, text: string, style?: Style): void {
    this.#put(x, y, { text, style, width: textWidth(text) });
  }

  /** The rows from the top, without blanks at their ends. */
  toLines(): readonly Line[] {
    const height = Math.max(this.#lines.length, this.#texts.length);
    return Array.from({ length: height }, (_, y) => this.#row(y));
  }

  #put(x: number, y: number, piece: Piece): void {
    this.#texts[y] ??= [];
    (this.#texts[y] as (Piece | undefined)[])[x] = piece;
  }

  #mark(net: number, x: number, y: number, direction: number): void {
    this.#lines[y] ??= [];
    const row = this.#lines[y] as Map<number, number>[];
    row[x] ??= new Map();
    row[x]?.set(net, (row[x]?.get(net) ?? 0) | direction);
  }

  #row(y: number): Line {
    const lines = this.#lines[y] ?? [];
    const texts = this.#texts[y] ?? [];
    const width = Math.max(lines.length, texts.length);
    const row: Piece[] = [];
    for (let x = 0; x < width; ) {
      const piece = texts[x] ?? this.#lineAt(lines[x]);
      const last = row.at(-1);
      if (last !== undefined && last.style === piece.style)
        row[row.length - 1] = { ...last, text: last.text + piece.text };
      else row.push(piece);
      x += Math.max(piece.width, 1);
    }
    return row.map(({ text, style }): Span => (style === undefined ? { text } : { text, style }));
  }

  #lineAt(nets: Map<number, number> | undefined): Piece {
    if (nets === undefined) return BLANK;
    const masks = [...nets.values()];
    const upright = masks.filter((mask) => (mask & (LEFT | RIGHT)) === 0);
    const mask = (upright.length > 0 ? upright : masks).reduce((all, each) => all | each, 0);
    return { text: (this.#unicode ? UNICODE_LINES : ASCII_LINES)[mask] ?? " ", style: LINE_STYLE, width: 1 };
  }
}

import { fitText, type Line, lineWidth, type Style, textWidth } from "../live/text.ts";
import { Canvas } from "./canvas.ts";
import { type Box, type Layout, layOut } from "./layout.ts";
import type { BoxSize, Measures } from "./measures.ts";
import { detailsOf, type Graph, type GraphTask } from "./model.ts";

const DIM: Style = { dim: true };
const BOLD: Style = { bold: true };
const DETAIL: Style = { color: [109, 6] };

/** The longest text in a box, in columns; longer ones are cut. */
const TEXT_COLUMNS_MAX = 48;
/** Border and blank, left and right of the text. */
const FRAME_COLUMNS = 4;
/** The border above and below the text. */
const FRAME_ROWS = 2;

/** Which way the layers follow each other. */
type Direction = "down" | "right";

interface Pen {
  readonly corners: readonly [string, string, string, string];
  readonly level: string;
  readonly upright: string;
  readonly arrow: Readonly<Record<Direction, string>>;
  readonly exit: Readonly<Record<Direction, string>>;
}

const UNICODE_PEN: Pen = {
  corners: ["┌", "┐", "└", "┘"],
  level: "─",
  upright: "│",
  arrow: { down: "▼", right: "►" },
  exit: { down: "┬", right: "├" },
};
const ASCII_PEN: Pen = {
  corners: ["+", "+", "+", "+"],
  level: "-",
  upright: "|",
  arrow: { down: "v", right: ">" },
  exit: { down: "+", right: "+" },
};

/**
 * Draws a graph with characters: from top to bottom, or, where that is wider than `width` columns, from
 * left to right; where both are too wide, the narrower one.
 */
export function renderAscii(graph: Graph, width: number, unicode: boolean): readonly Line[] {
  const rows = new Map(graph.tasks.map((task) => [task.id, boxText(task, unicode)]));
  const down = layOut(graph.tasks, measuresDown(rows));
  if (down.alongSize <= width) return draw(down, rows, "down", unicode);
  const right = layOut(graph.tasks, measuresRight(rows));
  if (right.acrossSize < down.alongSize) return draw(right, rows, "right", unicode);
  return draw(down, rows, "down", unicode);
}

function draw(
  layout: Layout,
  rows: ReadonlyMap<string, readonly Line[]>,
  direction: Direction,
  unicode: boolean,
): readonly Line[] {
  const canvas = new Canvas(unicode);
  const pen = unicode ? UNICODE_PEN : ASCII_PEN;
  drawNets(canvas, layout, direction);
  for (const box of layout.boxes) drawBox(canvas, box, rows.get(box.task) ?? [], direction, pen);
  drawPorts(canvas, layout, direction, pen);
  return canvas.toLines();
}

/** The lines of a box: the id with its operator, then what there is to know. */
function boxText(task: GraphTask, unicode: boolean): readonly Line[] {
  return [
    [
      { text: fitText(task.id, TEXT_COLUMNS_MAX), style: BOLD },
      { text: `  ${task.operator}`, style: DIM },
    ],
    ...detailsOf(task).map((detail) => {
      const text = fitText(unicode ? detail : detail.replaceAll("→", "->"), TEXT_COLUMNS_MAX);
      return [{ text, style: DETAIL }];
    }),
  ];
}

function textColumns(rows: readonly Line[]): number {
  return rows.reduce((widest, row) => Math.max(widest, lineWidth(row)), 0);
}

function measuresDown(rows: ReadonlyMap<string, readonly Line[]>): Measures {
  return {
    size(task, ports): BoxSize {
      const text = rows.get(task) ?? [];
      // Every way in takes a column, with one between, and the corners.
      const columns = Math.max(textColumns(text) + FRAME_COLUMNS, 2 * ports + 1);
      const before = Math.floor((columns - 1) / 2);
      return { before, after: columns - 1 - before, across: text.length + FRAME_ROWS };
    },
    line: 1,
    gap: 2,
    portGap: 1,
    portInset: 1,
    layerGap: 0,
    trackGap: 1,
  };
}

function measuresRight(rows: ReadonlyMap<string, readonly Line[]>): Measures {
  return {
    size(task, ports): BoxSize {
      const text = rows.get(task) ?? [];
      const height = Math.max(text.length, ports) + FRAME_ROWS;
      // Lines leave beside the id, in the row below the border.
      return { before: 1, after: height - 2, across: textColumns(text) + FRAME_COLUMNS };
    },
    line: 1,
    gap: 0,
    portGap: 0,
    portInset: 1,
    layerGap: 1,
    trackGap: 2,
  };
}

function drawNets(canvas: Canvas, layout: Layout, direction: Direction): void {
  for (const [net, { starts, ends, track }] of layout.nets.entries()) {
    const line = (along1: number, across1: number, along2: number, across2: number): void => {
      if (direction === "down") canvas.line(net, along1, across1, along2, across2);
      else canvas.line(net, across1, along1, across2, along2);
    };
    const along = [...starts, ...ends].map((point) => point.along);
    // Lines begin in the border that they leave, and end in the one that they reach.
    for (const { along: at, across, task } of starts) line(at, task === undefined ? across : across - 1, at, track);
    line(Math.min(...along), track, Math.max(...along), track);
    for (const end of ends) line(end.along, track, end.along, end.across);
  }
}

function drawBox(canvas: Canvas, box: Box, rows: readonly Line[], direction: Direction, pen: Pen): void {
  const down = direction === "down";
  const [x, y] = down ? [box.along, box.across] : [box.across, box.along];
  const [columns, height] = down ? [box.alongSize, box.acrossSize] : [box.acrossSize, box.alongSize];
  const [topLeft, topRight, bottomLeft, bottomRight] = pen.corners;
  const level = pen.level.repeat(columns - 2);
  canvas.characters(x, y, `${topLeft}${level}${topRight}`, DIM);
  for (let row = 1; row < height - 1; row++) {
    canvas.characters(x, y + row, `${pen.upright}${" ".repeat(columns - 2)}${pen.upright}`, DIM);
  }
  canvas.characters(x, y + height - 1, `${bottomLeft}${level}${bottomRight}`, DIM);
  for (const [row, line] of rows.entries()) {
    // One line stands in the middle, several begin at the left.
    let column = x + (rows.length === 1 ? Math.floor((columns - lineWidth(line)) / 2) : FRAME_COLUMNS / 2);
    for (const { text, style } of line) {
      canvas.text(column, y + 1 + row, text, style);
      column += textWidth(text);
    }
  }
}

/** Marks where lines leave and reach a box, in its border. */
function drawPorts(canvas: Canvas, { nets }: Layout, direction: Direction, pen: Pen): void {
  const put = (along: number, across: number, text: string): void => {
    if (direction === "down") canvas.text(along, across, text, DIM);
    else canvas.text(across, along, text, DIM);
  };
  for (const { starts, ends } of nets) {
    for (const { along, across, task } of starts) if (task !== undefined) put(along, across - 1, pen.exit[direction]);
    for (const { along, across, task } of ends) if (task !== undefined) put(along, across, pen.arrow[direction]);
  }
}

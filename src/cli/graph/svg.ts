import { textWidth } from "../live/text.ts";
import { type Box, layOut, type PlacedNet } from "./layout.ts";
import type { Measures } from "./measures.ts";
import { detailsOf, type Graph, type GraphTask } from "./model.ts";

/*
 * A picture in one file: no scripts, fonts or links. Sizes are in pixels. Texts have a fixed pitch, so
 * that their width is known without a browser.
 */

/** Width of a character at the font's size of 13 pixels: 0.6 of it in the fonts named below, rounded up. */
const CHARACTER = 7.9;
const LINE_HEIGHT = 18;
const PADDING = 12;
/** Around the whole picture. */
const MARGIN = 16;
/** The room of the title above it. */
const TITLE_HEIGHT = 34;
/** Radius of the corners of lines. */
const CORNER = 6;
/** From the tip of an arrow to where its line ends. */
const ARROW = 7;
/** The widest text, in characters. Longer ones are cut; the full text is in the tooltip. */
const TEXT_MAX = 60;

const MEASURES = { line: 0, gap: 28, portGap: 14, portInset: 14, layerGap: 16, trackGap: 10 };

const STYLE = `
  svg { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --quiet: #656d76; --line: #8c959f; --box: #f6f8fa; --edge: #d0d7de; --branch: #fff8c5; --branch-edge: #d4a72c; --detail: #0550ae; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --quiet: #8b949e; --line: #6e7681; --box: #161b22; --edge: #30363d; --branch: #2d2410; --branch-edge: #9e6a03; --detail: #79c0ff; } }
  text { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: var(--ink); }
  .paper { fill: var(--paper); }
  .title { font-weight: 600; font-size: 15px; }
  .id { font-weight: 600; }
  .operator { fill: var(--quiet); }
  .detail { fill: var(--detail); }
  .box { fill: var(--box); stroke: var(--edge); }
  .branch { fill: var(--branch); stroke: var(--branch-edge); }
  .line { fill: none; stroke: var(--line); stroke-width: 1.5; }
  .arrow { fill: var(--line); }`;

/** Draws a graph as an SVG document, from top to bottom. */
export function renderSvg(graph: Graph): string {
  const texts = new Map(graph.tasks.map((task) => [task.id, textsOf(task)]));
  const layout = layOut(graph.tasks, measures(texts));
  const width = Math.ceil(Math.max(layout.alongSize, title(graph).length * (CHARACTER + 2)) + 2 * MARGIN);
  const height = Math.ceil(layout.acrossSize + 2 * MARGIN + TITLE_HEIGHT);
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title(graph))}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 14}">${escapeXml(title(graph))}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + TITLE_HEIGHT})">`,
    ...layout.nets.flatMap(drawNet),
    ...layout.boxes.flatMap((box) => drawBox(box, byId.get(box.task), texts.get(box.task) ?? [])),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function title({ pipeline, description }: Graph): string {
  return description === undefined ? pipeline : `${pipeline}: ${description}`;
}

/** The lines of a box, after the one with the id and the operator. */
function textsOf(task: GraphTask): readonly string[] {
  return [`${task.id}  ${task.operator}`, ...detailsOf(task)].map(cut);
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`;
}

function measures(texts: ReadonlyMap<string, readonly string[]>): Measures {
  return {
    ...MEASURES,
    size(task, ports) {
      const rows = texts.get(task) ?? [];
      const text = rows.reduce((widest, row) => Math.max(widest, textWidth(row)), 0) * CHARACTER + 2 * PADDING;
      const half = Math.ceil(Math.max(text, (ports - 1) * MEASURES.portGap + 2 * MEASURES.portInset) / 2);
      return { before: half, after: half, across: rows.length * LINE_HEIGHT + PADDING };
    },
  };
}

/** Every way through the net, as one path each; where ways share a stretch they lie on each other. */
function drawNet({ starts, ends, track }: PlacedNet): readonly string[] {
  const shapes: string[] = [];
  for (const end of ends) {
    const tip = end.task === undefined ? end.across : end.across - ARROW;
    for (const start of starts)
      shapes.push(`<path class="line" d="${way(start.along, start.across, end.along, tip, track)}"/>`);
    if (end.task !== undefined) {
      const { along: x, across: y } = end;
      shapes.push(`<path class="arrow" d="M${x} ${y}l-4 -${ARROW}h8z"/>`);
    }
  }
  return shapes;
}

function way(x1: number, y1: number, x2: number, y2: number, track: number): string {
  if (x1 === x2) return `M${x1} ${y1}V${y2}`;
  const turn = Math.sign(x2 - x1);
  const radius = Math.min(CORNER, Math.abs(x2 - x1) / 2);
  return [
    `M${x1} ${y1}V${track - radius}`,
    `Q${x1} ${track} ${x1 + turn * radius} ${track}`,
    `H${x2 - turn * radius}`,
    `Q${x2} ${track} ${x2} ${track + radius}`,
    `V${y2}`,
  ].join("");
}

function drawBox(box: Box, task: GraphTask | undefined, texts: readonly string[]): readonly string[] {
  if (task === undefined) return [];
  const { along: x, across: y, alongSize: width, acrossSize: height } = box;
  const [head = "", ...details] = texts;
  const first = y + PADDING / 2 + 13;
  const name = head.slice(0, task.id.length);
  return [
    "<g>",
    `<title>${escapeXml([`${task.id} (${task.operator})`, ...detailsOf(task)].join("\n"))}</title>`,
    `<rect class="box${task.cases === undefined ? "" : " branch"}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    `<text x="${x + PADDING}" y="${first}"><tspan class="id">${escapeXml(name)}</tspan><tspan class="operator" dx="8">${escapeXml(head.slice(name.length).trimStart())}</tspan></text>`,
    ...details.map(
      (detail, at) =>
        `<text class="detail" x="${x + PADDING}" y="${first + (at + 1) * LINE_HEIGHT}">${escapeXml(detail)}</text>`,
    ),
    "</g>",
  ];
}

const XML_NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML; characters that XML can't hold are left out. */
function escapeXml(text: string): string {
  const allowed = text.toWellFormed().replaceAll(/[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu, "");
  return allowed.replaceAll(/[&<>"']/g, (character) => XML_NAMES[character] ?? character);
}

import { type Line, lineWidth, type Span, type Style, textWidth } from "../live/text.ts";

/*
 * Pages of our own docs for a terminal: headings, paragraphs, lists, tables' text, code blocks, `code`, **strong**
 * and links. Not all of Markdown.
 */

const HEADING: Style = { bold: true, color: [75, 12] };
const STRONG: Style = { bold: true };
const CODE: Style = { color: [180, 3] };
const BLOCK_INDENT = "    ";
/** Longer lines are hard to read, whatever the terminal's width. */
const COLUMNS_MAX = 100;

/** Renders a page as lines of at most `columns`; code is never broken. */
export function renderMarkdown(text: string, columns: number): readonly Line[] {
  const width = Math.min(columns, COLUMNS_MAX);
  const lines: Line[] = [];
  let paragraph: string[] = [];
  let code = false;
  const flush = (): void => {
    if (paragraph.length > 0) lines.push(...wrapped(paragraph.join(" "), width));
    paragraph = [];
  };
  for (const line of text.replace(/\n+$/, "").split("\n")) {
    if (/^```/.test(line)) {
      flush();
      code = !code;
    } else if (code) lines.push([{ text: `${BLOCK_INDENT}${line}`, style: CODE }]);
    else if (/^#+ /.test(line)) {
      flush();
      lines.push([{ text: line.replace(/^#+ /, ""), style: HEADING }]);
    } else if (line.trim() === "") {
      flush();
      lines.push([]);
    } else {
      // A list item or a row of a table begins a line of its own.
      if (/^(\s*[-*] |\s*\d+\. |\|)/.test(line)) flush();
      paragraph.push(paragraph.length === 0 ? line : line.trim());
    }
  }
  flush();
  return lines;
}

/** Breaks a paragraph between words; the lines of a list item stand below its text. */
function wrapped(text: string, columns: number): readonly Line[] {
  const indent = /^\s*([-*] |\d+\. )?/.exec(text)?.[0].length ?? 0;
  const lines: Span[][] = [[]];
  let used = 0;
  for (const span of inline(text)) {
    for (const word of span.text.split(/(?<= )/)) {
      const width = textWidth(word.trimEnd());
      if (used > indent && used + width > columns) {
        lines.push([{ text: " ".repeat(indent) }]);
        used = indent;
      }
      lines.at(-1)?.push(span.style === undefined ? { text: word } : { text: word, style: span.style });
      used += textWidth(word);
    }
  }
  return lines.map(merged);
}

/** `code`, **strong** and [links](to); the rest as it is. */
function inline(text: string): readonly Span[] {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/);
  return parts.flatMap((part): Span[] => {
    if (part === "") return [];
    if (part.startsWith("`")) return [{ text: part.slice(1, -1), style: CODE }];
    if (part.startsWith("**")) return [{ text: part.slice(2, -2), style: STRONG }];
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    if (link === null) return [{ text: part }];
    const [, label = "", target = ""] = link;
    return /^https?:/.test(target) ? [{ text: `${label} (${target})` }] : [{ text: label }];
  });
}

/** Neighbours of one style as one span, without blanks at the end of the line. */
function merged(spans: readonly Span[]): Line {
  const out: Span[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    if (last !== undefined && last.style === span.style) out[out.length - 1] = { ...last, text: last.text + span.text };
    else out.push(span);
  }
  const last = out.at(-1);
  if (last !== undefined) out[out.length - 1] = { ...last, text: last.text.trimEnd() };
  return lineWidth(out) === 0 ? [] : out;
}

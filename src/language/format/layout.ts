import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { indented, indentOf, isBlank, isComment, type Lines, tidied } from "./lines.ts";
import { inOrder, type KeyOrder, type Sortable } from "./order.ts";

/*
 * Lays a document out anew, line by line: the lines of an entry move and shift together, with the comments above it. What
 * stands on a line stays as it is written: quotes, the room around a colon, what is between braces and brackets.
 */

/** Columns from a key to what stands under it. */
const STEP = 2;

const NO_ORDER: KeyOrder = { keys: [] };

/** Lines as they will stand, counted from the column of what they belong to. */
interface Laid {
  readonly lines: readonly string[];
  /** The first line of the source that is not among them. */
  readonly next: number;
  /** Its last lines are those of a block scalar that keeps every empty line after it. */
  readonly open: boolean;
  /** It is a block scalar. */
  readonly block?: boolean;
}

/** An entry of a mapping or an item of a list. */
interface Item extends Sortable {
  /** Comments and empty lines before it. */
  readonly lead: readonly string[];
  readonly body: Laid;
}

/** Where something stands in the source. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** One of the two kinds of collections of several lines, in the terms of this file. */
interface Block {
  readonly node: YAMLMap | YAMLSeq;
  readonly places: readonly Place[];
}

export class Layout {
  readonly #lines: Lines;
  readonly #text: string;

  constructor(text: string, lines: Lines) {
    this.#text = text;
    this.#lines = lines;
  }

  /** The lines of a document; undefined when its form is one that is left alone. */
  document({ contents }: Document.Parsed, order: KeyOrder): readonly string[] | undefined {
    const block = contents === null ? undefined : this.#blockOf(contents);
    const [first] = block?.places ?? [];
    if (block === undefined || first === undefined) return undefined;
    const begin = this.#startOfContents(first.line);
    const end = this.#endOfContents(contents?.range?.[1] ?? 0);
    const above = this.#between(begin, first.line);
    if (above === undefined) return undefined;
    const header = headerLength(above);
    const laid = this.#block(block, { from: begin + header, limit: end, order, parent: -1 });
    if (laid === undefined) return undefined;
    const head = tidied([...above.slice(0, header), ...(isBlank(above[header] ?? "x") ? [""] : [])]);
    const raw = this.#lines.all;
    const behind = this.#between(laid.next, end) ?? [];
    return trimmed(
      [...raw.slice(0, begin), ...withoutFirstBlank(head), ...laid.lines, ...tidied(behind)],
      laid.open,
      raw.slice(end),
    );
  }

  /** Lines `from` to `to`, when they hold nothing but comments. */
  #between(from: number, to: number): readonly string[] | undefined {
    const lines = this.#lines.all.slice(from, Math.max(from, to));
    return lines.every((line) => isBlank(line) || isComment(line)) ? lines : undefined;
  }

  /** Behind directives and the line that ends them. */
  #startOfContents(firstLine: number): number {
    for (let line = firstLine - 1; line >= 0; line--) if (/^---(\s|$)/.test(this.#lines.text(line))) return line + 1;
    return 0;
  }

  /** Where the next document begins, or this one says that it ends. */
  #endOfContents(offset: number): number {
    const { all } = this.#lines;
    for (let line = this.#lines.lineAt(Math.max(0, offset - 1)); line < all.length; line++) {
      if (/^(---|\.\.\.)(\s|$)/.test(all[line] ?? "")) return line;
    }
    return all.length;
  }

  /** A collection of several lines; undefined for everything else, and for forms that are left alone. */
  #blockOf(node: Node): Block | undefined {
    if ((!isMap(node) && !isSeq(node)) || node.flow === true || node.items.length === 0) return undefined;
    const places: Place[] = [];
    for (const [index, item] of node.items.entries()) {
      const offset = isMap(node) ? this.#keyOffset(item as Pair) : this.#dashOffset(node, index);
      if (offset === undefined) return undefined;
      const place = { line: this.#lines.lineAt(offset), column: this.#lines.columnAt(offset) };
      const last = places.at(-1);
      if (last !== undefined && (place.line <= last.line || place.column !== last.column)) return undefined;
      // Only the first one may have something before it on its line: the dash that it is the item of.
      if (last !== undefined && indentOf(this.#lines.text(place.line)) !== place.column) return undefined;
      places.push(place);
    }
    return { node, places };
  }

  /** Undefined for a key with a `?`, an anchor or a tag in front of it. */
  #keyOffset({ key, srcToken }: Pair): number | undefined {
    const start = srcToken?.start ?? [];
    const plain = start.every(({ type }) => type === "space" || type === "newline" || type === "comment");
    return plain && isScalar(key) ? key.range?.[0] : undefined;
  }

  #dashOffset(node: YAMLSeq, index: number): number | undefined {
    const token = node.srcToken?.type === "block-seq" ? node.srcToken.items[index] : undefined;
    return token?.start.find(({ type }) => type === "seq-item-ind")?.offset;
  }

  /**
   * A collection from the line `from` on, where its comments begin, up to before the line `limit`. `parent`: the column of
   * what it stands under; comments in that column are not its own.
   */
  #block(
    block: Block,
    { from, limit, order, parent }: { from: number; limit: number; order: KeyOrder; parent: number },
  ): Laid | undefined {
    const { node, places } = block;
    const items: Item[] = [];
    let cursor = from;
    for (const [index, place] of places.entries()) {
      const lead = this.#between(cursor, place.line);
      const body = this.#item(block, index, { limit: places[index + 1]?.line ?? limit, order });
      if (lead === undefined || body === undefined) return undefined;
      const below = places[index + 1]?.line ?? limit;
      // Under a block scalar a comment that is shifted might become a line of it.
      const tail = body.block ? [] : this.#comments(body.next, below, place.column + 1);
      const lines = [...body.lines, ...indented(tidied(tail), STEP)];
      cursor = body.next + tail.length;
      const item = (node.items as readonly unknown[])[index];
      items.push({
        ...named(item),
        lead: tidied(lead),
        body: { lines, next: cursor, open: body.open && tail.length === 0 },
      });
    }
    const column = places[0]?.column ?? 0;
    const footer = this.#comments(cursor, limit, Math.max(column, parent + 1));
    const sorted = isMap(node) ? inOrder(items, order) : items;
    const lines = joined(items, sorted);
    const open = sorted.at(-1)?.body.open === true && footer.length === 0;
    return { lines: [...lines, ...tidied(footer)], next: cursor + footer.length, open };
  }

  /** Comments from the line `from` on that stand in the column `column` or further right, with the empty lines between. */
  #comments(from: number, limit: number, column: number): readonly string[] {
    let end = from;
    for (let line = from; line < limit; line++) {
      const text = this.#lines.text(line);
      if (isBlank(text)) continue;
      if (!isComment(text) || indentOf(text) < column) break;
      end = line + 1;
    }
    return this.#lines.all.slice(from, end);
  }

  #item(
    { node, places }: Block,
    index: number,
    { limit, order }: { limit: number; order: KeyOrder },
  ): Laid | undefined {
    const place = places[index];
    const item = (node.items as readonly unknown[])[index];
    if (place === undefined) return undefined;
    const value = isPair(item) ? (item.value as Node | null) : (item as Node | null);
    const key = isPair(item) && isScalar(item.key) ? String(item.key.value) : "";
    const inner = isMap(node) ? (order.inner?.[key] ?? order.inner?.["*"] ?? NO_ORDER) : NO_ORDER;
    const first = this.#lines.text(place.line).slice(place.column);
    if (value === null || value.range === undefined || value.range === null)
      return { lines: [first.trimEnd()], next: place.line + 1, open: false };
    const start = this.#lines.lineAt(value.range[0]);
    if (isScalar(value) && /^BLOCK/.test(value.type ?? "")) return this.#blockScalar(value.range, place, limit);
    const block = this.#blockOf(value);
    if (block === undefined) return this.#asWritten(value, place);
    const at = block.places[0];
    if (at === undefined) return undefined;
    if (at.line > place.line) {
      const child = this.#block(block, { from: place.line + 1, limit, order: inner, parent: place.column });
      return child && { ...child, lines: [first.trimEnd(), ...indented(child.lines, STEP)] };
    }
    // `- key: value`: only white space stands between the dash and the mapping.
    if (
      isMap(node) ||
      start !== place.line ||
      !/^-[ \t]+$/.test(this.#text.slice(value.range[0] - at.column + place.column, value.range[0]))
    ) {
      return undefined;
    }
    const child = this.#block(block, { from: at.line, limit, order: inner, parent: place.column });
    return (
      child && {
        ...child,
        lines: indented(child.lines, STEP).map((line, index) => (index === 0 ? `- ${line.slice(STEP)}` : line)),
      }
    );
  }

  /** The text of a block scalar keeps its own indentation, from where its lines begin. */
  #blockScalar(range: readonly number[], place: Place, limit: number): Laid | undefined {
    const [start = 0, end = 0] = range;
    const headerLine = this.#lines.lineAt(start);
    if (headerLine !== place.line) return undefined;
    const [, sign = "", digit = "", after = ""] =
      /^[|>]([-+]?)(\d?)([-+]?)/.exec(this.#text.slice(start, start + 3)) ?? [];
    const open = `${sign}${after}`.includes("+");
    let last = Math.max(headerLine, this.#lines.lineAt(Math.max(start, end - 1)));
    if (open) while (last + 1 < limit && isBlank(this.#lines.text(last + 1))) last++;
    else while (last > headerLine && isBlank(this.#lines.text(last))) last--;
    const content = this.#lines.all.slice(headerLine + 1, last + 1);
    const depth = digit === "" ? STEP : Number(digit);
    const column = digit === "" ? indentOf(content.find((line) => !isBlank(line)) ?? "") : place.column + depth;
    const shifted = content.map((line) =>
      line.length <= column && isBlank(line) ? "" : " ".repeat(depth) + line.slice(column),
    );
    return {
      lines: [this.#lines.text(headerLine).slice(place.column).trimEnd(), ...shifted],
      next: last + 1,
      open,
      block: true,
    };
  }

  /** Everything else keeps its lines, each as far from the first as it was. */
  #asWritten({ range }: Node, place: Place): Laid | undefined {
    const [start = 0, end = 0] = range ?? [];
    const from = this.#lines.lineAt(start);
    const last = Math.max(from, place.line, this.#lines.lineAt(Math.max(start, end - 1)));
    const own = from > place.line ? indentOf(this.#lines.text(from)) : undefined;
    const lines = this.#lines.all.slice(place.line, last + 1).map((line, index, all) => {
      if (index === 0) return line.slice(place.column).replace(/^-[ \t]+/, all.length === 1 ? "- " : "$&");
      if (isBlank(line)) return "";
      const depth = own === undefined ? indentOf(line) - place.column : Math.max(STEP, indentOf(line) - own + STEP);
      return " ".repeat(Math.max(0, depth)) + line.trimStart();
    });
    // White space at the end of a line inside quotes may count.
    const ends = (index: number): boolean => index === lines.length - 1 || (index === 0 && own !== undefined);
    return { lines: lines.map((line, index) => (ends(index) ? line.trimEnd() : line)), next: last + 1, open: false };
  }
}

/** How many of the lines above the first key are about the file: up to an empty line, and what names a schema or a licence. */
function headerLength(above: readonly string[]): number {
  const blank = above.findLastIndex(isBlank);
  const marked = above.findLastIndex((line) => /^#!|yaml-language-server|SPDX-|copyright|licen[cs]e/i.test(line));
  return Math.max(blank, marked + 1, 0);
}

/** The key of an entry, and the anchors and aliases in it. */
function named(item: unknown): Sortable {
  const anchors = new Set<string>();
  const aliases = new Set<string>();
  visit(item as Node, (_, node) => {
    if (isAlias(node)) aliases.add(node.source);
    else if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.add(node.anchor);
  });
  return { key: isPair(item) && isScalar(item.key) ? String(item.key.value) : "", anchors, aliases };
}

/** Entries in their order. An empty line above moves along; where most entries have one, what has moved gets one if it is long. */
function joined(written: readonly Item[], sorted: readonly Item[]): readonly string[] {
  const airy = written.filter((item, index) => index > 0 && item.lead[0] === "").length > (written.length - 1) / 2;
  const lines: string[] = [];
  const above = new Map(written.map((item, index) => [item, written[index - 1]]));
  for (const [index, item] of sorted.entries()) {
    const before = sorted[index - 1];
    const lead = item.lead[0] === "" ? item.lead.slice(1) : item.lead;
    const moved = before !== above.get(item);
    const isLong = item.body.lines.length > 1 || (before?.body.lines.length ?? 0) > 1;
    // What stands first has nothing to be set apart from, whatever is above it.
    const apart = moved && airy ? isLong || lead.length > 0 : item !== written[0] && item.lead[0] === "";
    if (before !== undefined && apart && !before.body.open) lines.push("");
    lines.push(...lead, ...item.body.lines);
  }
  return lines;
}

function withoutFirstBlank(lines: readonly string[]): readonly string[] {
  return lines[0] === "" ? lines.slice(1) : lines;
}

/** Without empty lines at the end, unless they count. */
function trimmed(lines: readonly string[], open: boolean, rest: readonly string[]): readonly string[] {
  if (open) return [...lines, ...rest];
  return [...lines.slice(0, lines.findLastIndex((line) => line !== "") + 1), ...rest];
}

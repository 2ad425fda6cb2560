import type { Span } from "../text.ts";
import { scanFlow, skipQuoted } from "./flow-scan.ts";
import { lineStart } from "./lines.ts";

/*
 * Where a cursor stands in a file that is being written, and so seldom parses: read from the text alone, line by
 * line, by indentation. What stands behind the cursor's line counts only for the keys that are there already.
 */

export interface Cursor {
  /** The keys from the root down to where the cursor stands; `-` is an item of a list. */
  readonly path: readonly string[];
  /**
   * `entry`: the beginning of a line or an item, so a key or a value; `key`: a key between braces; `value`: behind a
   * colon; `text`: inside a block scalar; `comment`: behind a `#`.
   */
  readonly role: "entry" | "key" | "value" | "text" | "comment";
  /** What is being written: from its beginning to its end, which may lie behind the cursor. */
  readonly word: Span;
  /** What of it stands before the cursor, without an opening quote. */
  readonly prefix: string;
  /** The quote that the word begins with. */
  readonly quote?: string;
  /** The keys of the same mapping, without the one that is being written. */
  readonly siblings: ReadonlySet<string>;
  /** A colon follows the key that is being written. */
  readonly hasColon: boolean;
}

/** A key or a dash that what follows may stand under. */
interface Frame {
  readonly column: number;
  readonly key: string;
  /** The keys directly under it, so far. */
  readonly keys: Set<string>;
}

/** What a line leaves open for the lines after it. */
type Open =
  | { readonly type: "block"; readonly column: number }
  | { readonly type: "flow"; readonly start: number; readonly column: number }
  | undefined;

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{},&*!|>@%`-][^#:]*?|-[^\s#:][^#:]*?)[ \t]*:(?=[ \t]|$)/;
const PROPERTIES = /^(?:[&!][^\s,[\]{}]*[ \t]+)+/;
const BLOCK_HEADER = /^[|>][-+0-9]{0,2}[ \t]*(?:#.*)?$/;

/** Where an offset stands. Never throws, whatever the text. */
export function cursorAt(text: string, offset: number): Cursor {
  return new CursorScan(text, Math.max(0, Math.min(offset, text.length))).run();
}

class CursorScan {
  readonly #text: string;
  readonly #offset: number;
  #frames: Frame[] = [];
  #root = new Set<string>();
  #open: Open;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = offset;
  }

  run(): Cursor {
    const cursorLine = lineStart(this.#text, this.#offset);
    for (let start = 0; start < cursorLine; ) {
      const end = this.#text.indexOf("\n", start);
      this.#line(start, this.#text.slice(start, end).replace(/\r$/, ""));
      start = end + 1;
    }
    const end = this.#text.indexOf("\n", cursorLine);
    const line = this.#text.slice(cursorLine, end === -1 ? undefined : end).replace(/\r$/, "");
    return this.#cursor(cursorLine, line);
  }

  #line(start: number, line: string): void {
    const indent = line.length - line.trimStart().length;
    if (this.#isInside(start, indent, line)) return;
    if (indent === line.length || line[indent] === "#") return;
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) {
      this.#frames = [];
      this.#root = new Set();
      return;
    }
    const column = this.#dashes(line, line.length);
    const key = KEY.exec(line.slice(column));
    if (key === null) {
      this.#value(start, line, column, (this.#frames.at(-1)?.column ?? -1) + 1);
      return;
    }
    this.#push(column, unquoted(key[1] ?? ""));
    this.#value(start, line, column + key[0].length, column + 1);
  }

  /** Whether a line belongs to a block scalar or to brackets that are open. */
  #isInside(start: number, indent: number, line: string): boolean {
    const open = this.#open;
    if (open === undefined) return false;
    if (open.type === "block") {
      if (indent === line.length || indent > open.column) return true;
    } else if (indent > open.column || indent === line.length || /^\s*[\]}]/.test(line)) {
      if (scanFlow(this.#text, open.start, start + line.length) === undefined) this.#open = undefined;
      return true;
    }
    this.#open = undefined;
    return false;
  }

  /** Takes the dashes at the beginning of a line, up to `end`; returns the column behind them. */
  #dashes(line: string, end: number): number {
    let column = line.length - line.trimStart().length;
    while (column < end && line[column] === "-" && /^[ \t]|^$/.test(line.slice(column + 1, column + 2))) {
      if (column + 1 > end) break;
      while ((this.#frames.at(-1)?.column ?? -1) > column) this.#frames.pop();
      const top = this.#frames.at(-1);
      // A list may stand right under its key, in the same column.
      if (top !== undefined && top.column === column && top.key === "-") this.#frames.pop();
      this.#frames.push({ column, key: "-", keys: new Set() });
      column += 1;
      while (column < end && (line[column] === " " || line[column] === "\t")) column += 1;
    }
    return column;
  }

  #push(column: number, key: string): void {
    this.#popTo(column);
    this.#keys().add(key);
    this.#frames.push({ column, key, keys: new Set() });
  }

  #popTo(column: number): void {
    while (this.#frames.length > 0 && (this.#frames.at(-1)?.column ?? 0) >= column) this.#frames.pop();
  }

  #keys(): Set<string> {
    return this.#frames.at(-1)?.keys ?? this.#root;
  }

  /** What a value that begins on a line leaves open behind it. `parent` is one more than the column of its owner. */
  #value(start: number, line: string, from: number, parent: number): void {
    const at = valueStart(line, from);
    const rest = line.slice(at);
    if (BLOCK_HEADER.test(rest)) this.#open = { type: "block", column: parent - 1 };
    else if (rest[0] === "[" || rest[0] === "{") {
      const inside = scanFlow(this.#text, start + at, start + line.length) !== undefined;
      if (inside) this.#open = { type: "flow", start: start + at, column: parent - 1 };
    } else if (rest[0] === '"' || rest[0] === "'") {
      const end = skipQuoted(this.#text, start + at, start + line.length);
      if (end === undefined) this.#open = { type: "block", column: parent - 1 };
    }
  }

  #cursor(start: number, line: string): Cursor {
    const column = Math.min(this.#offset - start, line.length);
    const indent = line.length - line.trimStart().length;
    const open = this.#open;
    const depth = indent === line.length ? column : indent;
    if (open?.type === "block" && depth > open.column) return this.#at("text", start + column, start + column);
    if (open?.type === "flow") {
      const inside = depth > open.column ? this.#flow(open.start, start + line.length) : undefined;
      if (inside !== undefined) return inside;
    }
    if (column <= indent) {
      this.#popTo(column);
      return this.#entry(start, line, column, column);
    }
    const from = Math.min(this.#dashes(line, column), column);
    if (line[from] === "#" && from < column) return this.#at("comment", start + column, start + column);
    const key = KEY.exec(line.slice(from));
    if (key === null) {
      const value = valueStart(line, from);
      if ((line[value] === "[" || line[value] === "{") && value < column) {
        const inside = this.#flow(start + value, start + line.length);
        if (inside !== undefined) return inside;
      }
      if (this.#frames.at(-1)?.key !== "-" || from > (this.#frames.at(-1)?.column ?? 0)) this.#popTo(from);
      return this.#entry(start, line, from, column);
    }
    const colon = from + key[0].length;
    if (column < colon) {
      this.#popTo(from);
      return this.#entry(start, line, from, column, key[1]?.length);
    }
    this.#push(from, unquoted(key[1] ?? ""));
    return this.#behindColon(start, line, colon, column);
  }

  #behindColon(start: number, line: string, colon: number, column: number): Cursor {
    const from = Math.min(valueStart(line, colon), column);
    const first = line[from];
    if (from < column && (first === "[" || first === "{")) {
      const inside = this.#flow(start + from, start + line.length);
      if (inside !== undefined) return inside;
    }
    const isQuoted = first === '"' || first === "'";
    if (!isQuoted && /(?:^|[ \t])#/.test(line.slice(colon, column))) {
      return this.#at("comment", start + column, start + column);
    }
    const rest = /^[^\s#,\]}"']*/.exec(line.slice(column))?.[0].length ?? 0;
    const end = isQuoted && line[column + rest] === first ? column + rest + 1 : column + rest;
    return this.#at("value", start + from, start + end);
  }

  /** A word at the beginning of a line or an item; `length` is that of a whole key. */
  #entry(start: number, line: string, from: number, column: number, length?: number): Cursor {
    const rest = /^[\w-]*/.exec(line.slice(column))?.[0].length ?? 0;
    const end = length === undefined ? column + rest : from + length;
    const siblings = new Set(this.#keys());
    for (const key of this.#keysBelow(start + line.length, from)) siblings.add(key);
    const hasColon = length !== undefined || /^[ \t]*:/.test(line.slice(end));
    return { ...this.#at("entry", start + from, start + end), siblings, hasColon };
  }

  /** The keys of the same mapping on the lines behind. */
  *#keysBelow(from: number, column: number): Iterable<string> {
    const lines = /\n([ \t]*)([^\n]*)/y;
    lines.lastIndex = from + (this.#text[from] === "\r" ? 1 : 0);
    for (let found = lines.exec(this.#text); found !== null; found = lines.exec(this.#text)) {
      const [, indent = "", content = ""] = found;
      if (content.trim() === "" || content.startsWith("#")) continue;
      if (indent.length < column) return;
      const key = indent.length === column ? KEY.exec(content.replace(/\r$/, "")) : null;
      if (key !== null) yield unquoted(key[1] ?? "");
    }
  }

  /** Between brackets that begin at `from`; undefined when they are closed before the cursor. */
  #flow(from: number, lineEnd: number): Cursor | undefined {
    const inside = scanFlow(this.#text, from, this.#offset);
    if (inside === undefined) return undefined;
    const rest = /^[^\s,:\]}"'#]*/.exec(this.#text.slice(this.#offset, lineEnd))?.[0].length ?? 0;
    const quote = this.#text[inside.word] ?? "";
    const isQuoted = (quote === '"' || quote === "'") && inside.word < this.#offset;
    const end = this.#offset + rest + (isQuoted && this.#text[this.#offset + rest] === quote ? 1 : 0);
    const at = this.#at(inside.role, inside.word, end);
    const hasColon = /^[ \t]*:/.test(this.#text.slice(end, lineEnd));
    return { ...at, path: [...at.path, ...inside.path], siblings: inside.siblings, hasColon };
  }

  #at(role: Cursor["role"], start: number, end: number): Cursor {
    const path = this.#frames.map((frame) => frame.key);
    const written = this.#text.slice(start, Math.max(start, this.#offset));
    const quote = role !== "text" && role !== "comment" && /^["']/.test(written) ? written[0] : undefined;
    const prefix = quote === undefined ? written : written.slice(1);
    const word = { start, end: Math.max(start, end) };
    return {
      path,
      role,
      word,
      prefix,
      ...(quote === undefined ? {} : { quote }),
      siblings: new Set(),
      hasColon: false,
    };
  }
}

/** Where a value begins, behind white space, anchors and tags. */
function valueStart(line: string, from: number): number {
  const blank = /^[ \t]*/.exec(line.slice(from))?.[0].length ?? 0;
  const properties = PROPERTIES.exec(line.slice(from + blank))?.[0].length ?? 0;
  return from + blank + properties;
}

function unquoted(key: string): string {
  return /^(["']).*\1$/.test(key) ? key.slice(1, -1) : key;
}

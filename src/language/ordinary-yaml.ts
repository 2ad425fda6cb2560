import { ListNode, type MapEntry, MapNode, ScalarNode, type SourceNode } from "./source.ts";
import type { SourceText, Span } from "./text.ts";

/*
 * Pipelines are written in a small part of YAML: mappings and lists by indentation, values that end on their line, texts behind
 * `|` and `>`, and short collections in brackets. This reads that part, several times as fast as the parser of all of YAML, and gives up at
 * anything else, mistakes first of all: the parser then decides what the file says. What is read here is what it would read, to
 * the last offset; a test holds the two against each other.
 */

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const GREATER_THAN = 0x3e;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const BAR = 0x7c;
const CLOSE_BRACE = 0x7d;

/** Larger files are for the parser, which has limits of its own. */
const CHARS_MAX = 1024 * 1024;
/** How deep collections may nest here. */
const DEPTH_MAX = 50;

/** Characters that no ordinary file holds, carriage returns among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNUSUAL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;
/** A key without quotes, up to its colon. */
const KEY = /[A-Za-z0-9_][\w./-]{0,100}(?=:(?:[ \n]|$))/y;
const KEY_IN_BRACES = /[A-Za-z0-9_][\w./-]{0,100}(?=: )/y;
/** How a value without quotes may begin: not with what means something else to YAML. */
const PLAIN_START = /[A-Za-z0-9_$./(<=+~^;\\\u00c0-\uffff]|-(?=[A-Za-z0-9_$./(-])/y;
/** How a value begins that may be another thing than text. */
const MAYBE_NO_TEXT = /^[-+.\d~nNtTfF]/;
const WHOLE_NUMBER = /^-?\d{1,15}$/;
const DECIMAL_NUMBER = /^-?\d{1,15}\.\d{1,15}$/;
/** Everything else that YAML's core schema takes for no text. */
const UNUSUAL_VALUE =
  /^(?:~|null|true|false|0o[0-7]+|0x[\da-f]+|[-+]?\d+|[-+]?\.inf|\.nan|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?)$/i;
const BLOCK_HEADER = /([|>])(-?)\n/y;
const ESCAPED: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", n: "\n", r: "\r", t: "\t" };

/** The tree of a file in the ordinary part of YAML; undefined when it isn't, or may not be. */
export function readOrdinaryYaml(text: SourceText): MapNode | undefined {
  if (text.text.length > CHARS_MAX || UNUSUAL.test(text.text)) return undefined;
  return new OrdinaryReader(text).root();
}

/** Each method returns undefined, up to the top, when it meets what it doesn't read. */
class OrdinaryReader {
  readonly #source: SourceText;
  readonly #text: string;
  /** Where the content of the line begins that is read next. */
  #at = 0;
  /** The indentation of that line; -1 at the end of the file. */
  #indent = -1;
  #depth = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  root(): MapNode | undefined {
    this.#goToLineAfter(-1);
    const root = this.#indent === 0 ? this.#map(0) : undefined;
    return this.#isAtEnd() ? root : undefined;
  }

  /** From the end of a line to the next one with content. */
  #goToLineAfter(end: number): void {
    const text = this.#text;
    for (let before = end; before < text.length; ) {
      let at = before + 1;
      while (text.charCodeAt(at) === SPACE) at++;
      const char = text.charCodeAt(at);
      if (char !== NEWLINE && char !== HASH && at < text.length) {
        this.#at = at;
        this.#indent = at - before - 1;
        return;
      }
      before = char === NEWLINE ? at : this.#lineEnd(at);
    }
    this.#indent = -1;
  }

  #lineEnd(at: number): number {
    const found = this.#text.indexOf("\n", at);
    return found === -1 ? this.#text.length : found;
  }

  #afterSpaces(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === SPACE) at++;
    return at;
  }

  #isAtEnd(): boolean {
    return this.#indent === -1;
  }

  #isDash(): boolean {
    return this.#text.charCodeAt(this.#at) === DASH && this.#text.charCodeAt(this.#at + 1) === SPACE;
  }

  /** The key that stands here, with the colon right behind it. */
  #key(pattern: RegExp, at: number, flow: boolean): ScalarNode | undefined {
    pattern.lastIndex = at;
    if (!pattern.test(this.#text)) return undefined;
    const span = { start: at, end: pattern.lastIndex };
    const key = this.#source.slice(span);
    return this.#scalar(span, { value: key, text: key, style: "plain", flow });
  }

  #scalar(span: Span, content: Pick<ScalarNode, "value" | "text" | "style" | "flow">): ScalarNode {
    return new ScalarNode(this.#source, span, content);
  }

  #map(indent: number): MapNode | undefined {
    const start = this.#at;
    let end = start;
    const entries = new Map<string, MapEntry>();
    if (++this.#depth > DEPTH_MAX) return undefined;
    while (this.#indent === indent) {
      const keyNode = this.#key(KEY, this.#at, false);
      if (keyNode === undefined || entries.has(keyNode.text)) return undefined;
      const value = this.#valueOf(keyNode, indent);
      if (value === undefined) return undefined;
      entries.set(keyNode.text, { key: keyNode.text, keyNode, value });
      end = value.end;
    }
    this.#depth--;
    // A line that stands deeper goes on with the value before it, or is a mistake.
    return this.#indent > indent ? undefined : new MapNode({ start, end }, entries);
  }

  #valueOf(key: ScalarNode, indent: number): SourceNode | undefined {
    const at = this.#afterSpaces(key.end + 1);
    const char = this.#text.charCodeAt(at);
    if (at < this.#text.length && char !== NEWLINE && char !== HASH) return this.#value(at, indent);
    this.#goToLineAfter(this.#lineEnd(at));
    if (this.#indent > indent) return this.#isDash() ? this.#list(this.#indent) : this.#map(this.#indent);
    if (this.#indent === indent && this.#isDash()) return this.#list(indent);
    return this.#scalar({ start: at, end: at }, { value: null, text: "", style: "plain", flow: false });
  }

  #list(indent: number): ListNode | undefined {
    const start = this.#at;
    let end = start;
    const items: SourceNode[] = [];
    if (++this.#depth > DEPTH_MAX) return undefined;
    while (this.#indent === indent && this.#isDash()) {
      const item = this.#item(indent);
      if (item === undefined) return undefined;
      items.push(item);
      end = item.end;
    }
    this.#depth--;
    return this.#indent > indent ? undefined : new ListNode({ start, end }, items);
  }

  #item(indent: number): SourceNode | undefined {
    const at = this.#afterSpaces(this.#at + 1);
    KEY.lastIndex = at;
    if (!KEY.test(this.#text)) return this.#value(at, indent);
    this.#indent = indent + at - this.#at;
    this.#at = at;
    return this.#map(this.#indent);
  }

  /** A value that begins on the line of its key or its dash; `indent` is theirs. */
  #value(at: number, indent: number): SourceNode | undefined {
    const first = this.#text.charCodeAt(at);
    if (first === BAR || first === GREATER_THAN) return this.#block(at, indent);
    const node = this.#inline(at, false);
    if (node === undefined) return undefined;
    const after = this.#afterSpaces(node.end);
    const char = this.#text.charCodeAt(after);
    if (after < this.#text.length && char !== NEWLINE && !(char === HASH && after > node.end)) return undefined;
    this.#goToLineAfter(this.#lineEnd(after));
    return node;
  }

  #inline(at: number, flow: boolean): SourceNode | undefined {
    switch (this.#text.charCodeAt(at)) {
      case DOUBLE_QUOTE:
        return this.#doubleQuoted(at, flow);
      case SINGLE_QUOTE:
        return this.#singleQuoted(at, flow);
      case OPEN_BRACKET:
      case OPEN_BRACE:
        return this.#brackets(at);
      default:
        return this.#plain(at, flow);
    }
  }

  #plain(at: number, flow: boolean): ScalarNode | undefined {
    PLAIN_START.lastIndex = at;
    if (!PLAIN_START.test(this.#text)) return undefined;
    const text = this.#text;
    let end = at;
    for (let next = at; next < text.length; next++) {
      const char = text.charCodeAt(next);
      if (char === NEWLINE) break;
      if (char === SPACE) continue;
      if (char === HASH && next > end) break;
      if (flow && (char === COMMA || char === CLOSE_BRACKET || char === CLOSE_BRACE)) break;
      if (flow && (char === OPEN_BRACKET || char === OPEN_BRACE)) return undefined;
      if (char === TAB) return undefined;
      if (char === COLON) {
        const after = text.charAt(next + 1);
        if (flow ? !/[\w./-]/.test(after) : after === "" || after === " " || after === "\n") return undefined;
      }
      end = next + 1;
    }
    const written = text.slice(at, end);
    let value: ScalarNode["value"] = written;
    if (MAYBE_NO_TEXT.test(written)) {
      if (WHOLE_NUMBER.test(written) || DECIMAL_NUMBER.test(written)) value = Number(written);
      else if (written === "true" || written === "false") value = written === "true";
      else if (written === "null") value = null;
      else if (UNUSUAL_VALUE.test(written)) return undefined;
    }
    return this.#scalar({ start: at, end }, { value, text: written, style: "plain", flow });
  }

  #singleQuoted(at: number, flow: boolean): ScalarNode | undefined {
    let close = this.#text.indexOf("'", at + 1);
    while (close !== -1 && this.#text.charCodeAt(close + 1) === SINGLE_QUOTE)
      close = this.#text.indexOf("'", close + 2);
    if (close === -1) return undefined;
    const inner = this.#text.slice(at + 1, close);
    if (inner.includes("\n")) return undefined;
    const value = inner.replaceAll("''", "'");
    return this.#scalar({ start: at, end: close + 1 }, { value, text: value, style: "single", flow });
  }

  #doubleQuoted(at: number, flow: boolean): ScalarNode | undefined {
    const text = this.#text;
    let value = "";
    let from = at + 1;
    for (let next = from; next < text.length; next++) {
      const char = text[next];
      if (char === "\n") return undefined;
      if (char === '"') {
        value += text.slice(from, next);
        return this.#scalar({ start: at, end: next + 1 }, { value, text: value, style: "double", flow });
      }
      if (char !== "\\") continue;
      const escaped = ESCAPED[text[next + 1] ?? ""];
      if (escaped === undefined) return undefined;
      value += text.slice(from, next) + escaped;
      next++;
      from = next + 1;
    }
    return undefined;
  }

  /** A collection in brackets or braces that ends on its line. */
  #brackets(start: number): MapNode | ListNode | undefined {
    const isMap = this.#text.charCodeAt(start) === OPEN_BRACE;
    const close = isMap ? CLOSE_BRACE : CLOSE_BRACKET;
    const entries = new Map<string, MapEntry>();
    const items: SourceNode[] = [];
    let at = this.#afterSpaces(start + 1);
    if (++this.#depth > DEPTH_MAX) return undefined;
    while (this.#text.charCodeAt(at) !== close || items.length > 0) {
      const keyNode = this.#key(KEY_IN_BRACES, at, true);
      // Only mappings have pairs, and only pairs.
      if ((keyNode !== undefined) !== isMap) return undefined;
      const item = this.#inline(keyNode === undefined ? at : this.#afterSpaces(keyNode.end + 1), true);
      if (item === undefined) return undefined;
      items.push(item);
      if (keyNode !== undefined) {
        if (entries.has(keyNode.text)) return undefined;
        entries.set(keyNode.text, { key: keyNode.text, keyNode, value: item });
      }
      at = this.#afterSpaces(item.end);
      const char = this.#text.charCodeAt(at);
      if (char === close) break;
      if (char !== COMMA) return undefined;
      at = this.#afterSpaces(at + 1);
    }
    this.#depth--;
    const span = { start, end: at + 1 };
    return isMap ? new MapNode(span, entries) : new ListNode(span, items);
  }

  /** A text of lines behind `|` or `>`, each indented deeper than its key. */
  #block(start: number, indent: number): ScalarNode | undefined {
    BLOCK_HEADER.lastIndex = start;
    const header = BLOCK_HEADER.exec(this.#text);
    if (header === null) return undefined;
    const folded = header[1] === ">";
    const text = this.#text;
    const first = BLOCK_HEADER.lastIndex;
    const deep = this.#afterSpaces(first) - first;
    if (deep <= indent) return undefined;
    const lines: string[] = [];
    let end = first;
    let content = 0;
    for (let at = first; at < text.length; ) {
      const lineEnd = text.indexOf("\n", at);
      if (lineEnd === -1) return undefined;
      const begin = this.#afterSpaces(at);
      if (begin === lineEnd) {
        // White space alone may be content or not.
        if (begin > at) return undefined;
        lines.push("");
      } else {
        const found = begin - at;
        if (found < deep) {
          if (found > indent || text.charCodeAt(begin) === TAB) return undefined;
          break;
        }
        // Lines are folded where they stand like the first, with no empty line between.
        if (folded && (found > deep || text.charCodeAt(begin) === TAB || lines.length > content)) return undefined;
        lines.push(text.slice(at + deep, lineEnd));
        content = lines.length;
        end = lineEnd + 1;
      }
      at = lineEnd + 1;
    }
    if (content === 0) return undefined;
    lines.length = content;
    const value = lines.join(folded ? " " : "\n") + (header[2] === "-" ? "" : "\n");
    this.#goToLineAfter(end - 1);
    return this.#scalar({ start, end }, { value, text: value, style: folded ? "folded" : "literal", flow: false });
  }
}

import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";

/*
 * Writes a value as YAML in one of many manners, and notes where each key and value stands: so that a test can say
 * which text it broke, however that text is written.
 */

export type Value = string | number | boolean | null | Raw | readonly Value[] | { readonly [key: string]: Value };

/** A scalar that is written as it stands here, whatever the manner. */
export class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface Manner {
  readonly name: string;
  /** From this depth on collections are written in brackets. */
  readonly flowFrom: number;
  readonly quotes: "plain" | "single" | "double";
  /** How scripts are written, where the manner of their place allows it. */
  readonly scripts: "literal" | "folded" | "inline";
  readonly indent: number;
  readonly comments: boolean;
  /** Names for collections and values that nobody uses. */
  readonly anchors: boolean;
  readonly lineEnd: "\n" | "\r\n";
}

const COMMON = {
  flowFrom: 9,
  quotes: "plain",
  scripts: "inline",
  indent: 2,
  comments: false,
  anchors: false,
  lineEnd: "\n",
} as const;

export const MANNERS: readonly Manner[] = [
  { name: "in blocks", ...COMMON, scripts: "literal" },
  {
    name: "in blocks, with comments and Windows line ends",
    ...COMMON,
    scripts: "literal",
    comments: true,
    lineEnd: "\r\n",
  },
  { name: "folded, indented by four", ...COMMON, scripts: "folded", indent: 4, quotes: "single" },
  { name: "double quoted", ...COMMON, quotes: "double", comments: true },
  { name: "short mappings in brackets", ...COMMON, flowFrom: 3, scripts: "literal" },
  { name: "with anchors", ...COMMON, anchors: true, scripts: "literal" },
  { name: "tasks in brackets, with Windows line ends", ...COMMON, flowFrom: 2, quotes: "single", lineEnd: "\r\n" },
  { name: "as JSON", ...COMMON, flowFrom: 0, quotes: "double" },
];

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Path = readonly (string | number)[];

export interface Rendered {
  readonly text: string;
  /** Where the key in front of a value stands, with its quotes. */
  keyAt(path: Path): Span;
  /** Where a value stands, with its quotes; of a collection, from its first key or bracket to the end of its last value. */
  valueAt(path: Path): Span;
  /** A stretch of a text, by what stands in it. It has to stand in the file in one piece. */
  within(path: Path, text: string): Span;
}

export function render(value: Value, manner: Manner): Rendered {
  const writer = new Writer(manner);
  writer.document(value);
  const { text, keys, values, quotes } = writer;
  const written = manner.lineEnd === "\r\n" ? text.replaceAll("\n", "\r\n") : text;
  if (!isDeepStrictEqual(parse(written), plain(value))) throw new Error(`not what was meant:\n${written}`);
  const lineEnds = manner.lineEnd === "\r\n" ? [...text.matchAll(/\n/g)].map((match) => match.index) : [];
  const shifted = (offset: number): number => offset + lineEnds.filter((at) => at < offset).length;
  const spanOf = (span: Span | undefined, path: Path): Span => {
    if (span === undefined) throw new Error(`nothing stands at ${JSON.stringify(path)} in:\n${text}`);
    return { start: shifted(span.start), end: shifted(span.end) };
  };
  const key = (path: Path): string => JSON.stringify(path);
  return {
    text: written,
    keyAt: (path) => spanOf(keys.get(key(path)), path),
    valueAt: (path) => spanOf(values.get(key(path)), path),
    within: (path, part) => {
      const span = values.get(key(path));
      const raw = span === undefined ? "" : text.slice(span.start, span.end);
      const found = raw.indexOf(inQuotes(part, quotes.get(key(path)) ?? ""));
      if (span === undefined || found === -1) throw new Error(`${part} does not stand in ${raw}`);
      const start = span.start + found;
      return spanOf({ start, end: start + inQuotes(part, quotes.get(key(path)) ?? "").length }, path);
    },
  };
}

function plain(value: Value): unknown {
  if (value instanceof Raw) return parse(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value as Record<string, Value>).map(([key, inner]) => [key, plain(inner)]));
}

function inQuotes(text: string, quote: string): string {
  if (quote === '"') return JSON.stringify(text).slice(1, -1);
  return quote === "'" ? text.replaceAll("'", "''") : text;
}

class Writer {
  text = "";
  readonly keys = new Map<string, Span>();
  readonly values = new Map<string, Span>();
  /** The quotes around each text; empty for a plain or a block one. */
  readonly quotes = new Map<string, string>();
  readonly #manner: Manner;
  #anchors = 0;

  constructor(manner: Manner) {
    this.#manner = manner;
  }

  document(value: Value): void {
    if (this.#manner.flowFrom === 0 || !isMap(value)) {
      this.#flow(value, []);
      this.text += "\n";
    } else this.#map(value, [], 0, false);
  }

  #map(map: { readonly [key: string]: Value }, path: Path, indent: number, begun: boolean): void {
    const pad = " ".repeat(indent);
    const start = this.text.length + (begun ? 0 : indent);
    for (const [index, [key, value]] of Object.entries(map).entries()) {
      if (this.#manner.comments && !(begun && index === 0)) this.text += `${pad}# ${key}: as 'it' is meant\n`;
      if (!(begun && index === 0)) this.text += pad;
      this.#key(key, [...path, key]);
      this.text += ":";
      this.#entryValue(value, [...path, key], indent);
    }
    this.values.set(JSON.stringify(path), { start, end: this.text.trimEnd().length });
  }

  #entryValue(value: Value, path: Path, indent: number): void {
    const inner = indent + this.#manner.indent;
    const depth = path.length;
    if (isMap(value) && Object.keys(value).length > 0 && depth < this.#manner.flowFrom) {
      this.#anchor();
      this.text += "\n";
      this.#map(value, path, inner, false);
    } else if (Array.isArray(value) && value.length > 0 && depth < this.#manner.flowFrom) {
      this.#anchor();
      this.text += "\n";
      this.#list(value as readonly Value[], path, inner);
    } else if (typeof value === "string" && this.#block(value, path, indent)) {
      // Written, with its line end.
    } else {
      this.text += " ";
      this.#flow(value, path);
      this.text += this.#manner.comments ? " # so it is\n" : "\n";
    }
  }

  #list(items: readonly Value[], path: Path, indent: number): void {
    const start = this.text.length + indent;
    for (const [index, item] of items.entries()) {
      this.text += `${" ".repeat(indent)}- `;
      if (isMap(item) && Object.keys(item).length > 0 && path.length + 1 < this.#manner.flowFrom) {
        this.#map(item, [...path, index], indent + 2, true);
      } else {
        this.#flow(item, [...path, index]);
        this.text += "\n";
      }
    }
    this.values.set(JSON.stringify(path), { start, end: this.text.trimEnd().length });
  }

  #flow(value: Value, path: Path): void {
    const start = this.text.length;
    if (Array.isArray(value)) {
      this.text += "[";
      for (const [index, item] of (value as readonly Value[]).entries()) {
        if (index > 0) this.text += ", ";
        this.#flow(item, [...path, index]);
      }
      this.text += "]";
    } else if (isMap(value)) {
      const entries = Object.entries(value);
      this.text += "{";
      for (const [index, [key, inner]] of entries.entries()) {
        this.text += index > 0 ? ", " : " ";
        this.#key(key, [...path, key]);
        this.text += ": ";
        this.#flow(inner, [...path, key]);
      }
      this.text += entries.length > 0 ? " }" : "}";
    } else this.#scalar(value as Exclude<Value, object> | Raw, path);
    if (!this.values.has(JSON.stringify(path))) this.values.set(JSON.stringify(path), { start, end: this.text.length });
  }

  #key(key: string, path: Path): void {
    const start = this.text.length;
    this.text += this.#manner.quotes === "plain" && isPlain(key, true) ? key : quoted(key, this.#manner.quotes);
    this.keys.set(JSON.stringify(path), { start, end: this.text.length });
  }

  #scalar(value: Exclude<Value, object> | Raw, path: Path): void {
    // A plain value of a mapping in blocks may hold brackets.
    const inFlow =
      path.length > this.#manner.flowFrom || this.#manner.flowFrom === 0 || typeof path.at(-1) === "number";
    if (path.length < this.#manner.flowFrom && typeof path.at(-1) === "string") this.#anchor(true);
    const start = this.text.length;
    let quote = "";
    if (value instanceof Raw) this.text += value.text;
    else if (typeof value !== "string") this.text += String(value);
    else {
      const written =
        this.#manner.quotes === "plain" && isPlain(value, inFlow) ? value : quoted(value, this.#manner.quotes);
      if (written !== value) quote = written.charAt(0);
      this.text += written;
    }
    this.quotes.set(JSON.stringify(path), quote);
    this.values.set(JSON.stringify(path), { start, end: this.text.length });
  }

  /** A script as a block of lines; false where that can't be. */
  #block(value: string, path: Path, indent: number): boolean {
    const { scripts, indent: step } = this.#manner;
    const isScript = path.at(-1) === "bash" || path.at(-1) === "script";
    if (
      scripts === "inline" ||
      !isScript ||
      path.length > this.#manner.flowFrom ||
      /^\s|\n\s|\n\n|\s$/.test(value.replace(/\n$/, ""))
    )
      return false;
    const lines = value.replace(/\n$/, "").split("\n");
    const chomp = value.endsWith("\n") ? "" : "-";
    const pad = " ".repeat(indent + step);
    const start = this.text.length + 1;
    if (scripts === "literal") this.text += ` |${chomp}\n${lines.map((line) => pad + line).join("\n")}\n`;
    else {
      const folded = lines.map((line) =>
        foldOnce(line)
          .map((part) => pad + part)
          .join("\n"),
      );
      this.text += ` >${chomp}\n${folded.join("\n\n")}\n`;
    }
    this.quotes.set(JSON.stringify(path), "");
    this.values.set(JSON.stringify(path), { start, end: this.text.length - 1 });
    return true;
  }

  #anchor(scalar = false): void {
    if (!this.#manner.anchors) return;
    this.#anchors += 1;
    this.text += scalar ? `&n${this.#anchors} ` : ` &n${this.#anchors}`;
  }
}

/** A line in two parts, broken at a space outside of expressions. */
function foldOnce(line: string): readonly string[] {
  const depthAt = (at: number): boolean => line.lastIndexOf("${{", at) > line.lastIndexOf("}}", at);
  for (let at = line.indexOf(" ", 6); at !== -1; at = line.indexOf(" ", at + 1)) {
    const clean = line.charAt(at - 1) !== " " && line.charAt(at + 1) !== " " && line.charAt(at + 1) !== "";
    if (clean && !depthAt(at)) return [line.slice(0, at), line.slice(at + 1)];
  }
  return [line];
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Raw);
}

function isPlain(text: string, inFlow: boolean): boolean {
  if (
    !/^[A-Za-z_./$][^\n]*$/.test(text) ||
    /: |:$| #|\s$/.test(text) ||
    parse(`- ${text.replace(/[[\]{},]/g, "_")}`)[0] !== text.replace(/[[\]{},]/g, "_")
  )
    return false;
  return !inFlow || !/[[\]{},?]/.test(text);
}

function quoted(text: string, quotes: Manner["quotes"]): string {
  if (quotes === "single" && !text.includes("\n")) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text);
}

/** A case of a branch. */
export function chosen(condition: string, target: Value): Value {
  // biome-ignore lint/suspicious/noThenProperty: the language's word; nothing awaits it.
  return { if: condition, then: target };
}

import type { JsonValue } from "../lib/index.ts";
import { type ScalarOffsets, type ScalarStyle, scalarOffsets } from "./scalar-offsets.ts";
import type { SourceText, Span } from "./text.ts";

/*
 * A YAML file as a tree in which every key and every value knows its place. Aliases stand for the very
 * object that they name, so a mistake behind an anchor is one mistake.
 */

export type SourceNode = ScalarNode | MapNode | ListNode;

/** A string, number, boolean or null. Its span includes quotes and block headers. */
export class ScalarNode implements Span {
  readonly kind = "scalar";
  readonly start: number;
  readonly end: number;
  readonly value: string | number | boolean | null;
  /** The characters of the value: of `1.10` the text `1.10`, of `"a\tb"` what the escapes stand for. */
  readonly text: string;
  readonly style: ScalarStyle;
  /** It stands between brackets or braces, where those and commas end a plain scalar. */
  readonly flow: boolean;
  readonly #source: SourceText;
  #offsets: ScalarOffsets | "unknown" | undefined;

  constructor(
    source: SourceText,
    span: Span,
    content: { value: string | number | boolean | null; text: string; style: ScalarStyle; flow: boolean },
  ) {
    this.#source = source;
    this.start = span.start;
    this.end = span.end;
    this.value = content.value;
    this.text = content.text;
    this.style = content.style;
    this.flow = content.flow;
  }

  /**
   * Where in the file a stretch of `text` stands (UTF-16 offsets, `to` is the first one after it). The
   * whole scalar when that can't be told.
   */
  span(from: number, to: number): Span {
    this.#offsets ??= scalarOffsets(this.#source.slice(this), this.text, this.style) ?? "unknown";
    if (this.#offsets === "unknown") return this;
    const { starts, ends } = this.#offsets;
    const length = starts.length;
    const first = Math.max(0, Math.min(from, length));
    const last = Math.max(first, Math.min(to, length));
    const afterLast = ends[length - 1] ?? 0;
    const start = this.start + (starts[first] ?? afterLast);
    const end = last === first ? start : this.start + (ends[last - 1] ?? afterLast);
    return { start, end: Math.max(start, end) };
  }

  /** Where in `text` an offset of the file stands: the reverse of `span`. Undefined when that can't be told. */
  textOffset(offset: number): number | undefined {
    this.span(0, 0);
    if (this.#offsets === undefined || this.#offsets === "unknown") return undefined;
    const { starts } = this.#offsets;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start + (starts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export interface MapEntry {
  readonly key: string;
  /** The key as it stands in the file. */
  readonly keyNode: ScalarNode;
  readonly value: SourceNode;
}

/** A mapping. Of duplicate keys the first counts. */
export class MapNode implements Span {
  readonly kind = "map";
  readonly start: number;
  readonly end: number;
  readonly entries: readonly MapEntry[];
  readonly #byKey: ReadonlyMap<string, MapEntry>;

  constructor(span: Span, byKey: ReadonlyMap<string, MapEntry>) {
    this.start = span.start;
    this.end = span.end;
    this.#byKey = byKey;
    this.entries = [...byKey.values()];
  }

  entry(key: string): MapEntry | undefined {
    return this.#byKey.get(key);
  }

  get(key: string): SourceNode | undefined {
    return this.#byKey.get(key)?.value;
  }
}

/** A sequence. */
export class ListNode implements Span {
  readonly kind = "list";
  readonly start: number;
  readonly end: number;
  readonly items: readonly SourceNode[];

  constructor(span: Span, items: readonly SourceNode[]) {
    this.start = span.start;
    this.end = span.end;
    this.items = items;
  }
}

/** The plain value of a tree. Objects have no prototype, so that a key such as `__proto__` is only a key. */
export function toJson(node: SourceNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map": {
      const object: Record<string, JsonValue> = Object.create(null);
      for (const entry of node.entries) object[entry.key] = toJson(entry.value);
      return object;
    }
  }
}

/** The text of a string scalar; undefined for anything else. */
export function stringOf(node: SourceNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

export function numberOf(node: SourceNode | undefined): number | undefined {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

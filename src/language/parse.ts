import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { isSurelyMeant, suggest } from "../lib/index.ts";
import type { FindingFix } from "./mend.ts";
import { readOrdinaryYaml } from "./ordinary-yaml.ts";
import type { ScalarStyle } from "./scalar-offsets.ts";
import { ListNode, type MapEntry, MapNode, ScalarNode, type SourceNode } from "./source.ts";
import { syntaxProblem } from "./syntax.ts";
import type { SourceText, Span } from "./text.ts";
import type { TextProblem } from "./text-problem.ts";

/** A file after parsing. `root` is absent when its syntax is broken: what stands in it can't be trusted then. */
export interface ParsedFile {
  readonly text: SourceText;
  readonly root?: SourceNode;
  readonly problems: readonly TextProblem[];
}

/** Nodes that a file may hold with its aliases written out. Ordinary files have some hundreds. */
const NODES_MAX = 100_000;

/** How deep values may nest. Deeper ones are no pipeline, and recursion over them has to end. */
const DEPTH_MAX = 100;

const TOO_DEEP = {
  kind: "file",
  message: `values are nested more than ${DEPTH_MAX} deep`,
  hint: "flatten the file",
} as const;

/** What is YAML here. */
export const YAML_OPTIONS = {
  version: "1.2",
  schema: "core",
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/** Reads YAML 1.2. Never throws: whatever is wrong is a problem with a place inside the file. */
export function parseText(text: SourceText): ParsedFile {
  const root = readOrdinaryYaml(text);
  return root === undefined ? parseYaml(text) : { text, root, problems: [] };
}

/** The same by the parser of all of YAML. */
export function parseYaml(text: SourceText): ParsedFile {
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text.text, YAML_OPTIONS);
    documents = "empty" in parsed ? [] : parsed;
  } catch (error) {
    // The parser recurses: a file of nothing but brackets takes it to the end of the stack.
    if (!(error instanceof RangeError)) throw error;
    return { text, problems: [{ ...TOO_DEEP, at: { start: 0, end: 0 } }] };
  }
  const [first, ...others] = documents;
  // A `---` at the end begins a document with nothing in it, which takes nothing away from the first.
  const second = others.find((document) => document.contents !== null && !isEmpty(document.contents));
  for (const document of documents) {
    const syntax = syntaxProblem(text, document);
    if (syntax !== undefined) return { text, problems: [syntax] };
  }
  if (first?.contents === undefined || first.contents === null || isEmpty(first.contents)) {
    const hint = "a pipeline needs at least `tasks` with one task";
    return { text, problems: [{ kind: "file", at: { start: 0, end: 0 }, message: "the file is empty", hint }] };
  }
  if (second !== undefined) {
    const start = text.text.lastIndexOf("---", second.contents?.range[0] ?? second.range[0]);
    const at = { start: Math.max(start, 0), end: Math.max(start, 0) + 3 };
    const message = "a second document begins here, and a file holds one pipeline";
    return { text, problems: [{ kind: "file", at, message, hint: "move it to a file of its own" }] };
  }
  const builder = new TreeBuilder(text);
  const root = builder.build(first.contents);
  const usable = builder.problems.every((problem) => problem.kind === "duplicate_key");
  return { text, problems: builder.problems, ...(usable ? { root } : {}) };
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};

interface Built {
  readonly node: SourceNode;
  /** Nodes in it, aliases written out. */
  readonly size: number;
  /** Levels in it. */
  readonly depth: number;
  /** Where it ends, as it is written here: an alias before what it stands for. */
  readonly end: number;
}

class TreeBuilder {
  readonly problems: TextProblem[] = [];
  readonly #text: SourceText;
  /** The latest node of each anchor; "open" while that node itself is being built. */
  readonly #anchors = new Map<string, Built | "open">();
  readonly #path: string[] = [];
  /** Brackets and braces around what is being built. */
  #brackets = 0;
  #tooLarge = false;

  constructor(text: SourceText) {
    this.#text = text;
  }

  build(node: Node): SourceNode {
    return this.#build(node, 0).node;
  }

  #build(node: Node, depth: number): Built {
    const at = spanOf(node);
    if (isAlias(node)) return this.#alias(node.source, at);
    const anchor = "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, "open");
    const isFlow = (isMap(node) || isSeq(node)) && node.flow === true;
    if (isFlow) this.#brackets += 1;
    const built = this.#content(node, at, depth);
    if (isFlow) this.#brackets -= 1;
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    if (built.size > NODES_MAX && !this.#tooLarge) {
      this.#tooLarge = true;
      const message = `this holds more than ${NODES_MAX} values, its aliases written out`;
      this.problems.push({ kind: "alias", at, message, hint: "use fewer aliases inside anchors" });
    }
    return built;
  }

  #content(node: Node, at: Span, depth: number): Built {
    if (depth > DEPTH_MAX) {
      if (!this.problems.some((problem) => problem.kind === "file")) this.problems.push({ ...TOO_DEEP, at });
      return this.#nothing(at);
    }
    if (isMap(node)) return this.#map(node, at, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.#within(String(index), () => this.#build(item as Node, depth + 1)),
      );
      const span = { start: at.start, end: endOf(node, items, at) };
      return total(
        new ListNode(
          span,
          items.map((item) => item.node),
        ),
        items,
      );
    }
    if (!isScalar(node)) return this.#nothing(at);
    const style = STYLES[node.type ?? ""] ?? "plain";
    const value = node.value as string | number | boolean | null;
    const text = typeof value === "string" ? value : this.#text.slice(at);
    return this.#scalar(at, { value, text, style });
  }

  #scalar(at: Span, content: Pick<ScalarNode, "value" | "text" | "style">): Built {
    return {
      node: new ScalarNode(this.#text, at, { ...content, flow: this.#brackets > 0 }),
      size: 1,
      depth: 1,
      end: at.end,
    };
  }

  #map(node: YAMLMap, at: Span, depth: number): Built {
    const entries = new Map<string, MapEntry>();
    const children: Built[] = [];
    const values: Built[] = [];
    for (const item of node.items as readonly { key: Node; value: Node | null }[]) {
      const keyNode = this.#build(item.key, depth + 1).node;
      if (keyNode.kind !== "scalar") continue;
      const key = String(keyNode.value);
      const first = entries.get(key);
      const value = this.#within(key, () =>
        item.value === null
          ? this.#nothing({ start: keyNode.end, end: keyNode.end })
          : this.#build(item.value, depth + 1),
      );
      values.push(value);
      if (first === undefined) {
        entries.set(key, { key, keyNode, value: value.node });
        children.push(value);
      } else {
        this.problems.push({ kind: "duplicate_key", at: keyNode, key, first: first.keyNode, path: [...this.#path] });
      }
    }
    return total(new MapNode({ start: at.start, end: endOf(node, values, at) }, entries), children);
  }

  #alias(name: string, at: Span): Built {
    const target = this.#anchors.get(name);
    if (target !== undefined && target !== "open") return { ...target, end: at.end };
    if (target === "open") {
      const message = `the alias \`*${name}\` stands inside the very value that \`&${name}\` names`;
      this.problems.push({ kind: "alias", at, message, hint: "a value can't contain itself" });
    } else {
      const near = suggest(name, this.#anchors.keys());
      const message = `no anchor \`&${name}\` stands before this alias`;
      const hint = near === undefined ? `name a value with \`&${name}\` first` : `did you mean \`*${near}\`?`;
      this.problems.push({ kind: "alias", at, message, hint, fix: this.#aliasFix(name, near, at) });
    }
    return this.#nothing(at);
  }

  #aliasFix(name: string, near: string | undefined, at: Span): FindingFix | undefined {
    if (near === undefined || this.#text.slice(at) !== `*${name}`) return undefined;
    const safe = isSurelyMeant(name, near, this.#anchors.keys());
    return { title: `replace \`*${name}\` by \`*${near}\``, safe, edits: [{ at, text: `*${near}` }] };
  }

  #nothing(at: Span): Built {
    return this.#scalar(at, { value: null, text: "", style: "plain" });
  }

  #within<T>(key: string, make: () => T): T {
    this.#path.push(key);
    const made = make();
    this.#path.pop();
    return made;
  }
}

function total(node: SourceNode, children: readonly Built[]): Built {
  let size = 1;
  let depth = 0;
  for (const child of children) {
    size = Math.min(size + child.size, Number.MAX_SAFE_INTEGER);
    depth = Math.max(depth, child.depth);
  }
  return { node, size, depth: depth + 1, end: node.end };
}

/** A collection by indentation ends with the last thing in it, whatever comments and empty lines follow. */
function endOf(node: YAMLMap | YAMLSeq, items: readonly Built[], { end }: Span): number {
  return node.flow === true ? end : (items.at(-1)?.end ?? end);
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0, 0];
  return { start, end: Math.max(start, end) };
}

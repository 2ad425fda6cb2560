import type { MapEntry, SourceNode } from "../source.ts";

/** The innermost key or value at a place of a tree. */
export interface NodePlace {
  /** The keys that lead to it, its own key included; positions in lists are numbers. */
  readonly path: readonly string[];
  /** The entry of a mapping that it belongs to; absent in a list and at the root. */
  readonly entry?: MapEntry;
  /** `key`: the place is in the key. */
  readonly part: "key" | "value";
  readonly node: SourceNode;
}

/** What stands at an offset; right behind a word still counts. Undefined between the values. */
export function nodeAt(root: SourceNode, offset: number): NodePlace | undefined {
  return look(root, offset, [], undefined);
}

function look(
  node: SourceNode,
  offset: number,
  path: readonly string[],
  entry: MapEntry | undefined,
): NodePlace | undefined {
  if (node.kind === "map") {
    for (const each of node.entries) {
      const inner = [...path, each.key];
      if (covers(each.keyNode, offset)) return { path: inner, entry: each, part: "key", node: each.keyNode };
      // An alias shows a value that stands elsewhere.
      if (covers(each.value, offset)) return look(each.value, offset, inner, each);
    }
    return undefined;
  }
  if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) {
      if (covers(item, offset)) return look(item, offset, [...path, String(index)], undefined);
    }
    return undefined;
  }
  return { path, part: "value", node, ...(entry === undefined ? {} : { entry }) };
}

function covers({ start, end }: SourceNode, offset: number): boolean {
  return start <= offset && offset <= end;
}

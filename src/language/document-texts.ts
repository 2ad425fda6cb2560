import type { PipelineSource, TextSource } from "./model.ts";
import type { ParsedFile } from "./parse.ts";
import { MapNode, type SourceNode } from "./source.ts";

/** Which texts of a file that is no pipeline hold expressions, and what they may name. */
export interface DocumentTexts {
  /** The key under which they stand; absent: the whole file is made of them. */
  readonly below?: string;
  /** The names of the vars. */
  readonly vars: readonly string[];
  /** Names of secrets that are set here; other machines may have more. */
  readonly secrets: ReadonlySet<string>;
  /** Whether what stands at this path, below that key, is a credential whatever it looks like. Absent: credentials may stand here. */
  readonly isCredential?: (path: readonly string[]) => boolean;
}

/** The texts as the checks see those of a pipeline: of one that has nothing else. */
export function textsIn({ root, text }: ParsedFile, { below, vars, isCredential }: DocumentTexts): PipelineSource {
  const texts: TextSource[] = [];
  const add = (node: SourceNode, path: readonly string[]): void => {
    if (node.kind === "map") for (const { key, value } of node.entries) add(value, [...path, key]);
    else if (node.kind === "list") for (const [index, item] of node.items.entries()) add(item, [...path, `${index}`]);
    else if (typeof node.value === "string") {
      texts.push({ node, place: "connection", path, credential: isCredential?.(path) ?? false });
    }
  };
  const map = root?.kind === "map" ? root : new MapNode({ start: 0, end: 0 }, new Map());
  const start = below === undefined ? map : map.get(below);
  if (start !== undefined) add(start, []);
  return {
    text,
    root: map,
    name: "",
    nameAt: { start: 0, end: 0 },
    params: new Map(),
    env: new Map(),
    vars,
    outputs: new Map(),
    tasks: new Map(),
    taskIds: new Set(),
    texts,
  };
}

import { hasTemplate } from "./expressions/template.ts";
import type { PipelineSource } from "./model.ts";
import type { ScalarNode } from "./source.ts";

/** A folder that a task runs in, as far as it is known before a run. */
export interface WrittenFolder {
  readonly node: ScalarNode;
  /** From where the names of files begin. */
  readonly path: string;
}

/** The folders that tasks run in, but for those that are the same wherever the repository lies. */
export function foldersOf({ text, texts }: PipelineSource): readonly WrittenFolder[] {
  const slash = text.path.lastIndexOf("/");
  return texts.flatMap(({ node, place }) => {
    if (place !== "cwd" || hasTemplate(node.text) || node.text.startsWith("/")) return [];
    return [{ node, path: text.path.slice(0, slash + 1) + node.text }];
  });
}

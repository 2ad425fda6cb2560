import type { TaskSource } from "./model.ts";
import type { ScalarNode, SourceNode } from "./source.ts";

/** A task that a branch names, and where. */
export interface BranchTarget {
  readonly id: string;
  readonly at: ScalarNode;
}

export interface BranchCase {
  /** True for the case that always matches. */
  readonly otherwise: boolean;
  readonly targets: readonly BranchTarget[];
}

/** The cases of a branch, in order; empty for any other task, and for a branch that is written wrong. */
export function casesOf(task: TaskSource): readonly BranchCase[] {
  const { spec, config, node } = task.operator ?? {};
  if (spec === undefined || node === undefined || config === undefined || !spec.branch) return [];
  const cases = spec.cases?.(config) ?? [{ targets: spec.targets?.(config) ?? [] }];
  const texts = textsIn(node);
  let next = 0;
  return cases.map((each) => ({
    otherwise: !("if" in each) || each.if === undefined,
    targets: each.targets.flatMap((id) => {
      const found = texts.findIndex((text, index) => index >= next && text.value === id);
      const at = texts[found];
      if (at === undefined) return [];
      next = found + 1;
      return [{ id, at }];
    }),
  }));
}

/** Every task that a branch names, in the order written, with duplicates. */
export function targetsOf(task: TaskSource): readonly BranchTarget[] {
  return casesOf(task).flatMap((each) => each.targets);
}

/** The texts in a node that are no conditions, in the order of the file. */
function textsIn(node: SourceNode): readonly ScalarNode[] {
  if (node.kind === "scalar") return [node];
  if (node.kind === "list") return node.items.flatMap(textsIn);
  return node.entries.filter((entry) => entry.key !== "if").flatMap((entry) => textsIn(entry.value));
}

/** One task of a pipeline, as far as its place in the tree goes. */
export interface TreeTask {
  readonly id: string;
  readonly needs: readonly string[];
}

/** A row of the tree: the task, and the connector that is drawn before it. */
export interface TreeRow {
  readonly id: string;
  readonly prefix: string;
}

/** Columns that connectors may take; tasks deeper than that are drawn at this depth. */
const PREFIX_MAX = 16;

/**
 * Lays a pipeline out as a tree of rows, upstreams before downstreams.
 *
 * A task hangs below the nearest task that everything leading to it passes through (its dominator),
 * so a join stands after its branches and not under one of them. An only child continues the line of
 * its parent without indentation, so a chain stays a plain list. Needs that name no task are ignored.
 */
export function layOutTree(tasks: readonly TreeTask[]): readonly TreeRow[] {
  const order = topologicalOrder(tasks);
  const children = dominatorTree(order);
  const rows: TreeRow[] = [];
  // An explicit stack: a chain of 10,000 tasks must not exhaust the call stack.
  const stack: { id: string; prefix: string; below: string }[] = [];
  const pushChildren = (parent: string | undefined, indent: string) => {
    const below = children.get(parent) ?? [];
    const only = below.length === 1;
    for (const [back, id] of [...below].reverse().entries()) {
      if (only) stack.push({ id, prefix: indent, below: indent });
      else
        stack.push({
          id,
          prefix: `${indent}${back === 0 ? "└ " : "├ "}`,
          below: `${indent}${back === 0 ? "  " : "│ "}`,
        });
    }
  };
  pushChildren(undefined, "");
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    rows.push({ id: top.id, prefix: top.prefix.slice(0, PREFIX_MAX) });
    pushChildren(top.id, top.below);
  }
  return rows;
}

/** Upstreams first; among those that are ready, in the order in which they are written. Tasks of a cycle come last. */
export function topologicalOrder(tasks: readonly TreeTask[]): readonly TreeTask[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const open = new Map<string, number>();
  const downstream = new Map<string, string[]>();
  for (const task of tasks) {
    const needs = [...new Set(task.needs)].filter((need) => byId.has(need));
    open.set(task.id, needs.length);
    for (const need of needs) {
      const list = downstream.get(need);
      if (list === undefined) downstream.set(need, [task.id]);
      else list.push(task.id);
    }
  }
  const order: TreeTask[] = [];
  const ready = tasks.filter((task) => open.get(task.id) === 0);
  for (let next = 0; next < ready.length; next++) {
    const task = ready[next] as TreeTask;
    order.push(task);
    for (const id of downstream.get(task.id) ?? []) {
      const left = (open.get(id) ?? 0) - 1;
      open.set(id, left);
      if (left === 0) ready.push(byId.get(id) as TreeTask);
    }
  }
  if (order.length < tasks.length) order.push(...tasks.filter((task) => (open.get(task.id) ?? 0) > 0));
  return order;
}

/** Children by parent in the tree of immediate dominators; `undefined` is the parent of the roots. */
function dominatorTree(order: readonly TreeTask[]): Map<string | undefined, string[]> {
  const placed = new Map<string, { parent: string | undefined; depth: number }>();
  const depthOf = (id: string | undefined) => (id === undefined ? 0 : (placed.get(id)?.depth ?? 0));
  const parentOf = (id: string) => placed.get(id)?.parent;
  const children = new Map<string | undefined, string[]>();
  for (const task of order) {
    let parent: string | undefined;
    let first = true;
    for (const need of task.needs) {
      if (!placed.has(need)) continue;
      if (first) {
        parent = need;
        first = false;
        continue;
      }
      let other: string | undefined = need;
      while (parent !== other) {
        if (depthOf(parent) >= depthOf(other)) parent = parent === undefined ? undefined : parentOf(parent);
        else other = other === undefined ? undefined : parentOf(other);
      }
    }
    placed.set(task.id, { parent, depth: depthOf(parent) + 1 });
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [task.id]);
    else siblings.push(task.id);
  }
  return children;
}

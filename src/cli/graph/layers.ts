import { type TreeTask, topologicalOrder } from "../live/tree.ts";

/*
 * The first two steps of a layered drawing: every task gets a layer below all that it needs, and every
 * layer gets an order in which few lines cross. A line over several layers is held by a bend in each
 * layer between; the lines that leave one task share their bends.
 */

/** A task, or a bend of the lines that leave one task. */
export interface Vertex {
  /** The task's id; absent in a bend. */
  readonly task?: string;
  readonly layer: number;
  readonly up: Vertex[];
  readonly down: Vertex[];
}

/** Vertices by layer, each layer in the order in which it is drawn. */
export type Layers = Vertex[][];

/**
 * Bends that one drawing may have. A picture with so many lines over so many layers says nothing any more,
 * and would take minutes.
 */
const BENDS_MAX = 100_000;

/** Thrown for a graph that no picture can hold. */
export class TooTangledError extends Error {}

/** Sweeps over all layers; the order hardly gets better after these. */
const SWEEPS = 8;

/**
 * Lays tasks out in layers. Needs that name no task are ignored; the tasks must hold no cycle.
 * Throws a `TooTangledError` for too large a graph.
 */
export function layOutLayers(tasks: readonly TreeTask[]): Layers {
  const layers = connect(topologicalOrder(tasks));
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    if (sweep % 2 === 0) for (const layer of layers.slice(1)) sortBy(layer, "up", layers);
    else for (const layer of layers.slice(0, -1).reverse()) sortBy(layer, "down", layers);
    const count = crossings(layers);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  return best;
}

function connect(order: readonly TreeTask[]): Layers {
  const layerOf = assignLayers(order);
  const vertices = new Map(order.map(({ id }) => [id, vertex(layerOf.get(id) ?? 0, id)]));
  const layers: Layers = [];
  // Depth first from each root, so that what belongs together starts side by side.
  const below = new Map<string, Vertex[]>();
  for (const { id, needs } of order) {
    for (const need of new Set(needs)) {
      const list = below.get(need);
      if (list === undefined) below.set(need, [vertices.get(id) as Vertex]);
      else list.push(vertices.get(id) as Vertex);
    }
  }
  const placed = new Set<Vertex>();
  let bends = 0;
  const place = (each: Vertex): void => {
    placed.add(each);
    if (each.task === undefined && ++bends > BENDS_MAX) throw new TooTangledError(`more than ${BENDS_MAX} bends`);
    layers[each.layer] ??= [];
    layers[each.layer]?.push(each);
  };
  for (const root of order) {
    const stack = [vertices.get(root.id) as Vertex];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (placed.has(top) || top.task === undefined) continue;
      place(top);
      const targets = below.get(top.task) ?? [];
      link(top, targets, place);
      stack.push(...[...targets].reverse());
    }
  }
  return layers;
}

function vertex(layer: number, task?: string): Vertex {
  return { layer, up: [], down: [], ...(task === undefined ? {} : { task }) };
}

/** Joins a task with those that need it, through one bend in each layer between. */
function link(from: Vertex, targets: readonly Vertex[], place: (bend: Vertex) => void): void {
  const last = targets.reduce((lowest, { layer }) => Math.max(lowest, layer), from.layer);
  let above = from;
  for (let layer = from.layer + 1; layer <= last; layer++) {
    for (const target of targets) if (target.layer === layer) join(above, target);
    if (layer === last) return;
    const bend = vertex(layer);
    join(above, bend);
    place(bend);
    above = bend;
  }
}

function join(above: Vertex, below: Vertex): void {
  above.down.push(below);
  below.up.push(above);
}

/** The longest way from a task without needs; such a task itself stands right above the first that needs it. */
function assignLayers(order: readonly TreeTask[]): ReadonlyMap<string, number> {
  const layers = new Map<string, number>();
  for (const { id, needs } of order) {
    layers.set(
      id,
      needs.reduce((layer, need) => Math.max(layer, (layers.get(need) ?? -1) + 1), 0),
    );
  }
  const first = new Map<string, number>();
  for (const { id, needs } of order) {
    for (const need of needs)
      first.set(need, Math.min(first.get(need) ?? Number.POSITIVE_INFINITY, layers.get(id) ?? 0));
  }
  for (const { id, needs } of order) {
    const below = first.get(id);
    if (below !== undefined && !needs.some((need) => layers.has(need))) layers.set(id, below - 1);
  }
  return layers;
}

/** Sorts a layer by the mean place of each vertex's neighbours; a vertex without any keeps its place. */
function sortBy(layer: Vertex[], side: "up" | "down", layers: Layers): void {
  const places = new Map<Vertex, number>();
  const neighbours = layers[(layer[0]?.layer ?? 0) + (side === "up" ? -1 : 1)] ?? [];
  for (const [at, each] of neighbours.entries()) places.set(each, at);
  const means = new Map<Vertex, number>();
  for (const [at, each] of layer.entries()) {
    const near = each[side];
    // Scaled, so that a place in this layer compares with places in the other.
    const own = (at / Math.max(layer.length - 1, 1)) * Math.max(neighbours.length - 1, 0);
    means.set(each, near.length === 0 ? own : near.reduce((sum, one) => sum + (places.get(one) ?? 0), 0) / near.length);
  }
  layer.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
}

/** How many pairs of lines cross, over all layers. */
function crossings(layers: Layers): number {
  let count = 0;
  for (const [at, layer] of layers.entries()) {
    const places = new Map((layers[at + 1] ?? []).map((each, place) => [each, place]));
    const ends = layer.flatMap((each) => each.down.map((one) => places.get(one) ?? 0).sort((a, b) => a - b));
    count += inversions(ends, places.size);
  }
  return count;
}

/** Pairs that stand in the wrong order, counted with a Fenwick tree: O(n log n). */
function inversions(values: readonly number[], size: number): number {
  const tree = new Array<number>(size + 1).fill(0);
  let count = 0;
  for (const [seen, value] of values.entries()) {
    let notGreater = 0;
    for (let at = value + 1; at > 0; at -= at & -at) notGreater += tree[at] ?? 0;
    count += seen - notGreater;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return count;
}

import type { TreeTask } from "../live/tree.ts";
import { type Layers, layOutLayers, type Vertex } from "./layers.ts";
import type { BoxSize, Measures } from "./measures.ts";
import { type Net, netsOf, portGroups } from "./nets.ts";
import { spread } from "./spread.ts";

/*
 * Where everything of a layered drawing stands, in the axes of measures.ts.
 */

export interface Box {
  readonly task: string;
  readonly along: number;
  readonly across: number;
  readonly alongSize: number;
  readonly acrossSize: number;
  /** Where lines leave. */
  readonly out: number;
}

/** Lines that belong together: they go across from each start to the track, along it, and on to each end. */
export interface PlacedNet {
  readonly starts: readonly NetEnd[];
  readonly ends: readonly NetEnd[];
  readonly track: number;
}

export interface NetEnd {
  readonly along: number;
  readonly across: number;
  /** The task that it leaves or leads into; absent where the line goes on. */
  readonly task?: string;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly nets: readonly PlacedNet[];
  readonly alongSize: number;
  readonly acrossSize: number;
}

/** Rounds over the layers, down and up in turn, that settle the places. */
const ROUNDS = 8;
/** Bends mind more than boxes: long lines should be straight. */
const BEND_WEIGHT = 4;

/** Lays tasks out in layers, with the lines between them. Needs that name no task are ignored; the tasks must hold no cycle. */
export function layOut(tasks: readonly TreeTask[], measures: Measures): Layout {
  const layers = layOutLayers(tasks);
  const sizes = new Map(layers.flat().map((each) => [each, sizeOf(each, measures)]));
  const places = placeAlong(layers, sizes, measures);
  const boxes: Box[] = [];
  const nets: PlacedNet[] = [];
  let across = 0;
  let alongSize = 0;
  for (const [at, layer] of layers.entries()) {
    let end = across;
    for (const each of layer) {
      const size = sizes.get(each) as BoxSize;
      const out = places.get(each) ?? 0;
      end = Math.max(end, across + size.across);
      alongSize = Math.max(alongSize, out + size.after + measures.line);
      if (each.task === undefined) continue;
      const alongSizeOfBox = size.before + size.after + measures.line;
      boxes.push({
        task: each.task,
        along: out - size.before,
        across,
        alongSize: alongSizeOfBox,
        acrossSize: size.across,
        out,
      });
    }
    if (at === layers.length - 1) return { boxes, nets, alongSize, acrossSize: end };
    const { nets: between, tracks } = netsOf(layer, layers[at + 1] ?? [], sizes, places, measures);
    const next = end + 2 * measures.layerGap + (Math.max(tracks, 1) - 1) * measures.trackGap + measures.line;
    for (const net of between) nets.push(placeNet(net, across, end, next, sizes, measures));
    across = next;
  }
  return { boxes, nets, alongSize, acrossSize: across };
}

function placeNet(
  net: Net,
  layer: number,
  end: number,
  next: number,
  sizes: ReadonlyMap<Vertex, BoxSize>,
  measures: Measures,
): PlacedNet {
  const named = (vertex: Vertex): { task?: string } => (vertex.task === undefined ? {} : { task: vertex.task });
  return {
    // A bend is nothing but a line: it starts where its layer does.
    starts: net.starts.map(({ vertex, along }) => ({
      along,
      across: vertex.task === undefined ? layer : layer + (sizes.get(vertex)?.across ?? 0),
      ...named(vertex),
    })),
    ends: net.ends.map(({ vertex, along }) => ({ along, across: next, ...named(vertex) })),
    track: end + measures.layerGap + net.track * measures.trackGap,
  };
}

function sizeOf(vertex: Vertex, measures: Measures): BoxSize {
  if (vertex.task === undefined) return { before: 0, after: 0, across: 0 };
  return measures.size(vertex.task, portGroups(vertex).length);
}

/** The place along of each vertex's way out, from 0. */
function placeAlong(
  layers: Layers,
  sizes: ReadonlyMap<Vertex, BoxSize>,
  measures: Measures,
): ReadonlyMap<Vertex, number> {
  const places = new Map<Vertex, number>();
  const settle = (layer: readonly Vertex[], sides: readonly ("up" | "down")[]): void => {
    const wishes = layer.map((each) => ({
      ...(sizes.get(each) as BoxSize),
      wish: wishOf(each, sides, places),
      weight: each.task === undefined ? BEND_WEIGHT : 1,
    }));
    const settled = spread(wishes, measures.gap + measures.line);
    for (const [at, each] of layer.entries()) places.set(each, settled[at] ?? 0);
  };
  for (const layer of layers) settle(layer, ["up"]);
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) for (const layer of [...layers].reverse()) settle(layer, ["down", "up"]);
    else for (const layer of layers) settle(layer, ["up", "down"]);
  }
  for (const chain of bendChains(layers)) straighten(chain, layers, sizes, places, measures);
  for (const [at, layer] of layers.entries()) partSwapped(layer, layers[at - 1] ?? [], places);
  const least = Math.min(
    ...layers.map(([first]) => (first === undefined ? 0 : (places.get(first) ?? 0) - (sizes.get(first)?.before ?? 0))),
  );
  return new Map([...places].map(([each, at]) => [each, at - least]));
}

/** The mean place of the neighbours on the first side that has any; where it stands already when none has. */
function wishOf(vertex: Vertex, sides: readonly ("up" | "down")[], places: ReadonlyMap<Vertex, number>): number {
  for (const side of sides) {
    const near = vertex[side].flatMap((each) => places.get(each) ?? []);
    if (near.length > 0) return near.reduce((sum, at) => sum + at, 0) / near.length;
  }
  return places.get(vertex) ?? 0;
}

/** The bends of each line over several layers, from the top. */
function bendChains(layers: Layers): readonly (readonly Vertex[])[] {
  const chains: Vertex[][] = [];
  for (const first of layers.flat()) {
    if (first.task !== undefined || first.up[0]?.task === undefined) continue;
    const chain = [first];
    for (let next = first; ; ) {
      const below = next.down.find(({ task }) => task === undefined);
      if (below === undefined) break;
      chain.push(below);
      next = below;
    }
    chains.push(chain);
  }
  return chains;
}

/** Puts the bends of a line below each other, where what stands beside them leaves a way. */
function straighten(
  chain: readonly Vertex[],
  layers: Layers,
  sizes: ReadonlyMap<Vertex, BoxSize>,
  places: Map<Vertex, number>,
  measures: Measures,
): void {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const bend of chain) {
    const layer = layers[bend.layer] ?? [];
    const at = layer.indexOf(bend);
    const [left, right] = [layer[at - 1], layer[at + 1]];
    const gap = measures.gap + measures.line;
    if (left !== undefined) least = Math.max(least, (places.get(left) ?? 0) + (sizes.get(left)?.after ?? 0) + gap);
    if (right !== undefined) most = Math.min(most, (places.get(right) ?? 0) - (sizes.get(right)?.before ?? 0) - gap);
    sum += places.get(bend) ?? 0;
  }
  if (least > most) return;
  const along = Math.max(least, Math.min(most, Math.round(sum / chain.length)));
  for (const bend of chain) places.set(bend, along);
}

/**
 * Two bends that stand each right below where the other one's line comes from would send their lines through
 * the same stretch, whichever turns first. One of them moves a little aside.
 */
function partSwapped(layer: readonly Vertex[], above: readonly Vertex[], places: Map<Vertex, number>): void {
  const upper = new Map(above.map((vertex) => [places.get(vertex) ?? 0, vertex]));
  for (const bend of layer) {
    const [from] = bend.up;
    const over = upper.get(places.get(bend) ?? 0);
    if (bend.task !== undefined || from === undefined || over === undefined || over === from) continue;
    const swapped = over.down.some((other) => other !== bend && places.get(other) === places.get(from));
    if (swapped) places.set(bend, (places.get(bend) ?? 0) + 1);
  }
}

import type { Vertex } from "./layers.ts";
import type { BoxSize, Measures } from "./measures.ts";
import { spread } from "./spread.ts";

/*
 * The lines between two layers. Lines are drawn as one net where that can't be read wrongly: all lines
 * from one vertex to several, and all lines into one task from vertices that lead nowhere else. Different
 * nets have different ways into a box, and never share a stretch.
 */

export interface Net {
  readonly starts: readonly NetPoint[];
  readonly ends: readonly NetPoint[];
  /** Which of the lines between the layers it runs along, from 0 at the upper layer. */
  readonly track: number;
}

interface NetPoint {
  readonly vertex: Vertex;
  readonly along: number;
}

interface OpenNet {
  readonly starts: readonly NetPoint[];
  readonly ends: readonly NetPoint[];
  readonly first: number;
  readonly last: number;
}

/** The vertices above, by the way in that they use. */
export function portGroups(vertex: Vertex): readonly (readonly Vertex[])[] {
  const alone = vertex.up.filter(({ down }) => down.length === 1);
  const others = vertex.up.filter(({ down }) => down.length > 1).map((each) => [each]);
  return alone.length === 0 ? others : [alone, ...others];
}

/** The nets between two layers, and how many tracks they need. A straight line needs none. */
export function netsOf(
  upper: readonly Vertex[],
  lower: readonly Vertex[],
  sizes: ReadonlyMap<Vertex, BoxSize>,
  places: ReadonlyMap<Vertex, number>,
  measures: Measures,
): { readonly nets: readonly Net[]; readonly tracks: number } {
  const at = (vertex: Vertex): NetPoint => ({ vertex, along: places.get(vertex) ?? 0 });
  const ends = new Map<Vertex, NetPoint[]>();
  const nets: OpenNet[] = [];
  const above = new Map(upper.map((each) => [places.get(each) ?? 0, each]));
  for (const vertex of lower) {
    for (const { group, along } of portsOf(vertex, above, sizes, places, measures)) {
      const [first] = group;
      if (first === undefined) continue;
      const end = { vertex, along };
      if (first.down.length === 1) nets.push(open(group.map(at), [end]));
      else ends.set(first, [...(ends.get(first) ?? []), end]);
    }
  }
  for (const vertex of upper) {
    const own = ends.get(vertex);
    if (own !== undefined) nets.push(open([at(vertex)], own));
  }
  return assignTracks(nets);
}

function open(starts: readonly NetPoint[], ends: readonly NetPoint[]): OpenNet {
  const along = [...starts, ...ends].map((point) => point.along);
  return { starts, ends, first: Math.min(...along), last: Math.max(...along) };
}

/**
 * The ways into a vertex, each as near as can be to what comes in by it, and a little aside where another vertex stands
 * right above: what leaves there would come down to the same place.
 */
function portsOf(
  vertex: Vertex,
  upper: ReadonlyMap<number, Vertex>,
  sizes: ReadonlyMap<Vertex, BoxSize>,
  places: ReadonlyMap<Vertex, number>,
  measures: Measures,
): readonly { group: readonly Vertex[]; along: number }[] {
  const center = places.get(vertex) ?? 0;
  if (vertex.task === undefined) return [{ group: vertex.up, along: center }];
  const { before, after } = sizes.get(vertex) as BoxSize;
  const least = center - before + measures.portInset;
  const most = center + after - measures.portInset;
  const aside = Math.max(Math.floor((measures.portGap + measures.line) / 2), 1);
  const isUnderAnother = (place: number, group: readonly Vertex[]): boolean => {
    const above = upper.get(place);
    return above !== undefined && above.down.length > 0 && !group.includes(above);
  };
  const wishes = portGroups(vertex)
    .map((group) => {
      const mean = group.reduce((sum, each) => sum + (places.get(each) ?? 0), 0) / group.length;
      return {
        group,
        wish: group.length > 1 ? center : Math.max(least, Math.min(most, mean)),
        mean,
        before: 0,
        after: 0,
        weight: 1,
      };
    })
    .sort((a, b) => a.wish - b.wish || a.mean - b.mean);
  const along = spread(wishes, measures.portGap + measures.line, [least, most]);
  const taken = new Set(along);
  return wishes.map(({ group }, index) => {
    const wanted = along[index] ?? center;
    if (!isUnderAnother(wanted, group)) return { group, along: wanted };
    const free = [wanted - aside, wanted + aside].find(
      (each) => each >= least && each <= most && !taken.has(each) && !isUnderAnother(each, group),
    );
    taken.add(free ?? wanted);
    return { group, along: free ?? wanted };
  });
}

/**
 * Gives every net that is not straight a track. Nets that overlap go one below the other, in the order
 * with few crossings; what is apart may share a track.
 */
function assignTracks(nets: readonly OpenNet[]): { nets: readonly Net[]; tracks: number } {
  const straight = nets.filter(({ first, last }) => first === last).map((net) => ({ ...net, track: 0 }));
  const placed: (OpenNet & Net)[] = [];
  let tracks = 0;
  for (const net of inOrder(nets.filter(({ first, last }) => first !== last))) {
    let track = 0;
    for (const above of placed) {
      if (above.last < net.first || net.last < above.first) continue;
      track = Math.max(track, above.track + 1);
    }
    placed.push({ ...net, track });
    tracks = Math.max(tracks, track + 1);
  }
  return { nets: [...straight, ...placed], tracks };
}

/** More than any number of crossings: lines of two nets on top of each other can't be read at all. */
const OVERLAP = 1e6;

/** From the upper layer down; next is always the net that does the least harm above all that are left. */
function inOrder(nets: readonly OpenNet[]): readonly OpenNet[] {
  const costs = new Map(nets.map((net) => [net, 0]));
  for (const net of nets) {
    for (const other of nets) {
      if (net !== other) costs.set(net, (costs.get(net) ?? 0) + costAbove(net, other));
    }
  }
  const order: OpenNet[] = [];
  while (costs.size > 0) {
    let next: OpenNet | undefined;
    for (const [net, cost] of costs) if (next === undefined || cost < (costs.get(next) ?? 0)) next = net;
    if (next === undefined) break;
    costs.delete(next);
    order.push(next);
    for (const [other, cost] of costs) costs.set(other, cost - costAbove(other, next));
  }
  return order;
}

/** What it costs to draw a net above another: the crossings that it adds or saves, and every stretch that both would take. */
function costAbove(above: OpenNet, below: OpenNet): number {
  if (above.last < below.first || below.last < above.first) return 0;
  const overlaps = above.ends.filter(({ along }) => below.starts.some((start) => start.along === along)).length;
  return overlaps * OVERLAP + crossingsAbove(above, below) - crossingsAbove(below, above);
}

function crossingsAbove(above: OpenNet, below: OpenNet): number {
  const down = above.ends.filter(({ along }) => along > below.first && along < below.last).length;
  return down + below.starts.filter(({ along }) => along > above.first && along < above.last).length;
}

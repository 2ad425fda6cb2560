import { Graph, layout } from "@dagrejs/dagre";
import { NODE_HEIGHT } from "./graph-size.ts";

/** A node of a graph before it has a place. */
export interface GraphNode {
  readonly id: string;
  readonly needs: readonly string[];
  /** In pixels. */
  readonly width: number;
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** The middle of each node. */
  readonly nodes: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

/** Larger graphs are laid out in the quickest way: the finest would take seconds. */
const FINE_MAX = 150;

/** Places a graph from left to right, so that few edges cross. */
export function placed(nodes: readonly GraphNode[]): Placed {
  const graph = new Graph();
  graph.setGraph({
    rankdir: "LR",
    ...{ nodesep: 14, ranksep: 46, edgesep: 8, marginx: 12, marginy: 12 },
    ranker: nodes.length > FINE_MAX ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(nodes.map(({ id }) => id));
  for (const { id, width } of nodes) graph.setNode(id, { width, height: NODE_HEIGHT });
  for (const { id, needs } of nodes) for (const need of needs) if (known.has(need)) graph.setEdge(need, id);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  const at = (id: string) => graph.node(id) as { readonly x: number; readonly y: number; readonly width: number };
  return {
    ...{ width, height },
    nodes: new Map(nodes.map(({ id }) => [id, at(id)])),
    edges: graph.edges().map(({ v, w }) => {
      const [from, to] = [at(v), at(w)];
      const { points } = graph.edge(v, w) as { readonly points: readonly { readonly x: number; readonly y: number }[] };
      // From the middle of one side to the middle of the other, whatever the angle in between.
      const ends = [
        { x: from.x + from.width / 2, y: from.y },
        { x: to.x - to.width / 2, y: to.y },
      ] as const;
      return { from: v, to: w, points: [ends[0], ...points.slice(1, -1), ends[1]] };
    }),
  };
}

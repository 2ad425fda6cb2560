import { graphOf, type PipelineGraph } from "../graph.ts";
import type { NeedSource, PipelineSource } from "../model.ts";
import type { Check, Finding } from "./check.ts";

export const dependencyCycle: Check = {
  code: "ENG301",
  name: "dependency-cycle",
  severity: "error",
  summary: "tasks need each other in a circle, so none of them can begin",
  visit: {
    pipeline(pipeline, { report }) {
      for (const circle of circlesOf(pipeline)) report(findingOf(circle, pipeline));
    },
  },
};

/** Tasks of a circle that the message names: more than fit a screen help nobody. */
const SHOWN_MAX = 50;

/** Edges of a circle that are shown with their places. */
const PLACES_MAX = 100;

/** One circle for each knot of tasks: the shortest that begins at the knot's first task in the file. */
function circlesOf(pipeline: PipelineSource): readonly (readonly string[])[] {
  const graph = graphOf(pipeline);
  const sorted = new Set(graph.sorted);
  const open = [...pipeline.tasks.keys()].filter((id) => !sorted.has(id));
  const knots = knotsOf(open, graph);
  const shown = new Set<number>();
  const circles: (readonly string[])[] = [];
  for (const id of open) {
    const knot = knots.get(id);
    // What only comes behind a circle is a knot of its own, without one.
    const inCircle = graph.needs(id).some((need) => knots.get(need) === knot);
    if (knot === undefined || shown.has(knot) || !inCircle) continue;
    shown.add(knot);
    circles.push(shortestCircle(id, pipeline));
  }
  return circles;
}

/**
 * The knot that each task belongs to, by number: tasks of one knot all come before each other. Two walks: what is left
 * last in the one direction begins the other, and reaches its knot and nothing else. Without recursion, for a circle
 * may have as many tasks as a file has room for.
 */
function knotsOf(open: readonly string[], graph: PipelineGraph): ReadonlyMap<string, number> {
  const finished: string[] = [];
  const entered = new Set<string>();
  for (const start of open) {
    if (entered.has(start)) continue;
    entered.add(start);
    const stack = [{ id: start, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = graph.needs(top.id)[top.next++];
      if (need === undefined) {
        finished.push(top.id);
        stack.pop();
      } else if (!entered.has(need)) {
        entered.add(need);
        stack.push({ id: need, next: 0 });
      }
    }
  }
  const knots = new Map<string, number>();
  for (const [number, start] of finished.reverse().entries()) {
    if (knots.has(start)) continue;
    knots.set(start, number);
    // Grows while it is walked.
    const knot = [start];
    for (const id of knot) {
      for (const dependant of graph.dependants(id)) {
        if (!entered.has(dependant) || knots.has(dependant)) continue;
        knots.set(dependant, number);
        knot.push(dependant);
      }
    }
  }
  return knots;
}

/** The tasks of a circle through `start`, each needing the next, `start` at both ends. */
function shortestCircle(start: string, pipeline: PipelineSource): readonly string[] {
  const graph = graphOf(pipeline);
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const id of queue) {
    for (const need of graph.needs(id)) {
      if (need === start) {
        const path = [start];
        for (let at = id; at !== start; at = cameFrom.get(at) ?? start) path.push(at);
        return [...path, start].reverse();
      }
      if (!cameFrom.has(need)) {
        cameFrom.set(need, id);
        queue.push(need);
      }
    }
  }
  return [start, start];
}

function findingOf(circle: readonly string[], pipeline: PipelineSource): Finding {
  const edges = circle.slice(0, -1).flatMap((id, index) => {
    const need = needOf(pipeline, id, circle[index + 1] ?? "");
    return need === undefined ? [] : [{ id, need }];
  });
  const [first, ...others] = edges;
  const at = first?.need.node ?? pipeline.root;
  if (others.length === 0) {
    return { at, message: `\`${first?.id}\` needs itself`, hint: "remove it from its own `needs`" };
  }
  return {
    at,
    message: `tasks need each other in a circle: ${inWords(circle)}`,
    hint: "remove one of these from `needs`",
    related: others
      .slice(0, PLACES_MAX)
      .map(({ id, need }) => ({ at: need.node, message: `\`${id}\` needs \`${need.id}\`` })),
  };
}

/** A long circle by its beginning and its end. */
function inWords(circle: readonly string[]): string {
  const names = circle.map((id) => `\`${id}\``);
  const left = names.length - SHOWN_MAX;
  const shown = left <= 0 ? names : [...names.slice(0, SHOWN_MAX - 1), `${left} more`, ...names.slice(-1)];
  return shown.join(" → ");
}

function needOf(pipeline: PipelineSource, id: string, need: string): NeedSource | undefined {
  return pipeline.tasks.get(id)?.needs.find((each) => each.id === need);
}

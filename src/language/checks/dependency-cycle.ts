import { graphOf } from "../graph.ts";
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

/** One circle for each knot of tasks: the shortest that begins at the knot's first task in the file. */
function circlesOf(pipeline: PipelineSource): readonly (readonly string[])[] {
  const graph = graphOf(pipeline);
  const sorted = new Set(graph.sorted);
  const seen = new Set<string>();
  const circles: (readonly string[])[] = [];
  for (const id of pipeline.tasks.keys()) {
    // What comes before nothing in a circle, or has been shown as part of one, is no news.
    if (sorted.has(id) || seen.has(id) || !graph.ancestors(id).has(id)) continue;
    circles.push(shortestCircle(id, pipeline));
    for (const before of graph.ancestors(id)) if (graph.ancestors(before).has(id)) seen.add(before);
  }
  return circles;
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
        for (let at = id; at !== start; at = cameFrom.get(at) ?? start) path.unshift(at);
        return [start, ...path];
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
    message: `tasks need each other in a circle: ${circle.map((id) => `\`${id}\``).join(" → ")}`,
    hint: "remove one of these from `needs`",
    related: others.map(({ id, need }) => ({ at: need.node, message: `\`${id}\` needs \`${need.id}\`` })),
  };
}

function needOf(pipeline: PipelineSource, id: string, need: string): NeedSource | undefined {
  return pipeline.tasks.get(id)?.needs.find((each) => each.id === need);
}

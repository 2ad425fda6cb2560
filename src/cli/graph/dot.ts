import { detailsOf, type Graph, type GraphTask } from "./model.ts";

/** Writes a graph in the DOT language of Graphviz. */
export function renderDot(graph: Graph): string {
  const lines = [
    `digraph ${quote(graph.pipeline)} {`,
    "  rankdir=TB;",
    '  node [shape=box, style=rounded, fontname="monospace"];',
    '  edge [fontname="monospace"];',
  ];
  for (const task of graph.tasks) lines.push(`  ${quote(task.id)} [${attributes(task)}];`);
  for (const { from, to, condition } of graph.edges) {
    lines.push(`  ${quote(from)} -> ${quote(to)}${condition === undefined ? "" : ` [label=${quote(condition)}]`};`);
  }
  return `${lines.join("\n")}\n}\n`;
}

function attributes(task: GraphTask): string {
  const { cases, ...rest } = task;
  const label = `label=${quote([`${task.id} (${task.operator})`, ...detailsOf(rest)].join("\n"))}`;
  return cases === undefined ? label : `${label}, shape=diamond`;
}

/** A quoted string. A backslash is doubled, as DOT would read it as the start of an escape; a line end becomes `\n`. */
function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(/\r?\n/g, "\\n").replaceAll("\0", "")}"`;
}

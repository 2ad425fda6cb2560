import type { Graph, GraphTask } from "./model.ts";
import { detailsOf } from "./model.ts";

/**
 * Writes a graph as a Mermaid flowchart. Tasks are called t0, t1 … there: an id such as `end` is a word of
 * Mermaid's own. What people wrote stands in labels, escaped.
 */
export function renderMermaid(graph: Graph): string {
  const names = new Map(graph.tasks.map(({ id }, at) => [id, `t${at}`]));
  const lines = ["flowchart TD"];
  for (const task of graph.tasks) lines.push(`  ${names.get(task.id)}${shape(task)}`);
  for (const { from, to, condition } of graph.edges) {
    const label = condition === undefined ? "" : `|"${escapeLabel(condition)}"|`;
    lines.push(`  ${names.get(from)} -->${label} ${names.get(to)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Branches are diamonds, all others boxes. A branch's cases stand at its lines. */
function shape(task: GraphTask): string {
  const { cases, ...rest } = task;
  const rows = [`<b>${escapeLabel(task.id)}</b>`, escapeLabel(task.operator), ...detailsOf(rest).map(escapeLabel)];
  return cases === undefined ? `["${rows.join("<br>")}"]` : `{"${rows.join("<br>")}"}`;
}

/** Everything but letters, digits and harmless signs becomes an entity in Mermaid's form, `#34;`. */
function escapeLabel(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N} _.,:()/+=!?-]/gu, (character) => `#${character.codePointAt(0)};`);
}

/*
 * The pipelines that are measured, as YAML.
 */

/** One task after the other, each with the same to do. */
export function chain(tasks: number, operator = 'bash: "true"'): string {
  const lines = ["tasks:"];
  for (let i = 0; i < tasks; i++) {
    lines.push(`  task_${i}:`, ...(i > 0 ? [`    needs: task_${i - 1}`] : []), `    ${operator}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Tasks that know nothing of each other, a few at a time. */
export function wide(tasks: number, at_once: number): string {
  const lines = [`max_active_tasks: ${at_once}`, "tasks:"];
  for (let i = 0; i < tasks; i++) lines.push(`  task_${i}:`, '    bash: "true"');
  return `${lines.join("\n")}\n`;
}

/** Sensors that look every minute for what never comes. */
export function sensors(tasks: number): string {
  const lines = ["tasks:"];
  for (let i = 0; i < tasks; i++) lines.push(`  task_${i}:`, `    sensor: { file: never/file_${i}, interval: 60s }`);
  return `${lines.join("\n")}\n`;
}

/** As many upstreams as a task has at most in a random graph: it grows with the tasks, and no faster. */
const NEEDS_MAX = 3;

/** Tasks that do nothing, each after up to three random ones before it. The same graph each time. */
export function randomGraph(tasks: number): string {
  let state = tasks;
  // A linear congruential generator, the low bits left out because they repeat soon.
  const below = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const lines = ["tasks:"];
  for (let i = 0; i < tasks; i++) {
    const needs = new Set<number>();
    for (let n = below(NEEDS_MAX + 1); n > 0 && i > 0; n--) needs.add(below(i));
    lines.push(`  task_${i}:`);
    if (needs.size > 0) lines.push(`    needs: [${[...needs].map((n) => `task_${n}`).join(", ")}]`);
    lines.push("    noop: {}");
  }
  return `${lines.join("\n")}\n`;
}

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

/** A sensor for each of so many files that never come. */
export function sensors(files: number): string {
  const items = Array.from({ length: files }, (_, i) => i).join(", ");
  return `tasks:\n  wait:\n    for_each: [${items}]\n    sensor: { file: "never/file_\${{ item }}", interval: 60s }\n    timeout: 1d\n`;
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

/** A pipeline of 100 lines as people write them, without a finding; no two are alike. */
export function ordinary(number: number): string {
  const name = `shop_${number}`;
  return `# Loads and checks the orders of one shop, each night.
name: ${name}
description: Orders of shop ${number}, ready for reports by the morning
owner: data-team
tags: [orders, "shop-${number % 10}"]

schedule:
  cron: "${number % 60} ${number % 6} * * *"
  timezone: UTC

params:
  limit: { type: integer, default: ${1000 + number}, minimum: 1 }
  threshold: { type: number, default: 0.9, minimum: 0, maximum: 1 }
  mode:
    type: string
    enum: [full, delta]
    default: delta

timeout: 4h

env:
  OUT: out/\${{ run.id }}
  SHOP: "${number}"

defaults:
  timeout: 20m
  retries:
    count: 2
    delay: 30s

tasks:
  extract:
    doc: Fetches what was ordered since the last run.
    bash: |
      mkdir -p "$OUT"
      scripts/extract --shop "$SHOP" --limit \${{ params.limit }} --into "$OUT/orders.json"
      echo "path=$OUT/orders.json" >> "$ENGINE_OUTPUT"
      echo "rows=$(wc -l < "$OUT/orders.json")" >> "$ENGINE_OUTPUT"
    outputs:
      path: string
      rows: integer

  customers:
    doc: Fetches the customers who ordered.
    bash: |
      mkdir -p "$OUT"
      scripts/customers --shop "$SHOP" > "$OUT/customers.json"
      echo "path=$OUT/customers.json" >> "$ENGINE_OUTPUT"
    outputs:
      path: string

  join:
    doc: Puts orders and customers together.
    needs: [extract, customers]
    bash: |
      scripts/join \\
        --orders \${{ tasks.extract.outputs.path }} \\
        --customers \${{ tasks.customers.outputs.path }} \\
        --into "$OUT/joined.json"
      echo "path=$OUT/joined.json" >> "$ENGINE_OUTPUT"
      echo "share=0.97" >> "$ENGINE_OUTPUT"
    env:
      MODE: \${{ params.mode }}
    outputs:
      path: string
      share: number

  check:
    doc: Are there enough customers to go on?
    needs: join
    branch:
      - if: \${{ tasks.join.outputs.share >= params.threshold }}
        then: publish
      - else: complain

  publish:
    doc: Hands the result to the reports.
    needs: check
    bash: scripts/publish \${{ tasks.join.outputs.path }}
    retries:
      count: 5
      delay: 1m
      backoff: exponential
      max_delay: 10m

  complain:
    doc: Tells the team that the data are not good enough.
    needs: check
    bash: echo "only a share of \${{ tasks.join.outputs.share }} could be joined"
    timeout: 1m

  clean_up:
    doc: Leaves nothing behind, whatever happened.
    needs: [publish, complain]
    trigger_rule: all_done
    bash: rm -rf "$OUT"
    timeout: 5m
`;
}

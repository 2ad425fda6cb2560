import type { Check } from "./check.ts";

export const unsatisfiableResources: Check = {
  code: "ENG604",
  name: "unsatisfiable-resources",
  severity: "error",
  summary: "a task asks for more slots than its pool has",
  suppressible: true,
  conditional: true,
  visit: {
    task(task, { defaults, defaultPool }, { options: { pools }, report }) {
      const pool = task.pool ?? defaultPool;
      const wanted = task.node.get("pool_slots") ?? defaults?.get("pool_slots");
      if (pool === undefined || wanted?.kind !== "scalar" || typeof wanted.value !== "number") return;
      const slots = pools?.get(pool.text);
      if (slots === undefined || wanted.value <= slots) return;
      report({
        at: wanted,
        message: `the pool \`${pool.text}\` has ${slots} ${slots === 1 ? "slot" : "slots"}, so ${wanted.value} are never free and the task would wait for ever`,
        hint: `ask for at most ${slots}, or give the pool more under \`pools\` in engine.yaml`,
        related: [{ at: pool, message: "the pool" }],
      });
    },
  },
};

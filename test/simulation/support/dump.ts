import type { Run } from "../../../src/core/index.ts";
import { recordOf } from "../../../src/core/run-record.ts";

/** Everything that a run knows, its indexes included, as text that two equal runs have in common. */
export function dumpRun(run: Run): string {
  const record = recordOf(run);
  const orders = (tasks: Iterable<{ readonly order: number }>) => Array.from(tasks, (task) => task.order).sort();
  const timers = [...record.timers.keys()].sort().map((key) => [key, record.timers.get(key)?.at]);
  return JSON.stringify({
    head: record.head,
    task_runs: [...record.task_runs.values()].map((task) => Object.entries(task).sort()),
    open: orders(record.open),
    bad: orders(record.bad),
    queued: [...record.queued].sort(),
    live: [...record.live].sort(),
    timers,
    notifications: [...record.notifications].sort(([a], [b]) => a - b),
    tallies: record.tasks.map((task) => record.tally(task)),
    expansions: record.tasks.map(({ plan }) => {
      const expansion = record.expansion(plan.id);
      return expansion && [expansion.count, expansion.tally];
    }),
  });
}

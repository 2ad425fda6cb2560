import type { DrivenRun } from "./driven-run.ts";

/** Task runs that have not ended, by state. A mapped task counts by its items. */
export interface OpenTasks {
  readonly queued: number;
  readonly running: number;
  readonly waiting: number;
  readonly up_for_retry: number;
}

export function countOpenTasks(runs: Iterable<DrivenRun>): OpenTasks {
  const counts = { queued: 0, running: 0, waiting: 0, up_for_retry: 0 };
  for (const { run } of runs) {
    for (const { state, items } of run.task_runs.values()) {
      if (items === undefined && Object.hasOwn(counts, state)) counts[state as keyof typeof counts] += 1;
    }
  }
  return counts;
}

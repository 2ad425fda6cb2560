import type { DrivenRun } from "./driven-run.ts";

/** Task runs of one operator that go on: with a slot, and without one because they wait. */
export interface OperatorLoad {
  readonly operator: string;
  readonly running: number;
  readonly waiting: number;
}

/** Task runs that have not ended. A mapped task counts by its items. */
export interface OpenTasks {
  readonly states: Readonly<Record<"queued" | "running" | "waiting" | "up_for_retry", number>>;
  /** Of those that run or wait: by operator, in the order of their names. */
  readonly operators: readonly OperatorLoad[];
}

type Counted = Pick<DrivenRun, "live" | "program" | "run">;

export function countOpenTasks(runs: Iterable<Counted>): OpenTasks {
  const states = { queued: 0, running: 0, waiting: 0, up_for_retry: 0 };
  const operators = new Map<string, { running: number; waiting: number }>();
  for (const driven of runs) {
    for (const { state, items } of driven.run.task_runs.values()) {
      if (items === undefined && Object.hasOwn(states, state)) states[state as keyof typeof states] += 1;
    }
    countOperators(driven, operators);
  }
  const loads = [...operators].map(([operator, count]) => ({ operator, ...count }));
  return { states, operators: loads.sort((a, b) => (a.operator < b.operator ? -1 : 1)) };
}

/** Costs as much as there are attempts that go on. */
function countOperators(
  { live, program, run }: Counted,
  counts: Map<string, { running: number; waiting: number }>,
): void {
  if (live.size === 0) return;
  const operators = new Map(program.pipeline.tasks.map(({ id, operator }) => [id, operator]));
  for (const key of live.keys()) {
    const { task = "", state } = run.task_runs.get(key) ?? {};
    const operator = operators.get(task);
    if (operator === undefined || (state !== "running" && state !== "waiting")) continue;
    const count = counts.get(operator) ?? { running: 0, waiting: 0 };
    count[state] += 1;
    counts.set(operator, count);
  }
}

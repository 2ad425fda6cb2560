import type { GraphTask } from "../components/graph.tsx";
import type { Task, TaskRun } from "../generated/api.ts";
import { path } from "./router.ts";
import { count } from "./words.ts";

/** The tasks of a pipeline as a graph shows them, in the states of a run. The items of a mapped task are one node. */
export function graphTasks(
  tasks: readonly Task[],
  task_runs: readonly TaskRun[],
  run_id: string | undefined,
): readonly GraphTask[] {
  const wholes = new Map(task_runs.filter(({ index }) => index === undefined).map((row) => [row.key, row]));
  const items = Map.groupBy(
    task_runs.filter(({ index }) => index !== undefined),
    ({ task }) => task,
  );
  return tasks.map(({ id, needs, operator, for_each }) => {
    const mine = items.get(id) ?? [];
    const failed = mine.filter(({ state }) => state === "failed").length;
    const folded = mine.length === 0 ? (for_each === undefined ? "" : ", mapped") : `, ${count(mine.length, "item")}`;
    return {
      ...{ id, needs, note: `${operator}${folded}${failed > 0 ? `, ${failed} failed` : ""}` },
      state: run_id === undefined ? undefined : (wholes.get(id)?.state ?? "none"),
      href: run_id === undefined ? undefined : path("runs", run_id, "tasks", id),
    };
  });
}

import type { Run, RunEvent } from "./model.ts";
import type { TaskId, TaskKey } from "./names.ts";
import { recordOf } from "./run-record.ts";
import { itemKey } from "./task-run.ts";

/** The task runs that these events changed, each once. The run is as it is after them. */
export function touched(run: Run, events: Iterable<RunEvent>): Iterable<TaskKey> {
  const record = recordOf(run);
  const keys = new Set<TaskKey>();
  const addWhole = (task: TaskId) => keys.add(task as string as TaskKey);
  for (const event of events) {
    switch (event.type) {
      case "run_created":
        for (const { plan } of record.tasks) addWhole(plan.id);
        break;
      case "task_expanded":
        addWhole(event.task);
        for (let index = 0; index < event.items.length; index++) keys.add(itemKey(event.task, index));
        break;
      case "tasks_cleared":
        for (const task of event.tasks) {
          addWhole(task);
          for (const item of record.everyItem(task)) keys.add(item.key);
        }
        for (const key of event.items ?? []) {
          keys.add(key);
          addWhole(record.taskRun(key).task);
        }
        break;
      default:
        if ("key" in event) keys.add(event.key);
    }
  }
  return keys;
}

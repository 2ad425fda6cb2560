import { apply } from "./evolve.ts";
import type { RunEvent, RunEventBody, TaskRun } from "./model.ts";
import type { EpochMs } from "./names.ts";
import { notificationsOf } from "./notifications.ts";
import type { PlannedTask } from "./plan-index.ts";
import type { RunRecord } from "./run-record.ts";

/** One decision in the making: what was decided so far, and which tasks must be looked at because of it. */
export class Turn {
  readonly record: RunRecord;
  /** The time of the decision; never before the last event. */
  readonly now: EpochMs;
  readonly events: RunEvent[] = [];
  readonly #to_look_at = new Set<PlannedTask>();

  constructor(record: RunRecord, now: EpochMs) {
    this.record = record;
    this.now = Math.max(now, record.head.last_at);
  }

  /** Records what happened. The run is changed at once, so that what follows is decided on the new state. */
  emit(body: RunEventBody): void {
    const event: RunEvent = { ...body, seq: this.record.seq + 1, at: this.now };
    apply(this.record, event);
    this.events.push(event);
    if (event.type === "task_finished") this.#decided(this.record.taskRun(event.key));
    for (const request of notificationsOf(this.record, event, this.events)) this.emit(request);
  }

  /** A whole task concerns the tasks that need it, an item the mapped task that it belongs to. */
  #decided(task: TaskRun): void {
    const planned = this.record.planned(task.task);
    if (task.index !== undefined) this.lookAt(planned);
    else for (const dependant of planned.dependants) this.lookAt(dependant);
  }

  lookAt(task: PlannedTask): void {
    this.#to_look_at.add(task);
  }

  /** The next task to look at, in the order in which they came up. */
  nextToLookAt(): PlannedTask | undefined {
    for (const task of this.#to_look_at) {
      this.#to_look_at.delete(task);
      return task;
    }
    return undefined;
  }
}

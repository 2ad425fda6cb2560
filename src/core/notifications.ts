import type { ChannelCounts, NotificationCause, NotificationRequested, RunEvent } from "./model.ts";
import type { TaskKey } from "./names.ts";
import type { Failure } from "./outcome.ts";
import type { RunRecord } from "./run-record.ts";

/** Whom an event that was just recorded is to be told to. `before` are the events of the same decision. */
export function notificationsOf(
  record: RunRecord,
  event: RunEvent,
  before: readonly RunEvent[],
): NotificationRequested[] {
  const { plan } = record;
  switch (event.type) {
    case "task_finished": {
      const { key, state, by } = event;
      // Whoever decides by hand knows. Of a mapped task each item tells, not the whole.
      if (by !== undefined || record.taskRun(key).items !== undefined) return [];
      const own = record.planned(record.taskRun(key).task).plan.notify;
      if (state === "success") return requests("task", own, "on_success", { key });
      return state === "failed" ? requests("task", own, "on_failure", { key }) : [];
    }
    case "retry_scheduled": {
      const { key, attempt } = event;
      const own = record.planned(record.taskRun(key).task).plan.notify;
      if (own.on_retry === undefined && plan.notify.on_retry === undefined) return [];
      const failure = failureOf(before, key);
      const about = { key, attempt, ...(failure !== undefined && { failure }) };
      return [...requests("task", own, "on_retry", about), ...requests("pipeline", plan.notify, "on_retry", about)];
    }
    case "run_finished":
      if (event.state === "success") return requests("pipeline", plan.notify, "on_success", {});
      return event.state === "failed" ? requests("pipeline", plan.notify, "on_failure", {}) : [];
    default:
      return [];
  }
}

function requests(
  of: "task" | "pipeline",
  channels: ChannelCounts,
  on: NotificationCause,
  about: Pick<NotificationRequested, "key" | "attempt" | "failure">,
): NotificationRequested[] {
  const count = channels[on] ?? 0;
  return Array.from({ length: count }, (_, channel) => ({ type: "notification_requested", on, of, channel, ...about }));
}

/** Why the attempt failed that a retry follows. */
function failureOf(before: readonly RunEvent[], key: TaskKey): Failure | undefined {
  const ended = before.findLast((event) => event.type === "attempt_ended" && event.key === key);
  return ended?.type === "attempt_ended" && ended.outcome.state === "failed" ? ended.outcome.failure : undefined;
}

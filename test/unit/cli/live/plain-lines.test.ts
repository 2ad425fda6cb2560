import { describe, expect, test } from "vitest";
import { plainLine } from "../../../../src/cli/live/plain-lines.ts";
import { eventOf, T0, taskRun } from "./sources.ts";

const context = {
  run_id: "r1",
  pipeline: "training",
  task_runs: new Map([["train", taskRun("train", "running")]]),
};

const AT = "2026-01-31T02:00:00Z";

describe("plainLine", () => {
  test.each([
    [eventOf({ type: "run_created" }), "training: run r1 created"],
    [eventOf({ type: "task_expanded", task: "fan", items: [1, 2] }), "fan: 2 items"],
    [eventOf({ type: "attempt_started", key: "train", attempt: 1 }), "train: running"],
    [eventOf({ type: "attempt_started", key: "train", attempt: 2 }), "train: running (attempt 2)"],
    [
      eventOf({
        type: "attempt_ended",
        key: "train",
        attempt: 1,
        outcome: { state: "failed", failure: { reason: "exit_code", message: "exit code 3" } },
      }),
      "train: attempt 1 failed: exit code 3",
    ],
    [
      eventOf({ type: "retry_scheduled", key: "train", attempt: 1, ready_at: T0 + 5_000, why: "failed" }),
      "train: up_for_retry, attempt 2 in 5.0s",
    ],
    [eventOf({ type: "attempt_waiting", key: "train", attempt: 1 }), "train: waiting"],
    [eventOf({ type: "attempt_stopping", key: "train", attempt: 1, why: "timeout" }), "train: stopping (timeout)"],
    [eventOf({ type: "task_finished", key: "train", state: "success", at: T0 + 3_500 }), "train: success after 2.5s"],
    [
      eventOf({ type: "task_finished", key: "tell", state: "skipped", why: "branch check chose otherwise" }),
      "tell: skipped (branch check chose otherwise)",
    ],
    [
      eventOf({ type: "task_finished", key: "tell", state: "success", by: "ann", why: "marked success by ann" }),
      "tell: success (marked success by ann)",
    ],
    [
      eventOf({
        type: "attempt_ended",
        key: "train",
        attempt: 1,
        outcome: { state: "success", warnings: ["metric share is left out: it is no number", "late"] },
      }),
      "train: warning: metric share is left out: it is no number; late",
    ],
    [
      eventOf({ type: "notification_ended", notification: 3, problem: "webhook: no route" }),
      "training: a notification failed: webhook: no route",
    ],
    [eventOf({ type: "cancel_accepted", by: "ann", why: "enough" }), "training: cancelling, asked by ann (enough)"],
    [eventOf({ type: "tasks_cleared", tasks: ["a", "b"], by: "ann" }), "training: a, b run again, asked by ann"],
    [
      eventOf({ type: "run_finished", state: "failed", why: "task train failed" }),
      "training: failed: task train failed",
    ],
  ])("%o", (event, text) => {
    const line = plainLine(event, context);
    expect(line?.slice(AT.length + 1)).toBe(text);
    expect(line).toMatch(/^2026-01-31T02:00:0\dZ /);
  });

  test("says nothing of events that only matter to the engine", () => {
    expect(plainLine(eventOf({ type: "task_queued", key: "train", attempt: 1 }), context)).toBeUndefined();
    const outcome = { state: "success", outputs: {} };
    expect(plainLine(eventOf({ type: "attempt_ended", key: "train", attempt: 1, outcome }), context)).toBeUndefined();
  });

  test("is one line, whatever a message holds", () => {
    const failure = { reason: "exit_code", message: "first\nsecond\x1b[2J" };
    const event = eventOf({ type: "attempt_ended", key: "train", attempt: 1, outcome: { state: "failed", failure } });
    expect(plainLine(event, context)).toBe(`${AT} train: attempt 1 failed: first second`);
  });
});

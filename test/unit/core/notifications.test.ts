import { describe, expect, test } from "vitest";
import type { NotificationRequested } from "../../../src/core/index.ts";
import { aPlan, taskKey } from "../../support/plans.ts";
import { RunDriver } from "./run-driver.ts";

/** What is to be told, in the order in which it was decided. */
function told(run: RunDriver): readonly Partial<NotificationRequested>[] {
  return [...run.run.notifications.values()].map(({ type: _, failure, ...rest }) => ({
    ...rest,
    ...(failure && { failure: { reason: failure.reason, message: failure.message } }),
  }));
}

const failure = { reason: "exit_code", message: "the script ended with exit code 1" } as const;

describe("who is told", () => {
  test("of a task's end: each of its channels, for what became of it alone", () => {
    const run = RunDriver.started(
      aPlan({ a: { notify: { on_success: 2, on_failure: 1 } }, b: { notify: { on_success: 1, on_failure: 1 } } }),
    );
    run.grant();
    run.succeed("a");
    run.fail("b");
    expect(told(run)).toEqual([
      { on: "on_success", of: "task", channel: 0, key: "a" },
      { on: "on_success", of: "task", channel: 1, key: "a" },
      { on: "on_failure", of: "task", channel: 0, key: "b" },
    ]);
  });

  test("of the run's end", () => {
    const run = RunDriver.started(aPlan({ a: {} }, { notify: { on_success: 1, on_failure: 1 } }));
    run.grant();
    run.fail("a");
    expect(told(run)).toEqual([{ on: "on_failure", of: "pipeline", channel: 0 }]);
  });

  test("of a retry: the task's channels and the pipeline's, with the attempt that failed and why", () => {
    const plan = aPlan(
      { a: { retries: { count: 1, delay_ms: 10 }, notify: { on_retry: 1 } } },
      { notify: { on_retry: 1 } },
    );
    const run = RunDriver.started(plan);
    run.grant();
    run.report("a", { state: "failed", failure });
    expect(told(run)).toEqual([
      { on: "on_retry", of: "task", channel: 0, key: "a", attempt: 1, failure },
      { on: "on_retry", of: "pipeline", channel: 0, key: "a", attempt: 1, failure },
    ]);
  });

  test("nobody of a cancelled run, of a task that was skipped or cancelled, and of what a person decided", () => {
    const every = { on_success: 1, on_failure: 1, on_retry: 1 };
    const cancelled = RunDriver.started(
      aPlan({ a: { notify: every }, b: { needs: ["a"], notify: every } }, { notify: every }),
    );
    cancelled.cancel();
    expect(told(cancelled)).toEqual([]);
    const marked = RunDriver.started(aPlan({ a: { notify: every }, b: {} }));
    marked.give({ type: "mark_requested", key: taskKey("a"), state: "failed", by: "ann" });
    expect(told(marked)).toEqual([]);
  });

  test("of a mapped task: each item, not the whole", () => {
    const evaluator = { items: () => ({ ok: true, value: [1, 2] }) as const };
    const run = RunDriver.started(aPlan({ a: { for_each: {}, notify: { on_success: 1 } } }, { evaluator }));
    run.grant();
    run.succeed("a[0]");
    run.succeed("a[1]");
    expect(told(run).map(({ key }) => key)).toEqual(["a[0]", "a[1]"]);
  });
});

describe("a message", () => {
  const requested = () => {
    const run = RunDriver.started(aPlan({ a: {} }, { notify: { on_success: 1 } }));
    run.grant();
    run.succeed("a");
    const [number = 0] = run.run.notifications.keys();
    return { run, number };
  };

  test("is to be sent until its report comes", () => {
    const { run, number } = requested();
    const request = { type: "notification_requested", on: "on_success", of: "pipeline", channel: 0 };
    expect(run.intents()).toEqual([{ type: "notify", notification: number, request }]);
    run.give({ type: "notification_reported", notification: number });
    expect(run.intents()).toEqual([]);
  });

  test("that could not be sent is recorded, and changes nothing of the verdict", () => {
    const { run, number } = requested();
    const events = run.give({ type: "notification_reported", notification: number, problem: "no route" });
    expect(events).toHaveLength(1);
    expect(run.run.state).toBe("success");
    expect(run.give({ type: "notification_reported", notification: number })).toEqual([]);
  });
});

describe("an answer", () => {
  test("ends what waits, with who gave it", () => {
    const run = RunDriver.started(aPlan({ a: { waits: true } }));
    run.grant();
    run.wait("a");
    const outcome = { state: "success", outputs: { approved: true } } as const;
    run.give({ type: "answer_given", key: taskKey("a"), by: "ann", outcome });
    expect(run.task("a")).toMatchObject({ state: "success", outputs: { approved: true } });
    expect(run.journal.findLast(({ type }) => type === "task_finished")).toMatchObject({
      by: "ann",
      why: "answered by ann",
    });
  });

  test("changes nothing where nothing waits", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    const outcome = { state: "success", outputs: {} } as const;
    expect(run.give({ type: "answer_given", key: taskKey("a"), by: "ann", outcome })).toEqual([]);
    run.grant();
    expect(run.give({ type: "answer_given", key: taskKey("a"), by: "ann", outcome })).toEqual([]);
  });
});

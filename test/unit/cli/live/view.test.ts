import { describe, expect, test } from "vitest";
import { applyEvent, newRunView, type TaskSource } from "../../../../src/cli/live/view.ts";
import { eventOf, pipelineOf, runningView, T0, taskRun } from "./sources.ts";

function runOf(...task_runs: readonly TaskSource[]) {
  return { state: "running", started_at: T0, task_runs: new Map(task_runs.map((run) => [run.key, run])) } as const;
}

describe("applyEvent", () => {
  test("takes over the task run that the event names, and counts it once", () => {
    const view = newRunView("r", pipelineOf({ a: [], b: ["a"] }));
    const started = eventOf({ type: "attempt_started", key: "a", attempt: 1 });
    applyEvent(view, started, runOf(taskRun("a", "running"), taskRun("b", "none")));
    applyEvent(view, started, runOf(taskRun("a", "running"), taskRun("b", "none")));
    expect(view.tasks.get("a")).toMatchObject({ state: "running", attempt: 1, started_at: T0 + 1_000 });
    expect(view.counts).toMatchObject({ running: 1, none: 1 });
    expect([...view.running.keys()]).toEqual(["a"]);
  });

  test("a mapped task shows its items by state and the liveliest of them", () => {
    const view = newRunView("r", pipelineOf({ fan: [] }));
    const items = [taskRun("fan[0]", "queued"), taskRun("fan[1]", "queued"), taskRun("fan[2]", "queued")];
    applyEvent(
      view,
      eventOf({ type: "task_expanded", task: "fan", items: [1, 2, 3] }),
      runOf(taskRun("fan", "running", { attempt: 0 }), ...items),
    );
    expect(view.tasks.get("fan")).toMatchObject({ state: "queued", items: { queued: 3 } });

    const failed = taskRun("fan[0]", "failed");
    const live = taskRun("fan[1]", "running");
    const run = runOf(taskRun("fan", "running", { attempt: 0 }), failed, live, taskRun("fan[2]", "queued"));
    applyEvent(view, eventOf({ type: "task_finished", key: "fan[0]", state: "failed" }), run);
    applyEvent(view, eventOf({ type: "attempt_started", key: "fan[1]", attempt: 1 }), run);
    expect(view.tasks.get("fan")).toMatchObject({ state: "running", items: { failed: 1, running: 1, queued: 1 } });
    expect(view.counts.running).toBe(1);

    applyEvent(
      view,
      eventOf({ type: "task_finished", key: "fan", state: "failed" }),
      runOf(taskRun("fan", "failed", { attempt: 0, finished_at: T0 + 5_000 })),
    );
    expect(view.tasks.get("fan")?.state).toBe("failed");
    expect(view.counts).toMatchObject({ failed: 1, running: 0 });
  });

  test("cleared tasks are open again, items included", () => {
    const pipeline = pipelineOf({ a: [], fan: ["a"] });
    const view = runningView(pipeline, [
      taskRun("a", "success"),
      taskRun("fan", "failed"),
      taskRun("fan[0]", "failed"),
    ]);
    applyEvent(
      view,
      eventOf({ type: "tasks_cleared", tasks: ["fan"], by: "me" }),
      runOf(taskRun("a", "success"), taskRun("fan", "none", { attempt: 0 }), taskRun("fan[0]", "skipped")),
    );
    expect(view.tasks.get("fan")).toMatchObject({ state: "none", items: undefined });
    expect(view.counts).toMatchObject({ success: 1, none: 1, failed: 0 });
  });

  test("the failure's message outranks the sentence of the decision", () => {
    const view = newRunView("r", pipelineOf({ a: [] }));
    const run = runOf(taskRun("a", "failed", { why: "no retries left", failure: { message: "exit code 3" } }));
    applyEvent(view, eventOf({ type: "task_finished", key: "a", state: "failed" }), run);
    expect(view.tasks.get("a")?.why).toBe("exit code 3");
  });

  test("items that an earlier expansion left behind don't count", () => {
    const view = runningView(pipelineOf({ fan: [] }), [
      taskRun("fan", "none"),
      taskRun("fan[0]", "skipped"),
      taskRun("fan[1]", "skipped"),
    ]);
    applyEvent(
      view,
      eventOf({ type: "task_expanded", task: "fan", items: [1] }),
      runOf(taskRun("fan", "running", { attempt: 0 }), taskRun("fan[0]", "queued"), taskRun("fan[1]", "skipped")),
    );
    expect(view.tasks.get("fan")).toMatchObject({ state: "queued", items: { queued: 1 } });
  });

  test("how the last attempt failed is kept until the next one starts", () => {
    const view = newRunView("r", pipelineOf({ a: [] }, 1));
    const outcome = {
      state: "failed",
      failure: { reason: "exit_code", message: "exit code 7", log_tail: ["one", "two"] },
    };
    const waiting = runOf(taskRun("a", "up_for_retry", { retries_used: 1 }));
    applyEvent(view, eventOf({ type: "attempt_ended", key: "a", attempt: 1, outcome }), waiting);
    applyEvent(view, eventOf({ type: "retry_scheduled", key: "a", attempt: 1, ready_at: T0, why: "failed" }), waiting);
    expect(view.tasks.get("a")?.last_failure).toBe("exit code 7: two");
    applyEvent(
      view,
      eventOf({ type: "attempt_started", key: "a", attempt: 2 }),
      runOf(taskRun("a", "running", { attempt: 2 })),
    );
    expect(view.tasks.get("a")?.last_failure).toBeUndefined();
  });

  test("a new attempt begins without the last line of the one before", () => {
    const view = runningView(pipelineOf({ a: [] }), [taskRun("a", "running")]);
    const shown = view.tasks.get("a");
    if (shown !== undefined) shown.last_line = "old";
    const run = runOf(taskRun("a", "running", { attempt: 2 }));
    applyEvent(view, eventOf({ type: "attempt_started", key: "a", attempt: 2 }), run);
    expect(shown?.last_line).toBeUndefined();
    expect(view.running.get("a")).toEqual({ task: "a", attempt: 2 });
  });
});

import { describe, expect, test } from "vitest";
import { aPlan } from "../../support/plans.ts";
import { RunDriver, T0 } from "./run-driver.ts";

describe("cancelling a run", () => {
  test("stops what is live, cancels what is open, and ends when the last report is in", () => {
    const run = RunDriver.started(aPlan({ done: {}, live: {}, waiting: {}, queued: {}, later: { needs: ["live"] } }));
    run.grant("done", "live", "waiting");
    run.succeed("done");
    run.wait("waiting");
    expect(run.give({ type: "cancel_requested", by: "ann", why: "wrong data" })).toEqual([
      "cancel_accepted",
      "attempt_stopping live#1 cancelled",
      "attempt_ended waiting#1 cancelled",
      "task_finished waiting cancelled cancelled",
      "task_finished queued cancelled",
      "task_finished later cancelled",
    ]);
    expect(run.run).toMatchObject({ state: "running", cancelled_by: "ann" });
    expect(run.intents()).toEqual([
      { type: "stop_attempt", key: "live", attempt: 1, why: "cancelled", grace_ms: 10_000 },
    ]);
    expect(run.task("later").why).toBe("the run was cancelled");
    expect(run.fail("live", "signal")).toEqual([
      "attempt_ended live#1 cancelled",
      "task_finished live cancelled cancelled",
      "run_finished cancelled",
    ]);
    expect(run.task("live").failure?.message).toBe("it was stopped because it was cancelled");
    expect(run.run).toMatchObject({ state: "cancelled", why: "wrong data" });
    expect(run.task("done").state).toBe("success");
  });

  test("a success that comes after it counts as cancelled", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    run.cancel();
    expect(run.succeed("a")).toEqual([
      "attempt_ended a#1 cancelled",
      "task_finished a cancelled cancelled",
      "run_finished cancelled",
    ]);
    expect(run.run.why).toBe("cancelled by ann");
  });

  test("before its first tick ends it at once", () => {
    const run = new RunDriver(aPlan({ a: {} }));
    expect(run.cancel()).toEqual(["cancel_accepted", "task_finished a cancelled", "run_finished cancelled"]);
    expect(run.tick()).toEqual([]);
  });

  test("twice is once", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    run.cancel();
    expect(run.cancel()).toEqual([]);
  });

  test("calls off what waits for a retry, and retries nothing", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 9, delay_ms: 50 } }, b: { retries: { count: 9 } } }));
    run.grant();
    run.fail("a");
    run.cancel();
    expect(run.states()).toEqual({ a: "cancelled", b: "running" });
    expect(run.fail("b")).toContain("run_finished cancelled");
    expect(run.tick(1_000)).toEqual([]);
  });

  test("an attempt that is timing out already goes on timing out", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 10, retries: { count: 1 } } }));
    run.grant();
    run.tick(10);
    expect(run.cancel()).toEqual(["cancel_accepted"]);
    expect(run.fail("a", "signal")).toEqual([
      "attempt_ended a#1 timeout",
      "task_finished a failed timeout",
      "run_finished cancelled",
    ]);
  });

  test("cancels the items of a mapped task, and the task with the last of them", () => {
    const items = () => ({ ok: true as const, value: [1, 2, 3] });
    const run = RunDriver.started(
      aPlan({ m: { for_each: {} }, n: { needs: ["m"], for_each: {} } }, { evaluator: { items } }),
    );
    run.grant("m[0]", "m[1]");
    run.succeed("m[0]");
    run.cancel();
    expect(run.states()).toEqual({
      m: "running",
      n: "cancelled",
      "m[0]": "success",
      "m[1]": "running",
      "m[2]": "cancelled",
    });
    run.fail("m[1]");
    expect(run.task("m")).toMatchObject({ state: "cancelled", why: "some of its items were cancelled" });
    expect(run.run.state).toBe("cancelled");
  });

  test("takes its tasks in the pipeline's order", () => {
    const run = RunDriver.started(aPlan({ c: { needs: ["a"] }, b: {}, a: {} }));
    run.mark("a", "success");
    expect(run.cancel()).toEqual([
      "cancel_accepted",
      "task_finished c cancelled",
      "task_finished b cancelled",
      "run_finished cancelled",
    ]);
  });

  test("does so also when tasks were opened again in another order", () => {
    const items = () => ({ ok: true as const, value: [1] });
    const run = RunDriver.started(aPlan({ m: { for_each: {} }, after: { needs: ["m"] } }, { evaluator: { items } }));
    run.mark("m[0]", "failed");
    run.retry();
    expect(run.cancel()).toEqual([
      "cancel_accepted",
      "task_finished m[0] cancelled",
      "task_finished after cancelled",
      "task_finished m cancelled",
      "run_finished cancelled",
    ]);
  });
});

describe("the time-out of a run", () => {
  const plan = aPlan({ a: { retries: { count: 3 } }, b: { needs: ["a"] }, w: {} }, { timeout_ms: 100 });

  test("stops what is live, cancels the rest, and fails the run", () => {
    const run = RunDriver.started(plan);
    expect(run.run.deadline_at).toBe(T0 + 100);
    expect(run.intents()).toEqual([{ type: "wake_at", at: T0 + 100 }]);
    run.grant();
    run.wait("w");
    expect(run.tick(99)).toEqual([]);
    expect(run.tick(1)).toEqual([
      "run_timed_out",
      "attempt_stopping a#1 timeout",
      "task_finished b cancelled",
      "attempt_ended w#1 timeout",
      "task_finished w failed timeout",
    ]);
    expect(run.run).toMatchObject({ timed_out: true, state: "running" });
    expect(run.intents()).toEqual([{ type: "stop_attempt", key: "a", attempt: 1, why: "timeout", grace_ms: 10_000 }]);
    expect(run.task("b").why).toBe("the run took longer than its timeout");
    expect(run.task("w").failure?.message).toBe("the run took longer than its timeout");
    expect(run.succeed("a")).toEqual([
      "attempt_ended a#1 timeout",
      "task_finished a failed timeout",
      "run_finished failed",
    ]);
    expect(run.run.why).toBe("the run took longer than its timeout");
    expect(run.task("a").failure?.message).toBe("it was stopped because the run took longer than its timeout");
  });

  test("a cancel after it changes nothing", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.tick(100);
    expect(run.cancel()).toEqual([]);
  });

  test("does not come once the run was cancelled", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.cancel();
    expect(run.run.deadline_at).toBeUndefined();
    expect(run.tick(1_000)).toEqual([]);
  });

  test("does not come once the run has finished", () => {
    const run = RunDriver.started(aPlan({ a: {} }, { timeout_ms: 100 }));
    run.grant();
    run.succeed("a");
    expect(run.tick(1_000)).toEqual([]);
    expect(run.run.state).toBe("success");
  });

  test("at the same moment as an attempt's own, both happen once", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 100 } }, { timeout_ms: 100 }));
    run.grant();
    expect(run.tick(100)).toEqual(["run_timed_out", "attempt_stopping a#1 timeout"]);
  });
});

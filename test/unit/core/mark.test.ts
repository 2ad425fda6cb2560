import { describe, expect, test } from "vitest";
import { aPlan } from "../../support/plans.ts";
import { RunDriver } from "./run-driver.ts";

describe("marking by hand", () => {
  const plan = aPlan({ a: {}, b: { needs: ["a"] } });

  test("decides a task, and what needs it follows", () => {
    const run = RunDriver.started(plan);
    expect(run.mark("a", "success")).toEqual(["task_finished a success", "task_queued b#1"]);
    expect(run.task("a")).toMatchObject({ state: "success", why: "marked success by ann" });
    expect(run.last("task_finished").by).toBe("ann");
    expect(run.grant("a")).toEqual([]);
  });

  test("as failed or skipped does as if it had ended so", () => {
    const failed = RunDriver.started(plan);
    expect(failed.mark("a", "failed")).toEqual([
      "task_finished a failed",
      "task_finished b upstream_failed",
      "run_finished failed",
    ]);
    const skipped = RunDriver.started(plan);
    expect(skipped.mark("a", "skipped")).toEqual([
      "task_finished a skipped",
      "task_finished b skipped",
      "run_finished success",
    ]);
  });

  test("stops a live attempt, whose report then changes nothing", () => {
    const run = RunDriver.started(plan);
    run.grant();
    expect(run.mark("a", "success")).toEqual([
      "attempt_stopping a#1 cancelled",
      "task_finished a success",
      "task_queued b#1",
    ]);
    expect(run.task("a")).toMatchObject({ state: "success", stopping: "cancelled" });
    expect(run.intents()).toEqual([{ type: "stop_attempt", key: "a", attempt: 1, why: "cancelled", grace_ms: 10_000 }]);
    run.grant();
    run.succeed("b");
    expect(run.run.state).toBe("running");
    expect(run.fail("a", "signal")).toEqual(["attempt_ended a#1 cancelled", "run_finished success"]);
    expect(run.task("a")).toMatchObject({ state: "success", why: "marked success by ann" });
    expect(run.task("a").stopping).toBeUndefined();
  });

  test("of a task that is stopping already lets it stop", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 10 } }));
    run.grant();
    run.tick(10);
    expect(run.mark("a", "success")).toEqual(["task_finished a success"]);
    expect(run.intents()).toMatchObject([{ type: "stop_attempt", why: "timeout" }]);
    expect(run.lose("a")).toEqual(["attempt_ended a#1 timeout", "run_finished success"]);
  });

  test("of a task with a live attempt twice decides it twice, and stops it once", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    run.mark("a", "success");
    expect(run.mark("a", "failed")).toEqual(["task_finished a failed"]);
    expect(run.fail("a")).toEqual(["attempt_ended a#1 cancelled", "run_finished failed"]);
  });

  test("ends an attempt that waits", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.wait("a");
    expect(run.mark("a", "skipped")).toEqual([
      "attempt_ended a#1 cancelled",
      "task_finished a skipped",
      "task_finished b skipped",
      "run_finished success",
    ]);
    expect(run.all("attempt_ended")[0]?.outcome).toMatchObject({ failure: { message: "marked skipped by ann" } });
    expect(run.succeed("a")).toEqual([]);
  });

  test("calls off a retry", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1, delay_ms: 50 } } }));
    run.grant();
    run.fail("a");
    run.mark("a", "success");
    expect(run.tick(100)).toEqual([]);
  });

  test("as it is already, or of a stranger, changes nothing", () => {
    const run = RunDriver.started(plan);
    run.mark("a", "success");
    expect(run.mark("a", "success")).toEqual([]);
    expect(run.mark("nobody", "success")).toEqual([]);
  });

  test("of a decided task moves on what is still open, and nothing that is decided", () => {
    const run = RunDriver.started(
      aPlan({ a: {}, x: {}, b: { needs: ["a"] }, c: { needs: ["a", "x"], trigger_rule: "one_failed" } }),
    );
    run.grant();
    run.succeed("a");
    expect(run.mark("a", "failed")).toEqual(["task_finished a failed", "task_queued c#1"]);
    expect(run.states("b")).toEqual({ b: "queued" });
  });

  test("before the first tick holds when the run starts", () => {
    const run = new RunDriver(plan);
    expect(run.mark("a", "success")).toEqual(["task_finished a success"]);
    expect(run.mark("b", "success")).toEqual(["task_finished b success"]);
    expect(run.tick()).toEqual(["run_started", "run_finished success"]);
  });

  test("on a finished run changes its verdict when it has to", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: {} }));
    run.grant();
    run.fail("a");
    run.fail("b");
    expect(run.mark("a", "success")).toEqual(["task_finished a success"]);
    expect(run.mark("b", "success")).toEqual(["task_finished b success", "run_finished success"]);
    expect(run.run.why).toBeUndefined();
    expect(run.mark("b", "failed")).toEqual(["task_finished b failed", "run_finished failed"]);
    expect(run.run.why).toBe("task b failed");
  });

  test("on a cancelled run leaves it cancelled", () => {
    const run = new RunDriver(aPlan({ a: {} }));
    run.cancel();
    expect(run.mark("a", "success")).toEqual(["task_finished a success"]);
    expect(run.run.state).toBe("cancelled");
  });
});

describe("marking mapped tasks by hand", () => {
  function mapped(): RunDriver {
    const items = () => ({ ok: true as const, value: [0, 1, 2] });
    const run = RunDriver.started(aPlan({ m: { for_each: {} }, after: { needs: ["m"] } }, { evaluator: { items } }));
    run.grant("m[0]", "m[1]");
    run.fail("m[0]");
    return run;
  }

  test("as a whole takes the open items along and leaves the others", () => {
    const run = mapped();
    expect(run.mark("m", "success")).toEqual([
      "task_finished m success",
      "attempt_stopping m[1]#1 cancelled",
      "task_finished m[1] success",
      "task_finished m[2] success",
      "task_queued after#1",
    ]);
    expect(run.states("m[0]")).toEqual({ "m[0]": "failed" });
  });

  test("an item counts like one that ended so", () => {
    const run = mapped();
    run.mark("m[0]", "success");
    run.mark("m[1]", "skipped");
    expect(run.states("m")).toEqual({ m: "running" });
    expect(run.mark("m[2]", "success")).toEqual([
      "task_finished m[2] success",
      "task_finished m success",
      "task_queued after#1",
    ]);
  });

  test("an item of a decided task decides it anew", () => {
    const run = mapped();
    run.grant();
    run.succeed("m[1]");
    run.succeed("m[2]");
    expect(run.states("m", "after")).toEqual({ m: "failed", after: "upstream_failed" });
    expect(run.mark("m[0]", "success")).toEqual(["task_finished m[0] success", "task_finished m success"]);
    expect(run.last("task_finished").by).toBe("ann");
    expect(run.states("after")).toEqual({ after: "upstream_failed" });
    expect(run.mark("m[1]", "skipped")).toEqual(["task_finished m[1] skipped"]);
  });

  test("the last word counts: an item marked after its task was decides the task by all items", () => {
    const run = mapped();
    run.mark("m", "skipped");
    expect(run.states()).toMatchObject({ m: "skipped", "m[0]": "failed", "m[1]": "skipped", "m[2]": "skipped" });
    expect(run.mark("m[2]", "failed")).toEqual(["task_finished m[2] failed", "task_finished m failed exit_code"]);
    expect(run.task("m").why).toBe("2 of 3 items failed: m[0], m[2]");
  });

  test("an item of a task that was decided before it was expanded is a stranger", () => {
    const run = RunDriver.started(aPlan({ a: {}, m: { needs: ["a"], for_each: {} } }));
    run.mark("m", "success");
    expect(run.mark("m[0]", "success")).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { touched } from "../../../src/core/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
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
});

describe("the time-out of a run", () => {
  const plan = aPlan({ a: { retries: { count: 3 } }, b: { needs: ["a"] }, w: {} }, { timeout_ms: 100 });

  test("stops what is live, cancels the rest, and fails the run", () => {
    const run = RunDriver.started(plan);
    expect(run.run.deadline_at).toBe(T0 + 100);
    expect(run.intents()).toEqual([{ type: "wake_at", at: T0 + 100 }]);
    run.grant();
    run.wait("w", T0 + 5_000);
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

describe("retrying a finished run", () => {
  const plan = aPlan({ a: {}, b: { needs: ["a"], retries: { count: 1 } }, c: { needs: ["b"] }, x: {} });

  function failed(): RunDriver {
    const run = RunDriver.started(plan);
    run.grant();
    run.succeed("a", { size: 1 });
    run.succeed("x");
    run.grant();
    run.fail("b");
    run.grant();
    run.fail("b");
    expect(run.states()).toEqual({ a: "success", b: "failed", c: "upstream_failed", x: "success" });
    return run;
  }

  test("of what failed clears that and all downstream of it, and keeps the rest", () => {
    const run = failed();
    run.now += 1_000;
    expect(run.retry()).toEqual(["tasks_cleared b c", "run_started", "task_queued b#3"]);
    expect(run.run).toMatchObject({ state: "running", retries: 1, started_at: T0 });
    expect(run.run.finished_at).toBeUndefined();
    expect(run.run.why).toBeUndefined();
    expect(run.task("a")).toMatchObject({ state: "success", outputs: { size: 1 } });
    expect(run.task("c")).toEqual({ key: "c", task: "c", state: "none", attempt: 0, retries_used: 0, lost_count: 0 });
    expect(run.task("b").retries_used).toBe(0);
    run.grant();
    expect(run.fail("b")).toContain("task_queued b#4");
    run.grant();
    run.succeed("b");
    run.grant();
    expect(run.succeed("c")).toContain("run_finished success");
  });

  test("from tasks clears them and all downstream of them, whatever became of them", () => {
    const run = failed();
    expect(run.retry("a", "x")).toEqual(["tasks_cleared a b c x", "run_started", "task_queued a#2", "task_queued x#2"]);
    expect(run.task("a").outputs).toBeUndefined();
    expect(run.task("a").started_at).toBeUndefined();
  });

  test("is recorded with who asked for it", () => {
    const run = failed();
    run.retry();
    const { seq, at } = run.last("tasks_cleared");
    expect(run.last("tasks_cleared")).toEqual({ type: "tasks_cleared", tasks: ["b", "c"], by: "ann", seq, at });
  });

  test("touches the rows of what it cleared", () => {
    const run = failed();
    run.retry();
    expect([...touched(run.run, run.all("tasks_cleared"))]).toEqual(["b", "c"]);
  });

  test("of a run that has not finished changes nothing", () => {
    const run = RunDriver.started(plan);
    expect(run.retry("a")).toEqual([]);
    run.grant();
    run.cancel();
    expect(run.retry("a")).toEqual([]);
  });

  test("of nothing changes nothing", () => {
    const run = failed();
    expect(run.retry("nobody")).toEqual([]);
    const good = RunDriver.started(aPlan({ a: {} }));
    good.grant();
    good.succeed("a");
    expect(good.retry()).toEqual([]);
  });

  test("of a cancelled run takes the cancel back", () => {
    const run = RunDriver.started(plan);
    run.grant("a");
    run.cancel();
    run.fail("a", "signal");
    expect(run.run.state).toBe("cancelled");
    expect(run.retry()).toEqual(["tasks_cleared a b c x", "run_started", "task_queued a#2", "task_queued x#1"]);
    expect(run.run.cancelled_by).toBeUndefined();
  });

  test("in part leaves a task cancelled, and the run can't be a success", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a"] }, x: {} }));
    run.cancel();
    expect(run.retry("x")).toEqual(["tasks_cleared x", "run_started", "task_queued x#1"]);
    run.grant();
    expect(run.succeed("x")).toContain("run_finished failed");
    expect(run.run.why).toBe("tasks a, b cancelled");
    expect(run.retry("b")).toEqual([
      "tasks_cleared b",
      "run_started",
      "task_finished b upstream_failed",
      "run_finished failed",
    ]);
    expect(run.task("b").why).toBe("trigger rule all_success does not hold: a is cancelled");
  });

  test("gives a run that timed out its time anew", () => {
    const run = RunDriver.started(aPlan({ a: {} }, { timeout_ms: 100 }));
    run.grant();
    run.tick(100);
    run.fail("a");
    run.retry();
    expect(run.run).toMatchObject({ timed_out: false, deadline_at: T0 + 200, started_at: T0 });
    run.grant();
    expect(run.succeed("a")).toContain("run_finished success");
  });

  test("keeps to the tasks that the run was asked for", () => {
    const run = RunDriver.started(plan, ["a", "b"]);
    run.grant();
    run.fail("a");
    expect(run.retry("x")).toEqual([]);
    expect(run.retry("a", "c")).toEqual(["tasks_cleared a b", "run_started", "task_queued a#2"]);
  });

  test("asks a branch's choice again of what is cleared below it", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"] } }));
    run.grant();
    run.choose("b", "x");
    run.grant();
    run.fail("x");
    expect(run.retry("y")).toContain("task_finished y skipped");
    expect(run.retry()).toEqual(["tasks_cleared x", "run_started", "task_queued x#2"]);
  });
});

describe("retrying mapped tasks", () => {
  let list: JsonValue[] = [];
  const items = () => ({ ok: true as const, value: list });
  const plan = aPlan(
    { a: {}, m: { needs: ["a"], for_each: {}, retries: { count: 1 } }, after: { needs: ["m"] } },
    { evaluator: { items } },
  );

  function finished(...ends: ("succeed" | "fail" | "skip")[]): RunDriver {
    list = ends.map((_, index) => index);
    const run = RunDriver.started(plan);
    run.grant();
    run.succeed("a");
    for (const [index, end] of ends.entries()) {
      run.grant(`m[${index}]`);
      run[end](`m[${index}]`);
      if (end !== "fail") continue;
      run.grant(`m[${index}]`);
      run.fail(`m[${index}]`);
    }
    return run;
  }

  test("of what failed runs only the items that failed", () => {
    const run = finished("succeed", "fail", "skip", "fail");
    expect(run.retry()).toEqual([
      "tasks_cleared after m[1] m[3]",
      "run_started",
      "task_queued m[1]#3",
      "task_queued m[3]#3",
    ]);
    expect(run.states()).toMatchObject({ m: "running", "m[0]": "success", "m[1]": "queued", "m[2]": "skipped" });
    expect(run.task("m[1]")).toMatchObject({ item: 1, index: 1, retries_used: 0 });
    expect(finished("fail").retry()).toEqual(["tasks_cleared after m[0]", "run_started", "task_queued m[0]#3"]);
    expect([...touched(run.run, run.all("tasks_cleared"))]).toEqual(["after", "m[1]", "m", "m[3]"]);
    run.grant();
    run.succeed("m[1]");
    run.succeed("m[3]");
    expect(run.states("m", "after")).toEqual({ m: "success", after: "queued" });
  });

  test("from the task expands it anew", () => {
    const run = finished("succeed", "fail");
    list = ["x", "y", "z"];
    expect(run.retry("m")).toEqual([
      "tasks_cleared m after",
      "run_started",
      "task_expanded m",
      "task_queued m[0]#2",
      "task_queued m[1]#3",
      "task_queued m[2]#1",
    ]);
    expect(run.task("m[0]")).toMatchObject({ item: "x", index: 0, state: "queued" });
    expect(run.task("m[0]").outputs).toBeUndefined();
  });

  test("to fewer items leaves the others out of it, and their attempts are not counted anew", () => {
    const run = finished("succeed", "fail", "succeed");
    list = ["x"];
    run.retry("m");
    expect(run.task("m").items).toBe(1);
    expect(run.task("m[1]")).toMatchObject({ state: "skipped", index: 1, attempt: 2 });
    expect(run.task("m[1]").why).toBe("its task was cleared and has not made this item again");
    expect(run.task("m[1]").item).toBeUndefined();
    expect([...touched(run.run, run.all("tasks_cleared"))]).toEqual(["m", "m[0]", "m[1]", "m[2]", "after"]);
    run.grant();
    run.succeed("m[0]");
    expect(run.states("m")).toEqual({ m: "success" });
    expect(run.mark("m[1]", "failed")).toEqual([]);
    run.grant();
    run.succeed("after");
    list = ["x", "y"];
    expect(run.retry("m")).toContain("task_queued m[1]#3");
  });

  test("clears the whole task when something above it is cleared as well", () => {
    const run = finished("fail");
    expect(run.mark("a", "failed")).toEqual(["task_finished a failed"]);
    expect(run.retry()).toEqual(["tasks_cleared a m after", "run_started", "task_queued a#2"]);
    expect(run.states()).toMatchObject({ m: "none", "m[0]": "skipped" });
    expect(run.task("m").items).toBeUndefined();
  });

  test("clears the whole task when none of its items is to blame", () => {
    const run = finished("succeed");
    run.grant();
    run.succeed("after");
    run.mark("m", "failed");
    expect(run.retry()).toContain("tasks_cleared m after");
  });
});

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
    run.wait("a", T0 + 50);
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

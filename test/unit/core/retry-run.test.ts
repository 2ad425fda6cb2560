import { describe, expect, test } from "vitest";
import { touched } from "../../../src/core/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import { aPlan } from "../../support/plans.ts";
import { RunDriver, T0 } from "./run-driver.ts";

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

import { describe, expect, test } from "vitest";
import { ITEMS_MAX, touched } from "../../../src/core/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import { aPlan, type TaskParts, taskKey } from "../../support/plans.ts";
import { RunDriver, T0 } from "./run-driver.ts";

/** A run with a mapped task m over these items, and others around it. */
function mapped(items: readonly JsonValue[], parts: TaskParts = {}, others: Record<string, TaskParts> = {}): RunDriver {
  const plan = aPlan(
    { ...others, m: { for_each: {}, ...parts } },
    { evaluator: { items: () => ({ ok: true, value: items }) } },
  );
  return RunDriver.started(plan);
}

describe("for_each", () => {
  test("makes one task run an item, each with its own attempts", () => {
    const run = mapped(["de", { name: "fr" }]);
    expect(run.states()).toEqual({ m: "running", "m[0]": "queued", "m[1]": "queued" });
    expect(run.task("m[1]")).toMatchObject({ key: "m[1]", task: "m", index: 1, item: { name: "fr" } });
    expect(run.task("m")).toMatchObject({ items: 2, attempt: 0, started_at: T0 });
    expect(run.task("m").index).toBeUndefined();
    run.grant();
    expect(run.intents()).toEqual([
      { type: "start_attempt", key: "m[0]", attempt: 1 },
      { type: "start_attempt", key: "m[1]", attempt: 1 },
    ]);
    expect(run.succeed("m[1]")).toEqual(["attempt_ended m[1]#1 success", "task_finished m[1] success"]);
    expect(run.succeed("m[0]")).toEqual([
      "attempt_ended m[0]#1 success",
      "task_finished m[0] success",
      "task_finished m success",
      "run_finished success",
    ]);
    expect(run.task("m")).toMatchObject({ items: 2, state: "success" });
    expect(run.task("m[0]")).toMatchObject({ item: "de", index: 0, state: "success" });
  });

  test("what needs it waits for all its items", () => {
    const run = mapped([1, 2], {}, { after: { needs: ["m"] } });
    run.grant();
    run.succeed("m[0]");
    expect(run.states("after")).toEqual({ after: "none" });
    run.succeed("m[1]");
    expect(run.states("after")).toEqual({ after: "queued" });
  });

  test("is asked for its items once its trigger rule holds, with what came before it", () => {
    const plan = aPlan(
      { a: {}, m: { needs: ["a"], for_each: {} } },
      {
        evaluator: {
          items: (run, task) => {
            expect(task).toBe("m");
            return { ok: true, value: run.task_runs.get(taskKey("a"))?.outputs?.list as JsonValue[] };
          },
        },
      },
    );
    const run = RunDriver.started(plan);
    run.grant();
    expect(run.succeed("a", { list: ["x", "y", "z"] })).toContain("task_expanded m");
    expect(run.all("task_expanded")[0]?.items).toEqual(["x", "y", "z"]);
  });

  test("an empty list skips the task, and what needs it", () => {
    const run = mapped([], {}, { after: { needs: ["m"] } });
    expect(run.states()).toEqual({ after: "skipped", m: "skipped" });
    expect(run.task("m").why).toBe("its `for_each` gave no items");
  });

  test("a list that can't be evaluated fails the task", () => {
    const plan = aPlan(
      { m: { for_each: {} } },
      { evaluator: { items: () => ({ ok: false, message: "no such name" }) } },
    );
    const run = RunDriver.started(plan);
    expect(run.task("m")).toMatchObject({
      state: "failed",
      failure: { reason: "expression_failed", message: "its `for_each` could not be used: no such name" },
    });
  });

  test(`${ITEMS_MAX} items are the most`, () => {
    const most = Array.from({ length: ITEMS_MAX }, (_, index) => index);
    expect(mapped(most).task("m").items).toBe(ITEMS_MAX);
    const run = mapped([...most, 1]);
    expect(run.task("m")).toMatchObject({ state: "failed", failure: { reason: "expression_failed" } });
    expect(run.task("m").failure?.message).toContain("it gave 10001 items, and 10000 are the most");
  });

  test("an item that fails fails the task once all are done, with the failure of the first", () => {
    const run = mapped([0, 1, 2, 3]);
    run.grant();
    run.fail("m[3]", "signal");
    run.fail("m[1]", "exit_code");
    run.skip("m[0]");
    expect(run.states("m")).toEqual({ m: "running" });
    run.succeed("m[2]");
    expect(run.task("m")).toMatchObject({
      state: "failed",
      why: "2 of 4 items failed: m[1], m[3]",
      failure: { reason: "exit_code" },
    });
    expect(run.run.why).toBe("task m failed");
  });

  test("with allow_failure it shows as failed and the run goes on", () => {
    const run = mapped([0, 1], { allow_failure: true }, { after: { needs: ["m"] } });
    run.grant();
    run.fail("m[0]");
    run.succeed("m[1]");
    expect(run.states("m", "after")).toEqual({ m: "failed", after: "queued" });
  });

  test("some items may skip themselves; if all do, the task is skipped", () => {
    const some = mapped([0, 1]);
    some.grant();
    some.skip("m[0]");
    some.succeed("m[1]");
    expect(some.states("m")).toEqual({ m: "success" });
    const all = mapped([0, 1]);
    all.grant();
    all.skip("m[0]");
    all.skip("m[1]");
    expect(all.task("m")).toMatchObject({ state: "skipped", why: "all its items were skipped" });
  });

  test("retries are counted for each item", () => {
    const run = mapped([0, 1], { retries: { count: 1 } });
    run.grant();
    expect(run.fail("m[0]")).toContain("task_queued m[0]#2");
    expect(run.fail("m[1]")).toContain("task_queued m[1]#2");
    run.grant();
    expect(run.fail("m[1]")).toContain("task_finished m[1] failed exit_code");
    expect(run.task("m[0]")).toMatchObject({ state: "running", attempt: 2 });
  });

  test("`if` is asked for each item", () => {
    const plan = aPlan(
      { m: { for_each: {}, conditional: true } },
      {
        evaluator: {
          items: () => ({ ok: true, value: [1, 2, 3] }),
          condition: (run, key) => {
            const item = run.task_runs.get(key)?.item;
            return item === 3 ? { ok: false, message: "three" } : { ok: true, value: item === 1 };
          },
        },
      },
    );
    const run = RunDriver.started(plan);
    expect(run.states()).toEqual({ m: "running", "m[0]": "queued", "m[1]": "skipped", "m[2]": "failed" });
  });

  test("a task whose `if` is false for every item is skipped at once", () => {
    const plan = aPlan(
      { m: { for_each: {}, conditional: true }, after: { needs: ["m"] } },
      { evaluator: { items: () => ({ ok: true, value: [1, 2] }), condition: () => ({ ok: true, value: false }) } },
    );
    const run = RunDriver.started(plan);
    expect(run.states()).toEqual({ m: "skipped", "m[0]": "skipped", "m[1]": "skipped", after: "skipped" });
    expect(run.run.state).toBe("success");
  });

  test("a mapped branch chooses what any of its items chose", () => {
    const run = mapped([0, 1, 2], { branch: true }, { x: { needs: ["m"] }, y: { needs: ["m"] }, z: { needs: ["m"] } });
    run.grant();
    run.choose("m[0]", "x", "y");
    run.choose("m[1]", "y");
    run.skip("m[2]");
    expect(run.task("m").chosen).toEqual(["x", "y"]);
    expect(run.states("x", "y", "z")).toEqual({ x: "queued", y: "queued", z: "skipped" });
  });

  test("a report about the task as a whole means nothing", () => {
    const run = mapped([0]);
    expect(run.report("m", { state: "success", outputs: {} }, 0)).toEqual([]);
  });

  test("the events of an expansion touch the task and each of its items", () => {
    const run = mapped([0, 1]);
    expect([...touched(run.run, run.all("task_expanded"))]).toEqual(["m", "m[0]", "m[1]"]);
  });
});

describe("if", () => {
  function conditional(value: boolean | string): RunDriver {
    const condition = () =>
      typeof value === "string" ? { ok: false as const, message: value } : { ok: true as const, value };
    const plan = aPlan(
      { a: {}, b: { needs: ["a"], conditional: true }, c: { needs: ["b"] } },
      { evaluator: { condition } },
    );
    const run = RunDriver.started(plan);
    run.grant();
    run.succeed("a");
    return run;
  }

  test("true lets the task run", () => {
    expect(conditional(true).states()).toEqual({ a: "success", b: "queued", c: "none" });
  });

  test("false skips it", () => {
    const run = conditional(false);
    expect(run.states()).toEqual({ a: "success", b: "skipped", c: "skipped" });
    expect(run.task("b").why).toBe("its `if` is false");
    expect(run.run.state).toBe("success");
  });

  test("an error fails it, without a retry", () => {
    const run = conditional("no such name");
    expect(run.states()).toEqual({ a: "success", b: "failed", c: "upstream_failed" });
    expect(run.task("b").failure).toEqual({
      reason: "expression_failed",
      message: "its `if` could not be used: no such name",
    });
  });

  test("is not asked before the trigger rule holds, nor when it can't hold any more", () => {
    const condition = (_: unknown, key: string) => {
      throw new Error(`asked for ${key}`);
    };
    const run = RunDriver.started(
      aPlan({ a: {}, b: { needs: ["a"], conditional: true } }, { evaluator: { condition } }),
    );
    run.grant();
    run.fail("a");
    expect(run.states()).toEqual({ a: "failed", b: "upstream_failed" });
  });
});

import { describe, expect, test } from "vitest";
import { excludedBy, PlanIndex } from "../../../src/core/plan-index.ts";
import { aPlan, taskId } from "../../support/plans.ts";
import { RunDriver } from "./run-driver.ts";

describe("a branch", () => {
  test("runs what it chose and skips its other dependants", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"] } }));
    run.grant();
    expect(run.choose("b", "y")).toEqual([
      "attempt_ended b#1 success",
      "task_finished b success",
      "task_finished x skipped",
      "task_queued y#1",
    ]);
    expect(run.task("b").chosen).toEqual(["y"]);
    expect(run.task("x").why).toBe("branch b did not choose it");
  });

  test("may choose nothing, and several", () => {
    const plan = aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"] } });
    const none = RunDriver.started(plan);
    none.grant();
    none.choose("b");
    expect(none.states()).toEqual({ b: "success", x: "skipped", y: "skipped" });
    const both = RunDriver.started(plan);
    both.grant();
    both.choose("b", "x", "y");
    expect(both.states()).toEqual({ b: "success", x: "queued", y: "queued" });
  });

  test("skips a dependant that it did not choose at once, whatever its rule and its other upstream tasks", () => {
    const run = RunDriver.started(
      aPlan({ a: {}, b: { branch: true }, x: { needs: ["a", "b"], trigger_rule: "all_done" }, y: { needs: ["b"] } }),
    );
    run.grant();
    expect(run.choose("b", "y")).toContain("task_finished x skipped");
  });

  test("skips what it did not choose even when another upstream task failed", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { branch: true }, x: { needs: ["a", "b"] }, y: { needs: ["b"] } }));
    run.grant();
    expect(run.fail("a")).toEqual(["attempt_ended a#1 exit_code", "task_finished a failed exit_code"]);
    expect(run.choose("b", "y")).toContain("task_finished x skipped");
  });

  test("is not overtaken by a dependant whose rule holds early", () => {
    const run = RunDriver.started(
      aPlan({ a: {}, b: { branch: true }, x: { needs: ["a", "b"], trigger_rule: "one_success" } }),
    );
    run.grant();
    expect(run.succeed("a")).toEqual(["attempt_ended a#1 success", "task_finished a success"]);
    expect(run.choose("b")).toContain("task_finished x skipped");
  });

  test("chooses nothing for a dependant under `always`", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true }, x: { needs: ["b"], trigger_rule: "always" } }));
    expect(run.states()).toEqual({ b: "queued", x: "queued" });
    run.grant();
    run.choose("b");
    expect(run.states()).toEqual({ b: "success", x: "running" });
  });

  test("leaves a join alone that is also downstream of a chosen way", () => {
    const plan = aPlan({
      b: { branch: true },
      x: { needs: ["b"] },
      y: { needs: ["b"] },
      join: { needs: ["b", "x", "y"], trigger_rule: "none_failed_min_one_success" },
    });
    const run = RunDriver.started(plan);
    run.grant();
    run.choose("b", "x");
    expect(run.states()).toEqual({ b: "success", x: "queued", y: "skipped", join: "none" });
    run.grant();
    expect(run.succeed("x")).toContain("task_queued join#1");
  });

  test("skips such a join when none of its ways is chosen", () => {
    const run = RunDriver.started(
      aPlan({
        b: { branch: true },
        x: { needs: ["b"] },
        y: { needs: ["b"] },
        join: { needs: ["b", "x"], trigger_rule: "all_done" },
      }),
    );
    run.grant();
    run.choose("b", "y");
    expect(run.states()).toEqual({ b: "success", x: "skipped", y: "queued", join: "skipped" });
  });

  test("that fails leaves its dependants to their rules", () => {
    const run = RunDriver.started(
      aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"], trigger_rule: "all_done" } }),
    );
    run.grant();
    run.fail("b");
    expect(run.states()).toEqual({ b: "failed", x: "upstream_failed", y: "queued" });
  });

  test("that fails and may has chosen nothing", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true, allow_failure: true }, x: { needs: ["b"] } }));
    run.grant();
    run.fail("b");
    expect(run.states()).toEqual({ b: "failed", x: "skipped" });
    expect(run.run.state).toBe("success");
  });

  test("that is marked successful by hand leaves nothing out", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"] } }));
    run.mark("b", "success");
    expect(run.states()).toEqual({ b: "success", x: "queued", y: "queued" });
  });

  test("that says nothing, or names a stranger, has failed", () => {
    const plan = aPlan({ b: { branch: true }, x: { needs: ["b"] }, far: { needs: ["x"] } });
    const silent = RunDriver.started(plan);
    silent.grant();
    expect(silent.succeed("b")).toContain("task_finished b failed operator_failed");
    expect(silent.task("b").failure?.message).toBe("the branch did not say which of its dependants to run");
    for (const stranger of ["far", "nobody"]) {
      const run = RunDriver.started(plan);
      run.grant();
      expect(run.choose("b", "x", stranger)).toContain("attempt_ended b#1 operator_failed");
      expect(run.task("b").failure?.message).toBe(`the branch chose ${stranger}, which does not need it`);
    }
  });

  test("may choose what this run was not asked for", () => {
    const run = RunDriver.started(aPlan({ b: { branch: true }, x: { needs: ["b"] }, y: { needs: ["b"] } }), ["b", "x"]);
    run.grant();
    run.choose("b", "y");
    expect(run.states()).toEqual({ b: "success", x: "skipped", y: "skipped" });
  });

  test("what an ordinary task says it chose is nobody's concern", () => {
    const run = RunDriver.started(aPlan({ a: {}, x: { needs: ["a"] } }));
    run.grant();
    expect(run.choose("a")).toContain("task_queued x#1");
    expect(run.task("a").chosen).toBeUndefined();
  });

  test("two branches that disagree skip what either leaves out", () => {
    const run = RunDriver.started(
      aPlan({ b: { branch: true }, c: { branch: true }, x: { needs: ["b", "c"], trigger_rule: "all_done" } }),
    );
    run.grant();
    expect(run.choose("b", "x")).toEqual(["attempt_ended b#1 success", "task_finished b success"]);
    expect(run.choose("c")).toContain("task_finished x skipped");
  });
});

describe("what a choice leaves out", () => {
  /** b chooses among w, x, y and z; y comes after w by way of m, z after y. */
  const index = PlanIndex.of(
    aPlan({
      z: { needs: ["b", "y"] },
      y: { needs: ["b", "m"] },
      m: { needs: ["w"] },
      w: { needs: ["b"] },
      x: { needs: ["b"] },
      b: {},
    }),
    undefined,
  );
  const leftOut = (...chosen: string[]) => {
    const branch = index.get(taskId("b"));
    return [...excludedBy(branch!, chosen.map(taskId))].map((task) => task.plan.id).sort();
  };

  test("is neither chosen nor downstream of what is", () => {
    expect(leftOut()).toEqual(["w", "x", "y", "z"]);
    expect(leftOut("w")).toEqual(["x"]);
    expect(leftOut("x")).toEqual(["w", "y", "z"]);
    expect(leftOut("y")).toEqual(["w", "x"]);
    expect(leftOut("z")).toEqual(["w", "x", "y"]);
    expect(leftOut("w", "x", "y", "z")).toEqual([]);
  });
});

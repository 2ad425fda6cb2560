import { describe, expect, test } from "vitest";
import {
  createRun,
  decide,
  evolve,
  InvariantError,
  liveAttempts,
  newRun,
  type Run,
  type RunEvent,
  replay,
  SlotQueue,
} from "../../../src/core/index.ts";
import { aPlan, CREATED, runId, taskKey } from "../../support/plans.ts";
import { RunDriver, T0 } from "./run-driver.ts";

describe("the life of a run", () => {
  test("a chain runs from its first task to its last", () => {
    const run = new RunDriver(aPlan({ a: {}, b: { needs: ["a"] } }));
    expect(run.run.state).toBe("queued");
    expect(run.tick()).toEqual(["run_started", "task_queued a#1"]);
    expect(run.grant()).toEqual(["attempt_started a#1"]);
    run.now += 5;
    expect(run.succeed("a", { size: 3 })).toEqual([
      "attempt_ended a#1 success",
      "task_finished a success",
      "task_queued b#1",
    ]);
    expect(run.grant()).toEqual(["attempt_started b#1"]);
    expect(run.succeed("b")).toEqual(["attempt_ended b#1 success", "task_finished b success", "run_finished success"]);
    expect(run.task("a")).toEqual({
      key: "a",
      task: "a",
      state: "success",
      attempt: 1,
      retries_used: 0,
      lost_count: 0,
      queued_at: T0,
      started_at: T0,
      finished_at: T0 + 5,
      outputs: { size: 3 },
    });
    expect(run.run).toMatchObject({ state: "success", started_at: T0, finished_at: T0 + 5, seq: 11, retries: 0 });
    expect(run.run.why).toBeUndefined();
  });

  test("what the journal says of an attempt leaves its outputs to the end of the task", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    run.succeed("a", { size: 3 });
    expect(run.last("attempt_ended").outcome).toEqual({ state: "success" });
    expect(run.last("task_finished").outputs).toEqual({ size: 3 });
  });

  test("a run without tasks is a success at once", () => {
    expect(new RunDriver(aPlan({})).tick()).toEqual(["run_started", "run_finished success"]);
  });

  test("nothing starts before the first tick", () => {
    const run = new RunDriver(aPlan({ a: {} }));
    expect(run.grant("a")).toEqual([]);
    expect(run.intents()).toEqual([]);
    expect(run.states()).toEqual({ a: "none" });
  });

  test("a second tick changes nothing", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    expect(run.tick(1000)).toEqual([]);
  });

  test("a failed task fails the run, even when a cleanup after it succeeds", () => {
    const run = RunDriver.started(
      aPlan({ a: {}, b: { needs: ["a"] }, cleanup: { needs: ["b"], trigger_rule: "all_done" } }),
    );
    run.grant();
    expect(run.fail("a")).toEqual([
      "attempt_ended a#1 exit_code",
      "task_finished a failed exit_code",
      "task_finished b upstream_failed",
      "task_queued cleanup#1",
    ]);
    run.grant();
    expect(run.succeed("cleanup")).toContain("run_finished failed");
    expect(run.run.why).toBe("task a failed");
    expect(run.task("b").why).toBe("trigger rule all_success does not hold: a is failed");
    expect(run.task("a").failure).toEqual({ reason: "exit_code", message: "it went wrong" });
  });

  test("the verdict names the tasks that failed, a few of them", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: {}, c: {}, d: {}, e: {}, f: { needs: ["a"] } }));
    run.grant();
    for (const key of ["e", "d", "c", "b", "a"]) run.fail(key);
    expect(run.run.why).toBe("tasks a, b, c and 2 more failed");
    const few = RunDriver.started(aPlan({ a: {}, b: {}, c: {} }));
    for (const key of ["c", "b", "a"]) few.mark(key, "failed");
    expect(few.run.why).toBe("tasks a, b, c failed");
  });

  test("with allow_failure a failed task lets the run go on and succeed, and still shows as failed", () => {
    const run = RunDriver.started(aPlan({ a: { allow_failure: true }, b: { needs: ["a"] } }));
    run.grant();
    expect(run.fail("a")).toContain("task_queued b#1");
    run.grant();
    expect(run.succeed("b")).toContain("run_finished success");
    expect(run.states()).toEqual({ a: "failed", b: "success" });
  });

  test("with allow_failure a task that could not run does not fail the run by itself", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a"], allow_failure: true } }));
    run.grant();
    run.fail("a");
    expect(run.states()).toEqual({ a: "failed", b: "upstream_failed" });
    expect(run.run.why).toBe("task a failed");
  });

  test("an attempt that skips itself skips the task, and what needs it", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a"] } }));
    run.grant();
    expect(run.skip("a")).toEqual([
      "attempt_ended a#1 skipped",
      "task_finished a skipped",
      "task_finished b skipped",
      "run_finished success",
    ]);
    expect(run.task("a").why).toBe("it skipped itself");
    expect(run.task("b").why).toBe("trigger rule all_success does not hold: a is skipped");
  });

  test.each([
    ["all_failed", "success", "trigger rule all_failed does not hold: a is success"],
    ["all_failed", "skipped", "trigger rule all_failed does not hold: a is skipped"],
    ["all_skipped", "success", "trigger rule all_skipped does not hold: a is success"],
    ["all_skipped", "failed", "trigger rule all_skipped does not hold: a is failed"],
    ["one_failed", "success", "trigger rule one_failed does not hold"],
    ["one_done", "skipped", "trigger rule one_done does not hold"],
    ["none_skipped", "skipped", "trigger rule none_skipped does not hold: a is skipped"],
  ] as const)("a skip by %s says why", (trigger_rule, state, why) => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a"], trigger_rule } }));
    run.mark("a", state);
    expect(run.task("b")).toMatchObject({ state: "skipped", why });
  });

  test("a task that needs the same task twice waits for it once", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a", "a"] } }));
    run.grant();
    expect(run.succeed("a")).toContain("task_queued b#1");
  });

  test("a rule that holds early starts its task while others are still open, and once", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: {}, c: { needs: ["a", "b"], trigger_rule: "one_success" } }));
    run.grant();
    expect(run.succeed("b")).toContain("task_queued c#1");
    expect(run.succeed("a")).toEqual(["attempt_ended a#1 success", "task_finished a success"]);
  });

  test("`always` starts with the run", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: { needs: ["a"], trigger_rule: "always" } }));
    expect(run.states()).toEqual({ a: "queued", b: "queued" });
  });
});

test("a skip because of what did not run either says so", () => {
  const run = RunDriver.started(
    aPlan({ a: {}, b: { needs: ["a"] }, c: { needs: ["b"] }, d: { needs: ["b"], trigger_rule: "all_skipped" } }),
  );
  run.mark("a", "failed");
  expect(run.task("c").why).toBe("trigger rule all_success does not hold: b is upstream_failed");
  expect(run.task("d").why).toBe("trigger rule all_skipped does not hold: b is upstream_failed");
});

describe("in the middle of a decision", () => {
  /** The run as it is after the first event of this type. */
  function upTo(run: RunDriver, type: RunEvent["type"]): Run {
    const count = run.journal.findIndex((event) => event.type === type) + 1;
    return replay(run.plan, run.run.id, run.journal.slice(0, count));
  }

  test("a task run whose attempt has ended is scheduled, and holds nothing", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 50 } }));
    run.grant();
    run.tick(50);
    run.fail("a");
    const between = upTo(run, "attempt_ended");
    expect(between.task_runs.get(taskKey("a"))).toEqual({
      key: "a",
      task: "a",
      state: "scheduled",
      attempt: 1,
      retries_used: 0,
      lost_count: 0,
      queued_at: T0,
      started_at: T0,
    });
    expect(liveAttempts(between)).toEqual([]);
  });

  test("a run whose tasks were cleared is queued until it starts again", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.mark("a", "failed");
    run.retry();
    expect(upTo(run, "tasks_cleared")).toMatchObject({ state: "queued", retries: 1, finished_at: undefined });
  });
});

describe("a run of some tasks only", () => {
  const plan = aPlan({ a: {}, b: { needs: ["a"] }, c: { needs: ["b"] }, d: { needs: ["c", "a"] } });

  test("skips the others at once, and waits for none of them", () => {
    const run = new RunDriver(plan, ["b", "d"]);
    expect(run.tick()).toEqual([
      "run_started",
      "task_finished a skipped",
      "task_queued b#1",
      "task_finished c skipped",
      "task_queued d#1",
    ]);
    expect(run.task("a").why).toBe("not among the tasks that this run was asked for");
  });

  test("keeps the order among those that it runs", () => {
    const run = RunDriver.started(plan, ["a", "b"]);
    expect(run.states()).toEqual({ a: "queued", b: "none", c: "skipped", d: "skipped" });
    run.grant();
    expect(run.succeed("a")).toContain("task_queued b#1");
  });

  test("of none is a success at once", () => {
    expect(new RunDriver(plan, []).tick()).toContain("run_finished success");
  });
});

describe("reports that mean nothing", () => {
  test("of an older attempt change nothing", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } } }));
    run.grant();
    run.fail("a");
    run.grant();
    expect(run.task("a").attempt).toBe(2);
    expect(run.report("a", { state: "success", outputs: {} }, 1)).toEqual([]);
    expect(run.report("a", { state: "lost", message: "" }, 3)).toEqual([]);
    expect(run.states()).toEqual({ a: "running" });
  });

  test("that come twice count once", () => {
    const run = RunDriver.started(aPlan({ a: {}, b: {} }));
    run.grant();
    run.succeed("a");
    expect(run.succeed("a")).toEqual([]);
    expect(run.fail("a")).toEqual([]);
  });

  test("of a task run that does not exist change nothing", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    const outcome = { state: "success", outputs: {} } as const;
    expect(run.give({ type: "attempt_reported", key: taskKey("x"), attempt: 1, outcome })).toEqual([]);
    expect(run.give({ type: "attempt_waits", key: taskKey("x"), attempt: 1 })).toEqual([]);
    expect(run.give({ type: "slots_refused", key: taskKey("x"), message: "" })).toEqual([]);
  });

  test("of an attempt that has not started change nothing", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    expect(run.report("a", { state: "success", outputs: {} }, 1)).toEqual([]);
    expect(run.report("a", { state: "success", outputs: {} }, 0)).toEqual([]);
    expect(run.give({ type: "attempt_waits", key: taskKey("a"), attempt: 0 })).toEqual([]);
  });

  test("nothing happens to a finished run", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    run.succeed("a");
    expect(run.tick(10_000)).toEqual([]);
    expect(run.grant("a")).toEqual([]);
    expect(run.cancel()).toEqual([]);
    expect(run.intents()).toEqual([]);
  });

  test("slots that are granted twice start one attempt", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    expect(run.grant("a", "a", "x")).toEqual(["attempt_started a#1"]);
    expect(run.grant("a")).toEqual([]);
  });
});

describe("time", () => {
  test("a clock that is set back stamps no event earlier than the one before it", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.now -= 5_000;
    run.grant();
    expect(run.last("attempt_started").at).toBe(T0);
    run.now += 10_000;
    run.succeed("a");
    expect(run.last("attempt_ended").at).toBe(T0 + 5_000);
  });
});

describe("broken invariants", () => {
  const begun = () => newRun(aPlan({ a: {} }), runId("r1"));

  test("an event out of sequence is refused", () => {
    const [created] = createRun(CREATED, T0);
    const run = begun();
    expect(() => evolve(run, { ...created!, seq: 2 })).toThrow(InvariantError);
    evolve(run, created!);
    expect(() => evolve(run, created!)).toThrow("event 1 came after 1");
    expect(new InvariantError("x").name).toBe("InvariantError");
  });

  test("a run is created once", () => {
    const run = begun();
    const [created] = createRun(CREATED, T0);
    evolve(run, created!);
    expect(() => evolve(run, { ...created!, seq: 2 })).toThrow("created twice");
  });

  test("an event about a task run that does not exist is refused", () => {
    const run = replay(aPlan({ a: {} }), runId("r1"), createRun(CREATED, T0));
    const event = { type: "task_queued", key: taskKey("x"), attempt: 1, seq: 2, at: T0 } as const;
    expect(() => evolve(run, event)).toThrow("no task run x");
  });

  test("a run can't be read before its first event", () => {
    expect(() => begun().created).toThrow("before its first event");
    expect(() => begun().created_at).toThrow("before its first event");
    expect(begun().task_runs.size).toBe(0);
  });

  test("a run of somebody else's making is refused", () => {
    const { run } = RunDriver.started(aPlan({ a: {} }));
    expect(() => decide({ ...run, id: runId("r2") }, { type: "tick" }, T0)).toThrow("was not made by");
  });

  test("a circle among tasks is refused", () => {
    expect(() => new RunDriver(aPlan({ a: { needs: ["b"] }, b: { needs: ["a"] } }))).toThrow("in a circle");
  });

  test("a need that is not a task is refused", () => {
    expect(() => new RunDriver(aPlan({ a: { needs: ["x"] } }))).toThrow("task a needs x, which is not a task");
  });

  test("two tasks with one id are refused", () => {
    const { tasks, ...rest } = aPlan({ a: {} });
    expect(() => new RunDriver({ ...rest, tasks: [...tasks, ...tasks] })).toThrow("two tasks with one id");
  });

  test("an evaluator that throws leaves the run as it was, so that it can be decided again", () => {
    let broken = true;
    const condition = () => {
      if (broken) throw new Error("a bug of the evaluator");
      return { ok: true, value: true } as const;
    };
    const plan = aPlan({ a: {}, b: { needs: ["a"], conditional: true } }, { evaluator: { condition } });
    const run = RunDriver.started(plan);
    run.grant();
    expect(() => run.succeed("a")).toThrow("a bug of the evaluator");
    broken = false;
    expect(run.states()).toEqual({ a: "running", b: "none" });
    expect(run.succeed("a")).toContain("task_queued b#1");
  });

  test("an evaluator that decides in turn is refused", () => {
    const plan = aPlan(
      { a: { conditional: true } },
      {
        evaluator: {
          condition: (run) => {
            decide(run, { type: "tick" }, T0);
            return { ok: true, value: true };
          },
        },
      },
    );
    expect(() => RunDriver.started(plan)).toThrow("is being decided already");
  });

  test("a run that was failed for an internal error stops what is live, and takes the reports", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 3 } }, b: { needs: ["a"] }, c: {}, queued: {} }));
    run.grant("a", "c");
    const { seq, id } = run.run;
    run.run = evolve(run.run, { type: "run_finished", state: "failed", why: "internal error", seq: seq + 1, at: T0 });
    run.journal.push({ type: "run_finished", state: "failed", why: "internal error", seq: seq + 1, at: T0 });
    expect(run.intents()).toMatchObject([
      { type: "stop_attempt", key: "a", why: "cancelled" },
      { type: "stop_attempt", key: "c", why: "cancelled" },
    ]);
    const slots = new SlotQueue({ concurrency: 10, pools: {} });
    slots.addRun(run.run);
    expect(slots.grant()).toEqual([]);
    expect(run.grant("queued")).toEqual([]);
    expect(run.retry()).toEqual([]);
    expect(run.fail("a")).toEqual(["attempt_ended a#1 exit_code", "task_finished a failed exit_code"]);
    expect(run.lose("c")).toEqual(["attempt_ended c#1 lost", "task_finished c failed lost"]);
    expect(run.run).toMatchObject({ id, state: "failed", why: "internal error" });
    expect(run.intents()).toEqual([]);
    expect(run.retry()).toEqual([
      "tasks_cleared a b c queued",
      "run_started",
      "task_queued a#2",
      "task_queued c#2",
      "task_queued queued#1",
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { type FailureReason, waitingAttempts } from "../../../src/core/index.ts";
import { aPlan, taskKey } from "../../support/plans.ts";
import { RunDriver, T0 } from "./run-driver.ts";

describe("retries", () => {
  test("a failed attempt is followed by another after its delay, and not a moment earlier", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1, delay_ms: 100 } } }));
    run.grant();
    expect(run.fail("a")).toEqual(["attempt_ended a#1 exit_code", "retry_scheduled a#1 failed +100"]);
    expect(run.task("a")).toMatchObject({ state: "up_for_retry", retries_used: 1, wake_at: T0 + 100 });
    expect(run.intents()).toEqual([{ type: "wake_at", at: T0 + 100 }]);
    expect(run.tick(99)).toEqual([]);
    expect(run.tick(1)).toEqual(["task_queued a#2"]);
    expect(run.intents()).toEqual([]);
    run.grant();
    expect(run.task("a")).toMatchObject({ attempt: 2, started_at: T0, queued_at: T0 + 100 });
    expect(run.task("a").wake_at).toBeUndefined();
    expect(run.fail("a")).toEqual([
      "attempt_ended a#2 exit_code",
      "task_finished a failed exit_code",
      "run_finished failed",
    ]);
  });

  test("without a delay the next attempt is queued at once", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } } }));
    run.grant();
    expect(run.fail("a")).toEqual(["attempt_ended a#1 exit_code", "retry_scheduled a#1 failed +0", "task_queued a#2"]);
  });

  test("a failure that asks to wait is obeyed", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1, delay_ms: 100 } } }));
    run.grant();
    const failure = { reason: "refused", message: "too many requests", retry_after_ms: 5_000 } as const;
    expect(run.report("a", { state: "failed", failure })).toContain("retry_scheduled a#1 failed +5000");
  });

  test("exponential delays grow by their factor up to the cap", () => {
    const retries = { count: 4, delay_ms: 10, backoff: "exponential", factor: 3, max_delay_ms: 200 } as const;
    const run = RunDriver.started(aPlan({ a: { retries } }));
    for (let retry = 1; retry <= 4; retry++) {
      run.grant();
      run.fail("a");
      run.tick(1_000);
    }
    expect(run.all("retry_scheduled").map((event) => event.ready_at - event.at)).toEqual([10, 30, 90, 200]);
  });

  test("jitter follows from run, task and attempt", () => {
    const retries = { count: 3, delay_ms: 1_000, jitter: 0.5 };
    const delays = () => {
      const run = RunDriver.started(aPlan({ a: { retries }, b: { retries } }));
      for (let retry = 1; retry <= 3; retry++) {
        run.grant();
        run.fail("a");
        run.fail("b");
        run.tick(10_000);
      }
      return run.all("retry_scheduled").map((event) => event.ready_at - event.at);
    };
    expect(new Set(delays()).size).toBe(6);
    expect(delays()).toEqual(delays());
  });

  test("a clock that is set back makes no retry early", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1, delay_ms: 100 } } }));
    run.now += 50_000;
    run.grant();
    run.now -= 50_000;
    run.fail("a");
    expect(run.tick(100)).toEqual([]);
    expect(run.tick(50_000)).toEqual(["task_queued a#2"]);
  });

  test.each<FailureReason>([
    "exit_code",
    "signal",
    "timeout",
    "spawn_failed",
    "output_invalid",
    "operator_failed",
    "lost",
  ])("%s is retried", (reason) => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } } }));
    run.grant();
    expect(run.fail("a", reason)).toContain("task_queued a#2");
  });

  test.each<FailureReason>(["cancelled", "expression_failed", "pool_unavailable"])("%s is not retried", (reason) => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } } }));
    run.grant();
    expect(run.fail("a", reason)).toContain(`task_finished a failed ${reason}`);
  });

  test("`retries.if` sees the failure and decides", () => {
    const seen: string[] = [];
    const retry = (_: unknown, key: string, failure: { readonly reason: string }) => {
      seen.push(`${key} ${failure.reason}`);
      return { ok: true, value: failure.reason === "signal" } as const;
    };
    const run = RunDriver.started(aPlan({ a: { retries: { count: 9, conditional: true } } }, { evaluator: { retry } }));
    run.grant();
    expect(run.fail("a", "signal")).toContain("task_queued a#2");
    run.grant();
    expect(run.fail("a", "exit_code")).toContain("task_finished a failed exit_code");
    expect(seen).toEqual(["a signal", "a exit_code"]);
    expect(run.task("a").why).toBeUndefined();
  });

  test("a `retries.if` that can't be used fails the task with its own failure, and says so", () => {
    const run = RunDriver.started(
      aPlan(
        { a: { retries: { count: 1, conditional: true } } },
        { evaluator: { retry: () => ({ ok: false, message: "no such name" }) } },
      ),
    );
    run.grant();
    run.fail("a", "signal");
    expect(run.task("a")).toMatchObject({ state: "failed", failure: { reason: "signal" } });
    expect(run.task("a").why).toBe("not retried, because its `retries.if` could not be used: no such name");
  });

  test("`retries.if` is not asked when there is no retry left", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 0, conditional: true } } }));
    run.grant();
    run.fail("a");
    expect(run.task("a").why).toBeUndefined();
  });
});

describe("time-outs of an attempt", () => {
  const plan = aPlan({ a: { timeout_ms: 100, grace_ms: 7 } });

  test("it is told to stop when its time is up, and fails when its report comes", () => {
    const run = RunDriver.started(plan);
    run.now += 50;
    run.grant();
    expect(run.task("a").deadline_at).toBe(T0 + 150);
    expect(run.intents()).toEqual([
      { type: "start_attempt", key: "a", attempt: 1 },
      { type: "wake_at", at: T0 + 150 },
    ]);
    expect(run.tick(99)).toEqual([]);
    expect(run.tick(1)).toEqual(["attempt_stopping a#1 timeout"]);
    expect(run.intents()).toEqual([{ type: "stop_attempt", key: "a", attempt: 1, why: "timeout", grace_ms: 7 }]);
    expect(run.tick(1_000)).toEqual([]);
    expect(run.fail("a", "signal")).toEqual([
      "attempt_ended a#1 timeout",
      "task_finished a failed timeout",
      "run_finished failed",
    ]);
    expect(run.task("a").stopping).toBeUndefined();
  });

  test("what it reports goes into the failure", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.tick(100);
    const failure = { reason: "signal", message: "killed", signal: "SIGTERM", log_tail: ["bye"] } as const;
    run.report("a", { state: "failed", failure });
    expect(run.task("a").failure).toEqual({
      reason: "timeout",
      message: "it took longer than its timeout",
      signal: "SIGTERM",
      log_tail: ["bye"],
    });
  });

  test.each([
    { state: "success", outputs: { done: true } },
    { state: "skipped", message: "it skipped itself" },
    { state: "lost", message: "it is gone" },
  ] as const)("a report of $state after it was told to stop counts as timed out", (outcome) => {
    const run = RunDriver.started(plan);
    run.grant();
    run.tick(100);
    expect(run.report("a", outcome)).toContain("task_finished a failed timeout");
    expect(run.task("a").outputs).toBeUndefined();
  });

  test("a report that comes before anybody looked at the clock counts as it is", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.now += 500;
    expect(run.succeed("a")).toContain("task_finished a success");
  });

  test("they are retried, with a new deadline", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 100, retries: { count: 1 } } }));
    run.grant();
    run.tick(100);
    expect(run.fail("a", "signal")).toContain("task_queued a#2");
    expect(run.task("a").deadline_at).toBeUndefined();
    run.grant();
    expect(run.task("a").deadline_at).toBe(T0 + 200);
  });

  test("with soft_fail they skip, once there is no retry left", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 100, soft_fail: true, retries: { count: 1 } } }));
    run.grant();
    run.tick(100);
    expect(run.fail("a", "signal")).toContain("task_queued a#2");
    run.grant();
    run.tick(100);
    expect(run.fail("a", "signal")).toContain("task_finished a skipped");
    expect(run.task("a").why).toBe("it took longer than its timeout");
    expect(run.run.state).toBe("success");
  });

  test("with soft_fail other failures still fail", () => {
    const run = RunDriver.started(aPlan({ a: { soft_fail: true } }));
    run.grant();
    expect(run.fail("a")).toContain("task_finished a failed exit_code");
  });
});

describe("waiting without a slot", () => {
  const plan = aPlan({ a: { timeout_ms: 1_000, retries: { count: 1, delay_ms: 200 } } });

  /** A run in which `a` waits since 10 ms after it started. */
  function waiting(of = plan): RunDriver {
    const run = RunDriver.started(of);
    run.grant();
    run.now += 10;
    expect(run.wait("a")).toEqual(["attempt_waiting a#1"]);
    return run;
  }

  test("an attempt gives its slot back and stays open, under its own number and deadline", () => {
    const run = waiting();
    expect(run.task("a")).toMatchObject({ state: "waiting", attempt: 1, deadline_at: T0 + 1_000, started_at: T0 });
    expect(run.intents()).toEqual([{ type: "wake_at", at: T0 + 1_000 }]);
    expect(waitingAttempts(run.run)).toEqual([{ key: "a", attempt: 1 }]);
    expect(run.tick(500)).toEqual([]);
    expect(run.succeed("a")).toEqual(["attempt_ended a#1 success", "task_finished a success", "run_finished success"]);
    expect(waitingAttempts(run.run)).toEqual([]);
  });

  test("without a time-out it waits for as long as it takes", () => {
    const run = waiting(aPlan({ a: {} }));
    expect(run.intents()).toEqual([]);
    expect(run.tick(1_000_000)).toEqual([]);
    expect(run.succeed("a", { answer: "yes" })).toContain("task_finished a success");
  });

  test("it never gets a slot again", () => {
    const run = waiting();
    expect(run.grant("a")).toEqual([]);
    expect(run.task("a").state).toBe("waiting");
  });

  test("what it reports later counts as of any other attempt", () => {
    expect(waiting().fail("a")).toEqual(["attempt_ended a#1 exit_code", "retry_scheduled a#1 failed +200"]);
    expect(waiting().skip("a")).toContain("task_finished a skipped");
    expect(waiting().lose("a")).toEqual(["attempt_ended a#1 lost", "retry_scheduled a#1 lost +0", "task_queued a#2"]);
  });

  test("a time-out ends it at once: nothing of it is live that would have to stop first", () => {
    const run = waiting(aPlan({ a: { timeout_ms: 1_000 } }));
    expect(run.tick(989)).toEqual([]);
    expect(run.tick(1)).toEqual(["attempt_ended a#1 timeout", "task_finished a failed timeout", "run_finished failed"]);
    expect(run.task("a").failure?.message).toBe("it took longer than its timeout");
    expect(run.succeed("a")).toEqual([]);
  });

  test("with soft_fail a time-out skips", () => {
    const run = waiting(aPlan({ a: { timeout_ms: 100, soft_fail: true } }));
    expect(run.tick(100)).toEqual(["attempt_ended a#1 timeout", "task_finished a skipped", "run_finished success"]);
  });

  test("one that was told to stop does not begin to wait: its report is still to come", () => {
    const run = RunDriver.started(plan);
    run.grant();
    run.tick(1_000);
    expect(run.wait("a")).toEqual([]);
    expect(run.task("a")).toMatchObject({ state: "running", stopping: "timeout" });
    expect(run.fail("a")).toContain("attempt_ended a#1 timeout");
  });

  test("only a live attempt can begin to wait, and only once", () => {
    const run = waiting();
    expect(run.wait("a")).toEqual([]);
    run.fail("a");
    expect(run.wait("a")).toEqual([]);
    run.tick(200);
    run.grant();
    expect(run.give({ type: "attempt_waits", key: taskKey("a"), attempt: 1 })).toEqual([]);
    expect(run.give({ type: "attempt_waits", key: taskKey("nope"), attempt: 2 })).toEqual([]);
    expect(run.wait("a")).toEqual(["attempt_waiting a#2"]);
  });
});

describe("the time-out of a task", () => {
  const parts = { timeout_ms: 1_000, retries: { count: 5, delay_ms: 100 } };

  /** A run whose second attempt began 150 ms after its first. */
  function retried(waits: boolean): RunDriver {
    const run = RunDriver.started(aPlan({ a: { ...parts, waits } }));
    run.grant();
    run.now += 50;
    run.fail("a");
    run.tick(100);
    run.grant();
    return run;
  }

  test("counts from the start of each attempt, and is retried", () => {
    const run = retried(false);
    expect(run.task("a").deadline_at).toBe(T0 + 150 + 1_000);
    expect(run.tick(1_000)).toEqual(["attempt_stopping a#2 timeout"]);
    expect(run.fail("a")).toEqual(["attempt_ended a#2 timeout", "retry_scheduled a#2 failed +100"]);
  });

  test("counts from the start of the first attempt in a task that waits, and is not retried", () => {
    const run = retried(true);
    expect(run.task("a").deadline_at).toBe(T0 + 1_000);
    run.wait("a");
    expect(run.tick(850)).toEqual([
      "attempt_ended a#2 timeout",
      "task_finished a failed timeout",
      "run_finished failed",
    ]);
  });

  test("is not retried in a task that waits, also while it has not begun to wait", () => {
    const run = retried(true);
    expect(run.tick(850)).toEqual(["attempt_stopping a#2 timeout"]);
    expect(run.fail("a")).toContain("task_finished a failed timeout");
  });

  describe("in a task that waits goes on between two attempts", () => {
    /** A run whose attempt failed 50 ms after it began, `delay_ms` before the next. */
    function between(delay_ms: number, more = {}): RunDriver {
      const retries = { count: 5, delay_ms };
      const run = RunDriver.started(aPlan({ a: { timeout_ms: 1_000, retries, waits: true, ...more } }));
      run.grant();
      run.now += 50;
      run.fail("a");
      return run;
    }

    test("ends it there when its retry comes too late", () => {
      const run = between(5_000);
      expect(run.intents()).toEqual([{ type: "wake_at", at: T0 + 1_000 }]);
      expect(run.tick(949)).toEqual([]);
      expect(run.tick(1)).toEqual(["task_finished a failed timeout", "run_finished failed"]);
      expect(run.task("a")).toMatchObject({ attempt: 1, failure: { message: "it took longer than its timeout" } });
    });

    test("ends it also when both were missed, and skips with soft_fail", () => {
      expect(between(100, { soft_fail: true }).tick(2_000)).toEqual([
        "task_finished a skipped",
        "run_finished success",
      ]);
    });

    test("ends it while it is queued, whether its slot is granted by then or not", () => {
      const queued = between(0);
      expect(queued.task("a").state).toBe("queued");
      expect(queued.intents()).toEqual([{ type: "wake_at", at: T0 + 1_000 }]);
      expect(queued.tick(950)).toEqual(["task_finished a failed timeout", "run_finished failed"]);
      const granted = between(0);
      granted.now += 950;
      expect(granted.grant("a")).toEqual(["task_finished a failed timeout", "run_finished failed"]);
    });

    test("does not begin before the first one", () => {
      const run = RunDriver.started(aPlan({ a: { timeout_ms: 1_000, waits: true } }));
      expect(run.intents()).toEqual([]);
      run.now += 5_000;
      run.grant("a");
      expect(run.task("a")).toMatchObject({ state: "running", deadline_at: T0 + 6_000 });
    });
  });

  test("counts anew in a task that waits once it is cleared", () => {
    const run = retried(true);
    run.tick(850);
    run.fail("a");
    run.retry("a");
    run.grant();
    expect(run.task("a")).toMatchObject({ attempt: 3, deadline_at: run.now + 1_000 });
  });
});

describe("lost attempts", () => {
  test("are run again at once, three times in a row, without spending a retry", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 5, delay_ms: 1_000 } } }));
    for (let lost = 1; lost <= 3; lost++) {
      run.grant();
      expect(run.lose("a")).toEqual([
        `attempt_ended a#${lost} lost`,
        `retry_scheduled a#${lost} lost +0`,
        `task_queued a#${lost + 1}`,
      ]);
      expect(run.task("a")).toMatchObject({ lost_count: lost, retries_used: 0 });
    }
    run.grant();
    expect(run.lose("a")).toEqual(["attempt_ended a#4 lost", "task_finished a failed lost", "run_finished failed"]);
    expect(run.task("a").failure).toEqual({ reason: "lost", message: "its machine is gone" });
  });

  test("count in a row: another end between them starts the count anew", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } } }));
    for (const end of ["lose", "lose", "fail", "lose", "lose", "lose"] as const) {
      run.grant();
      run[end]("a");
      expect(run.task("a").state).toBe("queued");
    }
    expect(run.task("a").lost_count).toBe(3);
    run.grant();
    expect(run.lose("a")).toContain("task_finished a failed lost");
  });

  test("fail at once under `on_lost: fail`, retries or not: nobody knows how they ended", () => {
    const run = RunDriver.started(aPlan({ a: { on_lost: "fail", retries: { count: 5 } } }));
    run.grant();
    expect(run.lose("a")).toEqual(["attempt_ended a#1 lost", "task_finished a failed lost", "run_finished failed"]);
  });
});

describe("pools that can never give a slot", () => {
  test("a refusal fails the task", () => {
    const run = RunDriver.started(aPlan({ a: { retries: { count: 1 } }, b: { needs: ["a"] } }));
    expect(run.give({ type: "slots_refused", key: taskKey("a"), message: "no such pool" })).toEqual([
      "task_finished a failed pool_unavailable",
      "task_finished b upstream_failed",
      "run_finished failed",
    ]);
    expect(run.task("a").failure).toEqual({ reason: "pool_unavailable", message: "no such pool" });
  });

  test("a refusal of what runs already changes nothing", () => {
    const run = RunDriver.started(aPlan({ a: {} }));
    run.grant();
    expect(run.give({ type: "slots_refused", key: taskKey("a"), message: "no such pool" })).toEqual([]);
  });
});

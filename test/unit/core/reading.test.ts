import { describe, expect, test } from "vitest";
import { isFinal, itemKey, liveAttempts, queuedKeys, TASK_STATES, touched } from "../../../src/core/index.ts";
import { aPlan, taskId } from "../../support/plans.ts";
import { RunDriver } from "./run-driver.ts";

describe("what is read from a run", () => {
  const items = () => ({ ok: true as const, value: Array.from({ length: 11 }, (_, index) => index) });
  const plan = aPlan({ z: {}, m: { for_each: {} }, a: {} }, { evaluator: { items } });
  const mapped = Array.from({ length: 11 }, (_, index) => `m[${index}]`);

  test("what waits for a slot comes in the order of the pipeline and of the items", () => {
    expect(queuedKeys(RunDriver.started(plan).run)).toEqual(["z", ...mapped, "a"]);
  });

  test("so does what is live, with what it was told", () => {
    const run = RunDriver.started(plan);
    run.grant("a", "m[10]", "m[2]", "z");
    run.mark("m[10]", "success");
    expect(liveAttempts(run.run)).toEqual([
      { key: "z", attempt: 1 },
      { key: "m[2]", attempt: 1 },
      { key: "m[10]", attempt: 1, stopping: "cancelled" },
      { key: "a", attempt: 1 },
    ]);
  });

  test("a new run touches the row of every task", () => {
    const run = new RunDriver(plan);
    expect([...touched(run.run, run.journal)]).toEqual(["z", "m", "a"]);
  });

  test("events touch the rows of their task runs, each once; those about the run touch none", () => {
    const run = RunDriver.started(plan);
    const before = run.journal.length;
    run.grant("z", "a");
    run.succeed("a");
    run.cancel();
    const events = run.journal.slice(before).filter((event) => !("key" in event) || !event.key.startsWith("m"));
    expect([...touched(run.run, events)].sort()).toEqual(["a", "z"]);
  });

  test("a wake-up is asked for the earliest timer", () => {
    const run = RunDriver.started(aPlan({ a: { timeout_ms: 50 }, b: { timeout_ms: 20 } }, { timeout_ms: 90 }));
    run.grant();
    expect(run.intents().at(-1)).toEqual({ type: "wake_at", at: run.now + 20 });
  });

  test("which states are final", () => {
    expect(TASK_STATES.filter(isFinal)).toEqual(["success", "failed", "skipped", "upstream_failed", "cancelled"]);
  });

  test("the key of an item names its task and its index", () => {
    expect(itemKey(taskId("train"), 3)).toBe("train[3]");
  });
});

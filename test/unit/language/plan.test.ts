import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Failure, Run, TaskId, TaskKey } from "../../../src/core/index.ts";
import { toPlan } from "../../../src/language/index.ts";
import type { JsonValue } from "../../../src/lib/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { aRun, pipelineOf } from "./sources.ts";

const context = { operators, vars: { region: "eu" }, secrets: {}, connections: {} };

describe("the plan of a pipeline", () => {
  test("says what the run machine has to know, in milliseconds", () => {
    const plan = toPlan(
      pipelineOf(`
name: nightly
timeout: 6h
max_active_tasks: 3
tasks:
  a:
    for_each: [1, 2]
    max_parallel: 2
    retries: { count: 2, delay: 5m, backoff: exponential, factor: 3, max_delay: 1h, jitter: 0.1, if: exit_code == 75 }
    timeout: 2h
    grace: 1m
    pool: gpu
    pool_slots: 2
    priority: 5
    on_lost: fail
    allow_failure: true
    bash: "true"
  choose:
    needs: a
    trigger_rule: all_done
    if: tasks.a.state == "success"
    branch: [{ else: end }]
  end: { needs: choose, noop: {} }
`),
      context,
    );
    expect(plan).toMatchObject({ pipeline: "nightly", timeout_ms: 21_600_000, max_active_tasks: 3 });
    expect(plan.tasks).toEqual([
      {
        id: "a",
        needs: [],
        trigger_rule: "all_success",
        conditional: false,
        for_each: { max_parallel: 2 },
        branch: false,
        retries: {
          count: 2,
          delay_ms: 300_000,
          backoff: "exponential",
          factor: 3,
          max_delay_ms: 3_600_000,
          jitter: 0.1,
          conditional: true,
        },
        timeout_ms: 7_200_000,
        grace_ms: 60_000,
        waits: false,
        notify: {},
        soft_fail: false,
        on_lost: "fail",
        allow_failure: true,
        pool: "gpu",
        pool_slots: 2,
        priority: 5,
      },
      expect.objectContaining({
        id: "choose",
        needs: ["a"],
        trigger_rule: "all_done",
        conditional: true,
        branch: true,
      }),
      expect.objectContaining({ id: "end", conditional: false, branch: false }),
    ]);
    expect(plan.tasks[1]).not.toHaveProperty("for_each");
    expect(plan.tasks[1]).not.toHaveProperty("timeout_ms");
  });
});

const PIPELINE = pipelineOf(`
params: { n: 3, names: { type: array, items: { type: string }, default: [x] } }
tasks:
  a: { bash: "true", outputs: { files: array, ok: boolean, sizes: object } }
  always: { bash: "true" }
  guarded: { needs: a, trigger_rule: all_done, if: "tasks.a.outputs.ok", bash: "true" }
  compared: { needs: a, trigger_rule: all_done, if: "\${{ tasks.a.state == 'success' && params.n > 2 }}", bash: "true" }
  literal: { for_each: [1, two, { three: "\${{ params.n }}" }], bash: "true" }
  mapping: { for_each: { de: 1, fr: "\${{ params.n }}" }, bash: "true" }
  listed: { needs: a, for_each: "\${{ tasks.a.outputs.files }}", if: "item != 'b' && item_index < 2", bash: "true" }
  bare: { needs: a, for_each: tasks.a.outputs.sizes, bash: "true" }
  retried: { retries: { count: 1, if: "exit_code == 75 || error.reason == 'timeout' || error.message.contains('hiccup')" }, bash: "true" }
`);
const { evaluator } = toPlan(PIPELINE, context);
const PARAMS = { n: 3, names: ["x"] };

const withOutputs = (outputs: Record<string, JsonValue>): Run => aRun(PARAMS, { a: { outputs } });

describe("conditions", () => {
  const condition = (run: Run, key: string) => evaluator.condition(run, key as TaskKey);

  test("a task without one always runs", () => {
    expect(condition(aRun(PARAMS), "always")).toEqual({ ok: true, value: true });
  });

  test("they see what came before", () => {
    expect(condition(withOutputs({ ok: true }), "guarded")).toEqual({ ok: true, value: true });
    expect(condition(withOutputs({ ok: false }), "guarded")).toEqual({ ok: true, value: false });
    expect(condition(withOutputs({}), "compared")).toEqual({ ok: true, value: true });
    expect(condition(aRun({ ...PARAMS, n: 2 }, { a: { outputs: {} } }), "compared")).toEqual({
      ok: true,
      value: false,
    });
  });

  test("null is neither true nor false", () => {
    const skipped = aRun(PARAMS, { a: { state: "skipped" } });
    expect(condition(skipped, "guarded")).toEqual({
      ok: false,
      message: "`tasks.a.outputs.ok` gave null; it must give true or false",
    });
  });

  test("an item is seen by its own condition", () => {
    const items = {
      a: { outputs: {} },
      "listed[0]": { index: 0, item: "a" },
      "listed[1]": { index: 1, item: "b" },
      "listed[2]": { index: 2, item: "c" },
    };
    const values = [0, 1, 2].map((index) => condition(aRun(PARAMS, items), `listed[${index}]`));
    expect(values.map((each) => each.ok && each.value)).toEqual([true, false, false]);
  });
});

describe("items", () => {
  const items = (run: Run, task: string) => evaluator.items(run, task as TaskId);

  test.each([
    ["literal", [1, "two", { three: 3 }]],
    [
      "mapping",
      [
        { key: "de", value: 1 },
        { key: "fr", value: 3 },
      ],
    ],
    ["listed", ["f", "g"]],
    ["bare", [{ key: "x", value: 1 }]],
  ])("of %s", (task, expected) => {
    expect(items(withOutputs({ files: ["f", "g"], sizes: { x: 1 } }), task)).toEqual({ ok: true, value: expected });
  });

  test("of something that is no list are refused, with a reason", () => {
    const skipped = aRun(PARAMS, { a: { state: "skipped" } });
    expect(items(skipped, "listed")).toEqual({ ok: false, message: "it gave null; it must give a list or a map" });
  });
});

describe("retries", () => {
  const retry = (failure: Partial<Failure>) =>
    evaluator.retry(aRun(PARAMS, { retried: {} }), "retried" as TaskKey, {
      reason: "exit_code",
      message: "",
      ...failure,
    });

  test("depend on how the attempt failed", () => {
    expect(retry({ exit_code: 75 })).toEqual({ ok: true, value: true });
    expect(retry({ exit_code: 1 })).toEqual({ ok: true, value: false });
    expect(retry({ reason: "timeout" })).toEqual({ ok: true, value: true });
    expect(retry({ reason: "signal", message: "a hiccup of the network" })).toEqual({ ok: true, value: true });
  });

  test("see the exit code as an integer, and null without one", () => {
    const halved = pipelineOf(
      'tasks: { a: { retries: { count: 1, if: "exit_code != null && exit_code / 2 == 37" }, noop: {} } }',
    );
    const ask = (failure: Failure) =>
      toPlan(halved, context).evaluator.retry(aRun({}, { a: {} }), "a" as TaskKey, failure);
    expect(ask({ reason: "exit_code", message: "", exit_code: 75 })).toEqual({ ok: true, value: true });
    expect(ask({ reason: "signal", message: "" })).toEqual({ ok: true, value: false });
  });

  test("are always wanted without a condition", () => {
    expect(evaluator.retry(aRun(), "always" as TaskKey, { reason: "lost", message: "" })).toEqual({
      ok: true,
      value: true,
    });
  });
});

test("evaluation never throws, whatever the values of a run", () => {
  const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
  fc.assert(
    fc.property(
      value,
      value,
      value,
      fc.dictionary(fc.constantFrom("n", "names", "__proto__", "x"), value),
      (files, ok, sizes, params) => {
        const run = aRun(params, { a: { outputs: { files, ok, sizes } }, "listed[0]": { index: 0, item: files } });
        for (const key of ["guarded", "compared", "listed[0]"])
          expect(evaluator.condition(run, key as TaskKey)).toHaveProperty("ok");
        for (const task of ["literal", "mapping", "listed", "bare"])
          expect(evaluator.items(run, task as TaskId)).toHaveProperty("ok");
        expect(
          evaluator.retry(run, "retried" as TaskKey, { reason: "lost", message: JSON.stringify(ok) }),
        ).toHaveProperty("ok");
      },
    ),
    { numRuns: 300 },
  );
});

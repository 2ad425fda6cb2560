import { describe, expect, test } from "vitest";
import { toText } from "../../../../src/cli/live/text.ts";
import { type PlanRequest, planRun, renderPlan } from "../../../../src/cli/run/plan.ts";
import type { Pipeline, Task } from "../../../../src/language/index.ts";

function aTask(id: string, needs: readonly string[], more: Partial<Task> = {}): Task {
  return {
    id,
    needs,
    operator: "bash",
    trigger_rule: "all_success",
    retries: { count: 0, delay_ms: 0, backoff: "constant", factor: 2, jitter: 0, conditional: false },
    grace_ms: 10_000,
    soft_fail: false,
    on_lost: "rerun",
    allow_failure: false,
    pool_slots: 1,
    priority: 0,
    depends_on_past: false,
    env: {},
    outputs: {},
    output_values: {},
    config: {},
    metrics: {},
    checks: {},
    notify: { on_success: [], on_failure: [], on_retry: [] },
    ...more,
  };
}

const pipeline = {
  name: "training",
  file: "training.yaml",
  version: "abc",
  params: {},
  env: { LEVEL: "info" },
  max_active_tasks: 4,
  timeout_ms: 3_600_000,
  tasks: [
    aTask("end", ["deploy", "tell"], { trigger_rule: "all_done" }),
    aTask("tell", ["train"], { allow_failure: true }),
    aTask("deploy", ["train"], { if: "params.deploy", pool: "gpu", pool_slots: 2 }),
    aTask("train", ["load"], {
      retries: {
        count: 3,
        delay_ms: 5_000,
        backoff: "exponential",
        factor: 2,
        max_delay_ms: 60_000,
        jitter: 0,
        conditional: false,
      },
      timeout_ms: 90_000,
    }),
    aTask("load", [], {
      config: { script: "./load.sh ${{ params.epochs }} ${{ item }}" },
      for_each: { items: ["a", "b"], max_parallel: 1 },
    }),
  ],
} as unknown as Pipeline;

const REQUEST: PlanRequest = {
  params: { epochs: 3 },
  logical_date: Date.UTC(2026, 0, 31),
  pools: { gpu: 4 },
  vars: {},
};

describe("planRun", () => {
  test("orders tasks by level", () => {
    const { tasks } = planRun(pipeline, REQUEST);
    expect(tasks.map(({ id, level }) => [id, level])).toEqual([
      ["load", 1],
      ["train", 2],
      ["tell", 3],
      ["deploy", 3],
      ["end", 4],
    ]);
    expect(new Set(tasks.map(({ action }) => action))).toEqual(new Set(["run"]));
  });

  test("with only some tasks, the others are skipped", () => {
    const { tasks } = planRun(pipeline, { ...REQUEST, only: ["train"] });
    expect(tasks.filter(({ action }) => action !== "skip").map(({ id }) => id)).toEqual(["train"]);
  });

  test("from a task on, what is not downstream keeps its state", () => {
    const { tasks } = planRun(pipeline, { ...REQUEST, from: ["deploy"] });
    expect(tasks.map(({ id, action }) => `${id} ${action}`)).toEqual([
      "load keep",
      "train keep",
      "tell keep",
      "deploy run",
      "end run",
    ]);
  });
});

describe("renderPlan", () => {
  test("says what is known before the run", () => {
    const only = ["load"];
    expect(
      renderPlan(planRun(pipeline, { ...REQUEST, only }), undefined).map((line) => toText(line).trimEnd()),
    ).toEqual([
      "training  training.yaml",
      "logical date 2026-01-31 00:00:00Z, at most 4 tasks at once, timeout 1h",
      "params  epochs=3",
      "",
      "LEVEL  TASK    OPERATOR  NEEDS         DETAILS",
      "    1  load    bash                    2 items, 1 at once",
      "    2  train   bash      load          skipped by --only; 3 retries after 5s, growing to 1m; timeout 1m30s",
      "    3  tell    bash      train         skipped by --only; may fail",
      "    3  deploy  bash      train         skipped by --only; if params.deploy; pool gpu (2 of 4 slots)",
      "    4  end     bash      deploy, tell  skipped by --only; all_done",
      "",
      "load",
      "  bash:",
      "    script: ./load.sh 3 ${{ item }}",
      "  env:",
      "    LEVEL: info",
      "",
      "Nothing was started.",
    ]);
  });

  test("a pool that engine.yaml does not name is pointed out", () => {
    const text = renderPlan(planRun(pipeline, { ...REQUEST, pools: {} }), undefined)
      .map(toText)
      .join("\n");
    expect(text).toContain("pool gpu (not in engine.yaml)");
  });
});

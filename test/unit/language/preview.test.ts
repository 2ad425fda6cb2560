import { expect, test } from "vitest";
import type { TaskKey } from "../../../src/core/index.ts";
import { previewAttempt, previewTask } from "../../../src/language/index.ts";
import { aRun, pipelineOf } from "./sources.ts";

const DAY = Date.UTC(2026, 0, 31);

test("what a task would do: what is known is worked out, the rest stands as written, and no secret shows", () => {
  const pipeline = pipelineOf(`
params: { epochs: 3, names: [a, b] }
env: { REGION: "\${{ vars.region }}", KEY: "k-\${{ secrets.KEY }}" }
tasks:
  load: { bash: ./load.sh, outputs: { path: string } }
  train:
    needs: load
    env: { RUN: "\${{ run.id }}", DAY: "\${{ ds }}" }
    pipeline:
      name: fit
      params:
        epochs: \${{ params.epochs }}
        names: \${{ params.names }}
        where: "\${{ ds }}/\${{ tasks.load.outputs.path }}/\${{ vars.region }}"
`);
  const [, train] = pipeline.tasks;
  if (train === undefined) throw new Error("there is no second task");
  const request = { params: { epochs: 3, names: ["a", "b"] }, logical_date: DAY };
  expect(previewTask(pipeline, train, request, { vars: { region: "eu" } })).toEqual({
    config: {
      name: "fit",
      wait: true,
      params: { epochs: 3, names: ["a", "b"], where: "2026-01-31/${{ tasks.load.outputs.path }}/eu" },
    },
    env: { REGION: "eu", KEY: "k-***", RUN: "${{ run.id }}", DAY: "2026-01-31" },
  });
});

test("what an attempt is given: all that the run knows is worked out, and no secret is asked for", () => {
  const pipeline = pipelineOf(`
params: { day: x }
tasks:
  load: { bash: ./load.sh, outputs: { path: string, all: array } }
  train:
    needs: load
    for_each: [a, b]
    env: { KEY: "k-\${{ secrets.KEY + item }}", LONG: "\${{ tasks.load.outputs.all }}" }
    bash: "fit \${{ item }} \${{ item_index }} \${{ run.id }} '\${{ tasks.load.outputs.path }}' \${{ vars.gone }} \${{ params.day }}"
    retries: { count: 1, if: "exit_code == 3" }
`);
  const all = Array.from({ length: 4_000 }, (_, i) => i);
  const run = aRun(
    { day: "monday" },
    {
      load: { state: "success", outputs: { path: "/data/1", all } },
      train: { items: 2 },
      "train[1]": { index: 1, item: "b" },
    },
  );
  expect(previewAttempt(pipeline, run, "train[1]" as TaskKey, { vars: {} })).toEqual({
    config: { script: `fit b 1 ${run.id} '/data/1' \${{ vars.gone }} monday`, skip_exit_code: 99 },
    env: { KEY: "k-***", LONG: "${{ tasks.load.outputs.all }}" },
  });
  expect(previewAttempt(pipeline, run, "nothing" as TaskKey, { vars: {} })).toBeUndefined();
});

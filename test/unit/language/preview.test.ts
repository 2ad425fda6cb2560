import { expect, test } from "vitest";
import { previewTask } from "../../../src/language/index.ts";
import { pipelineOf } from "./sources.ts";

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

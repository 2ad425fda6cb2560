import { type Graph, graphOf } from "../../../../src/cli/graph/model.ts";
import { compile } from "../../../../src/language/index.ts";
import { operators } from "../../../../src/operators/index.ts";

/** The graph of a pipeline's text. Warnings are of no concern here. */
export function graphFrom(text: string): Graph {
  const { pipeline, diagnostics } = compile({ path: "pipeline.yaml", text }, { operators });
  if (pipeline === undefined) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return graphOf(pipeline, operators);
}

/** Branch, join, trigger rules, mapped and conditional tasks. */
export const TRAINING = graphFrom(`
name: training
description: Trains & deploys
tasks:
  extract: { bash: ./extract.sh, outputs: { shards: array } }
  preprocess:
    needs: extract
    for_each: \${{ tasks.extract.outputs.shards }}
    bash: ./preprocess.sh
  train:
    needs: preprocess
    bash: ./train.sh
    outputs: { accuracy: number }
  check_quality:
    needs: train
    branch:
      - if: \${{ tasks.train.outputs.accuracy >= 0.95 && "a" < "b" }}
        then: [deploy, announce]
      - if: tasks.train.outputs.accuracy >= 0.9
        then: deploy
      - else: notify_failure
  deploy: { needs: check_quality, bash: ./deploy.sh }
  announce: { needs: check_quality, bash: ./announce.sh, allow_failure: true, if: run.attempt == 1 }
  notify_failure: { needs: check_quality, bash: ./notify.sh }
  end: { needs: [deploy, announce, notify_failure, extract], trigger_rule: none_failed_min_one_success, noop: {} }
`);

/** Every task in one layer, and a join. */
export const FAN = graphFrom(`
name: fan
tasks:
  start: { bash: "true" }
${Array.from({ length: 8 }, (_, at) => `  part_${at}: { needs: start, bash: "true" }`).join("\n")}
  join: { needs: [${Array.from({ length: 8 }, (_, at) => `part_${at}`).join(", ")}], bash: "true" }
`);

/** Lines that cross, and lines over several layers. */
export const MESH = graphFrom(`
name: mesh
tasks:
  a: { bash: "true" }
  b: { bash: "true" }
  c: { bash: "true" }
  d: { needs: [a, b], bash: "true" }
  e: { needs: [a, b, c], bash: "true" }
  f: { needs: c, bash: "true" }
  g: { needs: [d, e, f, a], bash: "true" }
  h: { needs: [b, g], bash: "true" }
  alone: { bash: "true" }
  late: { bash: "true" }
  z: { needs: [h, late, c], bash: "true" }
`);

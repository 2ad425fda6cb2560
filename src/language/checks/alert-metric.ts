import { suggest } from "../../lib/index.ts";
import type { PipelineSource } from "../model.ts";
import { stringOf } from "../source.ts";
import type { Check } from "./check.ts";
import { metricsOf } from "./metrics.ts";

export const alertMetric: Check = {
  code: "ENG808",
  name: "alert-metric",
  severity: "error",
  summary: "an alert is about a metric that no task of the pipeline declares, or about a histogram",
  visit: {
    pipeline(pipeline, { report }) {
      const alerts = pipeline.root.get("alerts");
      if (alerts?.kind !== "list") return;
      const declared = typesOf(pipeline);
      for (const alert of alerts.items) {
        const node = alert.kind === "map" ? alert.get("metric") : undefined;
        const name = stringOf(node);
        if (node === undefined || name === undefined) continue;
        if (!declared.has(name)) {
          const near = suggest(name, declared.keys());
          const known =
            declared.size === 0
              ? "no task has `metrics`"
              : `they declare ${[...declared.keys()].map((each) => `\`${each}\``).join(", ")}`;
          report({
            at: node,
            message: `no task of this pipeline declares the metric \`${name}\`, so the alert would never fire`,
            hint: near === undefined ? known : `did you mean \`${near}\`?`,
          });
        } else if (declared.get(name) === "histogram") {
          report({
            at: node,
            message: `\`${name}\` is a histogram, which has no one value to be below or above`,
            hint: "declare a gauge beside it",
          });
        }
      }
    },
  },
};

/** The types of the metrics that tasks declare, by name. */
function typesOf({ tasks }: PipelineSource): ReadonlyMap<string, string | undefined> {
  return new Map([...tasks.values()].flatMap((task) => metricsOf(task).map(({ name, type }) => [name, type] as const)));
}

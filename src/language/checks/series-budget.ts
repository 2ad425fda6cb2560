import { referencesIn, type TextReference } from "../expressions/references-in.ts";
import type { PipelineSource, TaskSource } from "../model.ts";
import { toJson } from "../source.ts";
import type { Check } from "./check.ts";
import { metricsOf } from "./metrics.ts";

/** Series of one metric that a Prometheus should not be asked to keep without a reason. */
const SERIES_MAX = 1_000;

/** Series that a histogram has for each of its labels' values: its buckets, the sum and the count. */
const HISTOGRAM_SERIES = 14;

export const seriesBudget: Check = {
  code: "ENG803",
  name: "series-budget",
  severity: "warning",
  summary: "the labels of a metric make more series than a Prometheus should keep of one metric",
  visit: {
    task(task, pipeline, { report }) {
      for (const { name, type, labelsKey } of metricsOf(task)) {
        if (labelsKey === undefined) continue;
        const values = combinations(task, name, pipeline);
        const series = values * (type === "histogram" ? HISTOGRAM_SERIES : 1);
        if (values === 1 || series <= SERIES_MAX) continue;
        report({
          at: labelsKey,
          message: `the labels of \`${name}\` may make ${series} series${type === "histogram" ? `, ${HISTOGRAM_SERIES} for each of ${values}` : ""}, and ${SERIES_MAX} are many`,
          hint: "leave out a label, or draw values together",
        });
      }
    },
  },
};

/** How many values the labels of a metric may have together, as far as that is known; 1 otherwise. */
function combinations(task: TaskSource, metric: string, pipeline: PipelineSource): number {
  // Two labels that come from the same place have their values together.
  const sources = new Map<string, number>();
  for (const text of pipeline.texts) {
    if (text.task !== task || text.place !== "metrics" || text.path[1] !== metric || text.path[2] !== "labels")
      continue;
    for (const reference of referencesIn(text)) {
      const { root, steps } = reference;
      const isItem = root.name === "item" || root.name === "item_index";
      sources.set(
        isItem ? "item" : `${root.name}.${steps[0]?.name}`,
        isItem ? itemCount(task) : choices(reference, pipeline),
      );
    }
  }
  return [...sources.values()].reduce((product, count) => product * Math.max(1, count), 1);
}

/** The items of a `for_each` that are written out. */
function itemCount({ forEach }: TaskSource): number {
  if (forEach?.kind === "list") return new Set(forEach.items.map((item) => JSON.stringify(toJson(item)))).size;
  return forEach?.kind === "map" ? forEach.entries.length : 1;
}

/** The values that a param can have. */
function choices({ root, steps }: TextReference, pipeline: PipelineSource): number {
  if (root.name !== "params") return 1;
  const { schema } = pipeline.params.get(steps[0]?.name ?? "") ?? {};
  if (Array.isArray(schema?.enum)) return schema.enum.length;
  const { minimum, maximum, type } = schema ?? {};
  if (type === "integer" && typeof minimum === "number" && typeof maximum === "number") return maximum - minimum + 1;
  return type === "boolean" ? 2 : 1;
}

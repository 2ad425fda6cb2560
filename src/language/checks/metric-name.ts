import { renameKey } from "../mend.ts";
import type { Check, Finding } from "./check.ts";
import { type MetricSource, metricsOf } from "./metrics.ts";

export const metricName: Check = {
  code: "ENG801",
  name: "metric-name",
  severity: "error",
  summary: "a metric or a label has a name that Prometheus refuses, or takes for another kind of metric",
  suppressible: true,
  visit: {
    shape(problem, { report }) {
      if (problem.kind !== "bad_metric_name" || problem.operator !== undefined) return;
      // Prometheus itself has `_` where a name can't have something else, and nothing in a pipeline refers to the name.
      report({ ...problem, fix: renameKey(problem.broken, problem.better, true) });
    },
    task(task, _pipeline, { report }) {
      for (const metric of metricsOf(task)) {
        const finding = wrongEnding(metric);
        if (finding !== undefined) report(finding);
      }
    },
  },
};

/** What the names of counters end in, and no others. */
const TOTAL = "_total";

function wrongEnding({ name, key, type }: MetricSource): Finding | undefined {
  const isTotal = name.endsWith(TOTAL);
  if (type === "counter" && !isTotal && /^\w+$/.test(name)) {
    const better = `${name}${TOTAL}`;
    const message = `\`${name}\` is a counter, and the names of counters end in \`${TOTAL}\``;
    // Somebody may have a dashboard of it.
    return { at: key, message, hint: `call it \`${better}\``, fix: renameKey(key, better, false) };
  }
  if ((type !== "gauge" && type !== "histogram") || !isTotal) return undefined;
  const better = name.slice(0, -TOTAL.length);
  const message = `\`${name}\` is a ${type}, and \`${TOTAL}\` says that it is a counter`;
  return { at: key, message, hint: `call it \`${better}\`, or make it a counter`, fix: renameKey(key, better, false) };
}

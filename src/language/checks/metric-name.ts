import { renameKey } from "../mend.ts";
import type { Check } from "./check.ts";

export const metricName: Check = {
  code: "ENG801",
  name: "metric-name",
  severity: "error",
  summary: "a metric or a label has a name that Prometheus refuses",
  visit: {
    shape(problem, { report }) {
      if (problem.kind !== "bad_metric_name" || problem.operator !== undefined) return;
      // Prometheus itself has `_` where a name can't have something else, and nothing in a pipeline refers to the name.
      report({ ...problem, fix: renameKey(problem.broken, problem.better, true) });
    },
  },
};

import type { Check } from "./check.ts";

export const metricName: Check = {
  code: "ENG801",
  name: "metric-name",
  severity: "error",
  summary: "a metric or a label has a name that Prometheus refuses",
  visit: {
    shape(problem, { report }) {
      if (problem.kind === "bad_metric_name" && problem.operator === undefined) report(problem);
    },
  },
};

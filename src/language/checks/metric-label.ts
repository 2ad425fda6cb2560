import { referencesIn, type TextReference } from "../expressions/references-in.ts";
import type { MapEntry } from "../source.ts";
import type { Check } from "./check.ts";
import { metricsOf } from "./metrics.ts";

export const metricLabel: Check = {
  code: "ENG802",
  name: "metric-label",
  severity: "error",
  summary: "a metric has a label that is reserved, or one whose values never come to an end",
  suppressible: true,
  visit: {
    task(task, _pipeline, { report }) {
      for (const { type, labels } of metricsOf(task)) {
        for (const label of labels) {
          const why = reserved(label.key, type);
          if (why === undefined) continue;
          report({ at: label.keyNode, message: `the label \`${label.key}\` ${why}`, hint: "choose another name" });
        }
      }
    },
    expression(text, _pipeline, { report }) {
      if (text.place !== "metrics" || text.path.at(-2) !== "labels") return;
      const label = text.path.at(-1) ?? "";
      for (const reference of referencesIn(text)) {
        const what =
          endless(reference) ??
          (ENDLESS_NAMES.has(label) && changes(reference) ? `a ${label.replaceAll("_", " ")}` : undefined);
        if (what === undefined) continue;
        report({
          at: reference.at,
          message: `the label \`${label}\` would get a new value again and again, ${what}, and each makes a series that is kept`,
          hint: "leave it out: what differs from run to run belongs in the log or in the outputs",
        });
        break;
      }
    },
  },
};

/** Labels that come with every metric of a pipeline, or with every one that Prometheus reads. */
const SET_BY_OTHERS: ReadonlyMap<string, string> = new Map([
  ["pipeline", "is the engine's own"],
  ["task", "is the engine's own"],
  ["job", "is set by Prometheus itself"],
  ["instance", "is set by Prometheus itself"],
]);

function reserved(name: MapEntry["key"], type: unknown): string | undefined {
  if (name.startsWith("__")) return "begins with `__`, which is reserved";
  if (name === "le" && type === "histogram") return "is what Prometheus calls the limits of a histogram";
  if (name === "quantile") return "is what Prometheus calls the quantiles of a summary";
  return SET_BY_OTHERS.get(name);
}

/** Names of what is new in every run. */
const ENDLESS_NAMES: ReadonlySet<string> = new Set([
  ..."run_id run id uuid guid date day ds timestamp time datetime path file filename file_path url uri commit sha".split(
    " ",
  ),
  ..."email user user_id customer_id request_id session_id trace_id span_id error message error_message ip ip_address".split(
    " ",
  ),
]);

/** A value of the run that no other run has. */
function endless({ root, steps }: TextReference): string | undefined {
  if (root.name === "ds") return "one for every day";
  if (root.name !== "run") return undefined;
  const name = steps[0]?.name;
  if (name === "id") return "one for every run";
  return name === "logical_date" || name?.startsWith("data_interval") ? "one for every slot" : undefined;
}

/** What a task hands on or what it runs for may be anything; params and vars are chosen by somebody. */
function changes({ root }: TextReference): boolean {
  return root.name === "outputs" || root.name === "tasks" || root.name === "run" || root.name === "ds";
}

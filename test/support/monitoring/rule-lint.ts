import { METRICS, type MetricSpec } from "../../../src/telemetry/index.ts";
import type { Rule, RuleGroup } from "./mixin.ts";
import { promqlProblems, selectorsOf } from "./promql.ts";
import { followLabels, type Labels } from "./promql-labels.ts";

/*
 * What pint looks at in rules without a server.
 */

/** The longest a scrape waits for the next, in seconds: a range holds two of them at least. */
const SCRAPE_S = 60;

/** What is wrong with groups of rules. */
export function lintRules(groups: readonly RuleGroup[]): readonly string[] {
  const rules = groups.flatMap((group) => group.rules);
  const records = new Set(rules.flatMap(({ record }) => (record === undefined ? [] : [record])));
  const follow = labelFollower(rules);
  const problems: string[] = [];
  const names = groups.map((group) => group.name);
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i)))
    problems.push(`two groups are called ${name}`);
  const seen = new Set<string>();
  for (const rule of rules) {
    const name = rule.alert ?? rule.record ?? "";
    const key = `${name} ${rule.expr} ${JSON.stringify(rule.labels)}`;
    if (seen.has(key)) problems.push(`${name}: rule/duplicate`);
    seen.add(key);
    const followed = follow(rule.expr);
    const found = [
      ...common(rule, records),
      ...followed.problems,
      ...(rule.alert === undefined ? recordProblems(rule) : alertProblems(rule, followed.labels)),
    ];
    problems.push(...found.map((each) => `${name}: ${each}`));
  }
  return problems;
}

function common({ expr }: Rule, records: ReadonlySet<string>): readonly string[] {
  const problems = promqlProblems(expr).map((each) => `promql/syntax: ${each}`);
  for (const { metric, matchers, call, range } of selectorsOf(expr)) {
    if (metric.includes(":") && !records.has(metric)) problems.push(`rule/dependency: there is no record ${metric}`);
    if (call === "rate" || call === "increase") {
      if (range === undefined || secondsOf(range) < 2 * SCRAPE_S) problems.push(`promql/rate: ${metric}[${range}]`);
      if (typeOf(metric) === "gauge") problems.push(`promql/counter: ${metric} is a gauge`);
    } else if (typeOf(metric) === "counter") problems.push(`promql/counter: ${metric} itself tells nothing`);
    for (const [, pattern = ""] of matchers.matchAll(/=~"([^"]*)"/g)) {
      if (!/[|.*+?()[\]]/.test(pattern)) problems.push(`promql/regexp: ${pattern} needs no regular expression`);
      if (/^\^|\$$/.test(pattern)) problems.push(`promql/regexp: ${pattern} is anchored anyway`);
    }
  }
  for (const [clause, labels = ""] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
    if (!labels.split(/,\s*/).includes("job")) problems.push(`promql/aggregate: two engines are mixed up ${clause}`);
  }
  if (/[/%]\s*0(?![.\d])/.test(expr)) problems.push("promql/nan: divided by 0");
  if (/\bwithout \(/.test(expr)) problems.push("promql/aggregate: what is left is for others to add to");
  if (/\b(topk|bottomk)\b/.test(expr.replaceAll(/topk by \(job, pipeline\) \(1,/g, "")))
    problems.push("promql/fragile: topk");
  return problems;
}

function recordProblems({ record = "", labels }: Rule): readonly string[] {
  const problems: string[] = [];
  if (!/^[a-z]+:engine_[a-z_]+:[a-z0-9_]+$/.test(record)) problems.push("rule/name: level:metric:operations");
  if (labels !== undefined) problems.push("a record with labels of its own");
  return problems;
}

const SEVERITIES = ["critical", "warning", "info", "none"];

function alertProblems(
  { alert = "", expr, labels = {}, annotations = {}, ...rest }: Rule,
  kept: Labels,
): readonly string[] {
  const problems: string[] = [];
  if (!/^Engine[A-Z][A-Za-z]+$/.test(alert)) problems.push("rule/name: EngineCamelCase");
  if (!SEVERITIES.includes(labels.severity ?? "")) problems.push("rule/label: severity");
  for (const key of ["summary", "description", "runbook_url"])
    if ((annotations[key] ?? "") === "") problems.push(`alerts/annotation: ${key}`);
  if ((annotations.summary ?? "").replaceAll('{{ "{{" }}', "").includes("{{"))
    problems.push("the summary is what alerts share, so nothing is filled in");
  if (Object.values(labels).some((value) => value.includes("$value")))
    problems.push("alerts/template: $value in a label");
  if (!/[<>=]=?|unless|absent/.test(expr.replaceAll(/\{[^}]*\}/g, "")) && alert !== "EngineWatchdog")
    problems.push("alerts/comparison");
  if (rest.for !== undefined && !/^(\d+(ms|[smhdw]))+$/.test(rest.for)) problems.push(`alerts/for: ${rest.for}`);
  if (/\babsent\(/.test(expr) && rest.for === undefined) problems.push("alerts/absent: needs `for`");
  for (const [, label = ""] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)) {
    if (kept instanceof Set && !kept.has(label) && labels[label] === undefined)
      problems.push(`alerts/template: nothing has the label ${label}`);
  }
  return problems;
}

/** Follows labels through expressions: those of the engine's metrics, and of what the rules record. Others' metrics are not known. */
export function labelFollower(rules: readonly Rule[]): (expr: string) => ReturnType<typeof followLabels> {
  const recorded = new Map<string, ReadonlySet<string>>();
  const labelsOfMetric = (metric: string): ReadonlySet<string> | undefined => {
    const spec = specOf(metric);
    if (spec === undefined) return recorded.get(metric);
    return new Set([...spec.labels, "job", "instance", ...(metric.endsWith("_bucket") ? ["le"] : [])]);
  };
  const follow = (expr: string) => followLabels(expr, labelsOfMetric);
  // In their order: what a rule uses is recorded before.
  for (const { record, expr } of rules) {
    if (record === undefined) continue;
    const { labels } = follow(expr);
    if (labels instanceof Set) recorded.set(record, labels);
  }
  return follow;
}

function typeOf(series: string): "counter" | "gauge" | undefined {
  const spec = specOf(series);
  return spec === undefined ? undefined : spec.type === "gauge" ? "gauge" : "counter";
}

function specOf(series: string): MetricSpec | undefined {
  const metrics: Readonly<Record<string, MetricSpec>> = METRICS;
  return metrics[series] ?? metrics[series.replace(/_(bucket|sum|count)$/, "")];
}

function secondsOf(range: string): number {
  const [, count = "0", unit = "s"] = /^(\d+)([smhd])$/.exec(range) ?? [];
  return Number(count) * { s: 1, m: 60, h: 3_600, d: 86_400 }[unit as "s"];
}

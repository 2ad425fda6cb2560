import { METRICS, type MetricSpec } from "../../../src/telemetry/index.ts";
import { type Dashboard, filledIn, type Panel, type Variable } from "./mixin.ts";
import { promqlProblems, selectorsOf } from "./promql.ts";

/*
 * The rules that Grafana's dashboard-linter has for boards on Prometheus, and some of our own.
 */

/** What is wrong with a dashboard. */
export function lintDashboard(dashboard: Dashboard): readonly string[] {
  const { list } = dashboard.templating;
  const named = (name: string): Variable | undefined => list.find((each) => each.name === name);
  const problems = [
    ...templateProblems(named),
    ...(dashboard.editable ? ["uneditable-dashboard: it can be edited in place"] : []),
    ...(dashboard.uid.length > 40 ? ["its uid is longer than Grafana takes"] : []),
    ...gridProblems(dashboard.panels),
    ...list
      .filter(({ type, refresh }) => type === "query" && refresh !== 2)
      .map(({ name }) => `template-on-time-change-reload: $${name}`),
    ...list
      .filter(({ label }) => label.charAt(0) !== label.charAt(0).toUpperCase() || label === "")
      .map(({ name }) => `the label of $${name}`),
    ...list.flatMap(({ name, query }) => {
      const text = typeof query === "string" ? query : query.query;
      const [, selector] = /^label_values\(([\s\S]+), \w+\)$/.exec(text) ?? [];
      return selector === undefined
        ? []
        : promqlProblems(filledIn(selector)).map((each) => `template-label-promql: $${name}: ${each}`);
    }),
    ...dashboard.annotations.list.flatMap(({ expr }) => promqlProblems(filledIn(expr))),
  ];
  const declared = new Set(list.map(({ name }) => name));
  for (const [, name = ""] of JSON.stringify(dashboard).matchAll(/\$\{?([a-z_]+)\}?/g)) {
    if (!declared.has(name) && !name.startsWith("__")) problems.push(`$${name} is no variable`);
  }
  for (const panel of dashboard.panels.filter(({ type }) => type !== "row")) {
    problems.push(...panelProblems(panel).map((each) => `${panel.title}: ${each}`));
  }
  return problems;
}

function templateProblems(named: (name: string) => Variable | undefined): readonly string[] {
  const datasource = named("datasource");
  const of = (name: string): string[] => {
    const variable = named(name);
    if (variable === undefined) return [`template-${name}: there is none`];
    const isWell =
      variable.type === "query" &&
      variable.multi === true &&
      variable.allValue === ".+" &&
      variable.datasource?.uid === "$datasource";
    return isWell ? [] : [`template-${name}: it is no query for several values`];
  };
  const first = datasource?.type === "datasource" && datasource.query === "prometheus" ? [] : ["template-datasource"];
  return [...first, ...of("job"), ...of("instance")];
}

function gridProblems(panels: readonly Panel[]): readonly string[] {
  const problems: string[] = [];
  if (new Set(panels.map(({ id }) => id)).size !== panels.length) problems.push("two panels have one id");
  for (const [i, { title, gridPos: a }] of panels.entries()) {
    if (a.x + a.w > 24) problems.push(`${title} stands out of the grid`);
    for (const { title: other, gridPos: b } of panels.slice(i + 1)) {
      if (a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
        problems.push(`${title} lies over ${other}`);
    }
  }
  return problems;
}

const WITH_UNITS = ["stat", "timeseries", "bargauge", "table"];
const UNITS = ["short", "s", "bytes", "percentunit", "ops", "reqps", "bool_yes_no"];

function panelProblems({ title, description, datasource, type, targets = [], fieldConfig }: Panel): readonly string[] {
  const problems: string[] = [];
  if (title === "" || description === undefined || description === "") problems.push("panel-title-description");
  if (datasource?.uid !== "$datasource") problems.push("panel-datasource");
  if (targets.length === 0) problems.push("panel-no-targets");
  if (WITH_UNITS.includes(type) && !UNITS.includes(fieldConfig?.defaults.unit ?? "")) problems.push("panel-units");
  for (const { expr } of targets) problems.push(...targetProblems(expr).map((each) => `${each} in ${expr}`));
  return problems;
}

function targetProblems(expr: string): readonly string[] {
  const problems = [...promqlProblems(filledIn(expr))];
  for (const { metric, matchers, call, range } of selectorsOf(filledIn(expr).replaceAll("[5m]", "[1h]"))) {
    if (!/\bjob=~"\.\+"/.test(matchers)) problems.push(`target-job: ${metric}`);
    if (!/\binstance=~"\.\+"/.test(matchers) && !isOfRules(metric)) problems.push(`target-instance: ${metric}`);
    if ((call === "rate" || call === "irate") && range !== "1h") problems.push(`target-rate-interval: ${metric}`);
    const type = typeOf(metric);
    if (type === "counter" && !["rate", "irate", "increase", "changes"].includes(call ?? "")) {
      problems.push(`target-counter-agg: ${metric} is a counter, and no change of it is asked for`);
    }
    if (type === "gauge" && ["rate", "irate", "increase"].includes(call ?? "")) problems.push(`${metric} is a gauge`);
  }
  return problems;
}

/** What Prometheus' rules make has no instance: it is of all of them together. */
function isOfRules(metric: string): boolean {
  return metric.includes(":") || metric === "ALERTS";
}

function typeOf(series: string): string | undefined {
  const metrics: Readonly<Record<string, MetricSpec>> = METRICS;
  const spec = metrics[series] ?? metrics[series.replace(/_(bucket|sum|count)$/, "")];
  if (spec === undefined) return /_total$/.test(series) ? "counter" : undefined;
  return spec.type === "gauge" ? "gauge" : "counter";
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalog } from "../../catalog/index.ts";
import type { Config } from "../../config/index.ts";
import { type JsonObject, suggest } from "../../lib/index.ts";
import type { Monitoring } from "../../monitoring/index.ts";
import { AIRFLOW_METRICS, METRICS, type MetricSpec } from "../../telemetry/index.ts";
import { usageError } from "../errors.ts";
import { compileOptions } from "../load.ts";
import { packageRoot } from "../package-files.ts";
import type { Cli } from "../terminal.ts";
import { rendered } from "./generated.ts";

/** What a metric or an alert means, and where it is used. Throws a usage error when there is none of that name. */
export function explainMonitoring(cli: Cli, config: Config, name: string): string {
  const monitoring = rendered();
  const alert = rulesOf(monitoring).find((rule) => rule.alert === name);
  if (alert !== undefined) return explainAlert(alert);
  const metrics: Readonly<Record<string, MetricSpec>> = { ...METRICS, ...AIRFLOW_METRICS };
  const spec = metrics[name];
  if (spec !== undefined) return explainMetric(name, spec, monitoring);
  const declared = declaredBy(cli, config, name);
  if (declared !== undefined) return declared;
  const names = [...Object.keys(metrics), ...rulesOf(monitoring).map((rule) => String(rule.alert ?? rule.record))];
  const near = suggest(name, names);
  throw usageError(
    `there is no metric and no alert ${name}`,
    near === undefined ? "docs/metrics.md has the metrics, docs/runbooks the alerts" : `did you mean ${near}?`,
  );
}

function rulesOf({ rules, alerts }: Monitoring): readonly JsonObject[] {
  return [...rules.groups, ...alerts.groups].flatMap((group) => group.rules);
}

function explainAlert({ alert, expr, for: hold, labels }: JsonObject): string {
  const page = readFileSync(join(packageRoot(), "docs/runbooks", `${String(alert)}.md`), "utf8");
  const { severity } = labels as { severity: string };
  const after = hold === undefined ? "" : `, when it is so for ${String(hold)}`;
  return `${page}\n## Its rule\n\nSeverity ${severity}${after}:\n\n${String(expr)}\n`;
}

function explainMetric(name: string, { type, labels, help }: MetricSpec, monitoring: Monitoring): string {
  const used = usesOf(name, monitoring);
  return [
    `${name}: ${help}`,
    "",
    `type    ${type}`,
    `labels  ${labels.length === 0 ? "none" : labels.join(", ")}`,
    ...(used.length === 0 ? [] : ["", "used by", ...used.map((use) => `  ${use}`)]),
    "",
  ].join("\n");
}

function usesOf(name: string, monitoring: Monitoring): readonly string[] {
  const pattern = new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`);
  const rules = rulesOf(monitoring)
    .filter(({ expr }) => pattern.test(String(expr)))
    .map((rule) =>
      rule.alert === undefined ? `the record ${String(rule.record)}` : `the alert ${String(rule.alert)}`,
    );
  const panels = Object.values(monitoring.dashboards).flatMap(({ title, panels: all }) =>
    (all as unknown as readonly { title: string; targets?: readonly { expr: string }[] }[])
      .filter(({ targets = [] }) => targets.some(({ expr }) => pattern.test(expr)))
      .map((panel) => `the panel ${panel.title} of ${String(title)}`),
  );
  return [...new Set([...rules, ...panels])];
}

function declaredBy(cli: Cli, config: Config, name: string): string | undefined {
  const { pipelines } = loadCatalog([config.pipelines], { ...compileOptions(cli, config), cwd: cli.cwd });
  const lines = pipelines.flatMap((pipeline) =>
    pipeline.tasks.flatMap(({ id, metrics }) => {
      const metric = metrics[name];
      if (metric === undefined) return [];
      const labels = ["pipeline", "task", ...Object.keys(metric.labels)].join(", ");
      return [
        `${name}: ${metric.help ?? "declared by a pipeline"}`,
        "",
        `type    ${metric.type}`,
        `labels  ${labels}`,
        `from    the task ${id} of ${pipeline.file}`,
      ];
    }),
  );
  return lines.length === 0 ? undefined : `${lines.join("\n")}\n`;
}

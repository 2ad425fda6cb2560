import { stringify } from "yaml";
import type { JsonObject, JsonValue } from "../lib/index.ts";

/** What the mixin gives. */
export interface Monitoring {
  /** By file name. */
  readonly dashboards: Readonly<Record<string, JsonObject>>;
  readonly rules: RuleFile;
  readonly alerts: RuleFile;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly JsonObject[] }[];
}

/** How it is handed over: to whom, and in which shape. */
export const FORMATS = [
  /** To Grafana and Prometheus as files, with Grafana's provisioning. */
  "files",
  /** Dashboards as bodies for `POST /api/dashboards/db`. */
  "api",
  /** ConfigMaps that a sidecar of Grafana finds, and a rule for the operator of Prometheus. */
  "configmap",
  /** Resources for the operators of Grafana and Prometheus. */
  "operator",
  /** The rules alone, for the operator of Prometheus. */
  "rule-crd",
  /** The mixin itself with these pipelines, for a jsonnet project. */
  "mixin",
] as const;
export type Format = (typeof FORMATS)[number];

/** The folder in Grafana. */
const FOLDER = "Engine";

/** The files of a format: their texts by path, the same for the same input. */
export function outputsOf(monitoring: Monitoring, format: Exclude<Format, "mixin">): ReadonlyMap<string, string> {
  const rules = { groups: [...monitoring.rules.groups, ...monitoring.alerts.groups] } as unknown as JsonObject;
  const dashboards = Object.entries(monitoring.dashboards).sort(([a], [b]) => (a < b ? -1 : 1));
  const rule = { "prometheus-rule.yaml": yaml(crd("monitoring.coreos.com/v1", "PrometheusRule", "engine", rules)) };
  const each = (make: (file: string, dashboard: JsonObject) => readonly [string, string]): [string, string][] =>
    dashboards.map(([file, dashboard]) => [...make(file, dashboard)]);
  switch (format) {
    case "files":
      return new Map([
        ...each((file, dashboard) => [`dashboards/${file}`, json(dashboard)]),
        ["provisioning/dashboards/engine.yaml", yaml(PROVIDER)],
        ["rules/engine.rules.yaml", yaml(rules)],
      ]);
    case "api":
      return new Map([
        ...each((file, dashboard) => [`dashboards/${file}`, json({ dashboard, overwrite: true })]),
        ["rules/engine.rules.yaml", yaml(rules)],
      ]);
    case "configmap":
      return new Map([
        ...each((file, dashboard) => [`dashboards/${nameOf(file)}.yaml`, yaml(configMap(file, dashboard))]),
        ...Object.entries(rule),
      ]);
    case "operator":
      return new Map([
        ...each((file, dashboard) => [
          `dashboards/${nameOf(file)}.yaml`,
          yaml(
            crd("grafana.integreatly.org/v1beta1", "GrafanaDashboard", nameOf(file), {
              instanceSelector: { matchLabels: { dashboards: "grafana" } },
              folder: FOLDER,
              json: JSON.stringify(dashboard),
            }),
          ),
        ]),
        ...Object.entries(rule),
      ]);
    case "rule-crd":
      return new Map(Object.entries(rule));
  }
}

/** Where Grafana looks for the dashboards when they lie in the usual folder. */
const PROVIDER = {
  apiVersion: 1,
  providers: [
    {
      name: "engine",
      folder: FOLDER,
      type: "file",
      allowUiUpdates: false,
      options: { path: "/var/lib/grafana/dashboards/engine" },
    },
  ],
};

function crd(apiVersion: string, kind: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name, labels: { "app.kubernetes.io/part-of": "engine" } }, spec };
}

function configMap(file: string, dashboard: JsonObject): JsonObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `${nameOf(file)}-dashboard`,
      labels: { "app.kubernetes.io/part-of": "engine", grafana_dashboard: "1" },
      annotations: { "k8s-sidecar-target-directory": FOLDER },
    },
    data: { [file]: JSON.stringify(dashboard) },
  };
}

/** As a name in Kubernetes may be: pipelines' names may have an underscore. */
function nameOf(file: string): string {
  return file.replace(/\.json$/, "").replaceAll("_", "-");
}

function json(value: JsonValue): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0 });
}

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AIRFLOW_METRICS, METRICS } from "../../../src/telemetry/index.ts";
import { ROOT } from "../repository.ts";

/** A panel of a dashboard, as far as tests look at it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly legendFormat?: string;
    readonly instant?: boolean;
  }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly options?: object;
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly multi?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
  readonly datasource?: { readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export interface Mixin {
  readonly dashboards: Readonly<Record<string, Dashboard>>;
  readonly rules: { readonly groups: readonly RuleGroup[] };
  readonly alerts: { readonly groups: readonly RuleGroup[] };
}

export const MIXIN = join(ROOT, "monitoring");

/** The mixin without pipelines, as the package carries it: it needs no jsonnet. */
export function renderedMixin(): Mixin {
  return JSON.parse(readFileSync(join(MIXIN, "rendered.json"), "utf8")) as Mixin;
}

/**
 * The mixin for some pipelines, evaluated by the jsonnet of this machine. `overrides`: the user's changes, as jsonnet; `part`: which
 * pipelines get their boards.
 */
export function evaluateMixin(
  pipelines: readonly object[] = [],
  config: object = {},
  { overrides = "null", part = "null" }: { readonly overrides?: string; readonly part?: string } = {},
): Mixin {
  const args = [
    "--tla-code",
    `part=${part}`,
    "--tla-code",
    `overrides=${overrides}`,
    "--tla-code",
    `pipelines=${JSON.stringify(pipelines)}`,
    "--tla-code",
    `config=${JSON.stringify(config)}`,
  ];
  const entry = join(MIXIN, "main.jsonnet");
  const stdout = execFileSync("jsonnet", [...args, entry], { encoding: "utf8", maxBuffer: 2 ** 28, stdio: "pipe" });
  return JSON.parse(stdout) as Mixin;
}

/** Whether a program is here. In CI its absence is an error. */
export function has(program: string): boolean {
  const { error } = spawnSync(program, ["--version"], { stdio: "ignore" });
  if (error !== undefined && process.env.CI !== undefined) throw new Error(`install ${program}, as .ci/run does`);
  return error === undefined;
}

/** The names of series that the engine exports, and those of the process and of Prometheus that it may lean on. */
export function seriesNames(): ReadonlySet<string> {
  const names = Object.entries({ ...METRICS, ...AIRFLOW_METRICS }).flatMap(([name, { type }]) =>
    type === "histogram"
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
      : type === "summary"
        ? [`${name}_sum`, `${name}_count`]
        : [name],
  );
  return new Set([
    ...names,
    "up",
    "ALERTS",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    ...EVENT_LOOP,
  ]);
}

const EVENT_LOOP = ["nodejs_eventloop_lag_p50_seconds", "nodejs_eventloop_lag_p99_seconds"];

/** An expression of a panel as Prometheus would get it. */
export function filledIn(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "5m")
    .replaceAll("$__range", "6h")
    .replaceAll(/\$(job|instance|pipeline|task)\b/g, ".+");
}

import type { Pipeline } from "../../language/index.ts";
import { type MixinPipeline, mixinInput } from "../mixin-input.ts";
import { type Matchers, parseQuery, type SampleQuery } from "./sample-query.ts";
import { type SampleSubject, sampleValues } from "./sample-values.ts";
import type { LabelQuestion, PreviewSource, Question, Series } from "./source.ts";

/*
 * Made-up numbers, for boards to be seen without any Prometheus. Nothing is evaluated: of an expression it is read which series it
 * gives, and each of them gets values as one would expect of its kind. The same series has the same values each time.
 */

/** What the labels of made-up series are taken from. */
export interface SampleWorld {
  readonly pipelines: readonly MixinPipeline[];
  /** Which tasks of a pipeline declare a metric. */
  readonly declaring: (pipeline: string, metric: string) => readonly string[];
  /** The names of pools, without the one over all. */
  readonly pools: readonly string[];
}

/** What made-up numbers about these pipelines need to know of them. */
export function sampleWorld(pipelines: readonly Pipeline[], pools: readonly string[]): SampleWorld {
  return {
    pipelines: mixinInput(pipelines),
    declaring: (name, metric) => {
      const tasks = pipelines.find((pipeline) => pipeline.name === name)?.tasks ?? [];
      return tasks.filter(({ metrics }) => metrics[metric] !== undefined).map(({ id }) => id);
    },
    pools,
  };
}

const STATES_ENDED = ["success", "failed"];

/** Values of labels, where a metric has them for itself: by how its name ends. */
const OF_METRIC: readonly (readonly [metric: RegExp, label: string, values: readonly string[]])[] = [
  [/^engine_tasks$/, "state", ["queued", "running", "up_for_retry", "waiting"]],
  [/runs_active$/, "state", ["queued", "running"]],
  [/config_reloads/, "result", ["success", "failed"]],
  [/syncs_total/, "result", ["unchanged", "changed", "failed"]],
  [/notifications/, "result", ["success", "error"]],
  [/check_results/, "result", ["pass", "fail"]],
  [/severity|diagnostics/, "severity", ["error", "warning"]],
  [/http_/, "route", ["/api/v1/pipelines", "/api/v1/runs", "/api/v1/events"]],
];

/** Values of labels everywhere else. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  job: ["engine"],
  instance: ["sample:8420"],
  state: STATES_ENDED,
  trigger: ["schedule", "manual"],
  reason: ["overlap", "downtime"],
  executor: ["local"],
  version: ["sample"],
  status: ["active", "paused", "invalid"],
  code: ["200", "404"],
  channel: ["slack", "mail"],
  operation: ["claim", "finish", "read"],
  source: ["git"],
  revision: ["5a3b1e0"],
  alertname: ["EnginePipelineFailed"],
  alertstate: ["firing"],
  severity: ["warning"],
  le: ["1", "5", "15", "60", "300", "900", "3600", "+Inf"],
};

/** Labels that only pipelines have. */
const OF_PIPELINES = ["pipeline", "task", "check", "owner", "tier"];

/** Answers with made-up numbers about these pipelines. */
export function sampleSource(world: SampleWorld): PreviewSource {
  return {
    about: { kind: "sample" },
    async series(question) {
      return sampleSeries(world, question);
    },
    async labelValues({ label, match = "" }: LabelQuestion) {
      const query = parseQuery(match);
      const values = subjectsOf({ ...query, by: [label] }, world).map(({ labels }) => labels[label] ?? "");
      return [...new Set(values)].filter((value) => value !== "").sort();
    },
  };
}

function sampleSeries(world: SampleWorld, { expr, unit, start, end, step }: Question): readonly Series[] {
  const query = parseQuery(expr);
  const moments: number[] = [];
  for (let at = start; at <= end; at += step) moments.push(at);
  return subjectsOf(query, world)
    .slice(0, query.at_most)
    .map((subject) => {
      const valueAt = sampleValues(query, subject, unit, world);
      const points = moments.map((at) => [at, valueAt(at)] as const);
      return { labels: subject.labels, points: query.above_zero ? points.filter(([, value]) => value > 0) : points };
    })
    .filter(({ points }) => points.length > 0);
}

/** Each series that the expression gives. */
function subjectsOf(query: SampleQuery, world: SampleWorld): readonly SampleSubject[] {
  const declared = world.pipelines.flatMap(({ metrics }) => metrics).find(({ name }) => name === query.metric);
  const labels = query.by ?? [
    ...new Set(["job", "instance", ...Object.keys(query.matchers), ...(declared?.labels ?? [])]),
    ...(declared === undefined ? [] : ["task"]),
  ];
  let subjects: readonly SampleSubject[] = labels.some((label) => OF_PIPELINES.includes(label))
    ? // One alert is enough to see how one looks.
      (query.metric === "ALERTS" ? world.pipelines.slice(0, 1) : world.pipelines).flatMap((pipeline) =>
        ofPipeline(pipeline, query, labels, world),
      )
    : [{ labels: {} }];
  for (const label of labels.filter((each) => !OF_PIPELINES.includes(each))) {
    const values = valuesOf(label, query.metric, world).filter((value) => allows(query.matchers, label, value));
    subjects = subjects.flatMap((subject) =>
      values.map((value) => ({ ...subject, labels: { ...subject.labels, [label]: value } })),
    );
  }
  return [...new Map(subjects.map((subject) => [JSON.stringify(subject.labels), subject])).values()];
}

/** The pipeline's own share of them: of each task, or each check, where the labels ask for that. */
function ofPipeline(
  pipeline: MixinPipeline,
  { expr, metric, matchers }: SampleQuery,
  labels: readonly string[],
  { declaring }: SampleWorld,
): readonly SampleSubject[] {
  const { slo, metrics, checks, owner = "", tags, tasks } = pipeline;
  if (/freshness_target|_stale|error_budget/.test(expr) && slo?.freshness_seconds === undefined) return [];
  if (/duration_limit/.test(expr) && slo?.max_duration_seconds === undefined) return [];
  if (/slo_objective/.test(expr) && slo?.success_rate === undefined) return [];
  const isDeclared = metrics.some(({ name }) => name === metric);
  const isEngines = /^(engine_|ALERTS$)|:/.test(metric);
  if (!isDeclared && !isEngines) return [];
  const tier = tags.find((tag) => tag.startsWith("tier:"))?.slice("tier:".length) ?? "";
  const own = { pipeline: pipeline.name, owner, tier };
  const rows: readonly Readonly<Record<string, string>>[] = labels.includes("check")
    ? checks.map(({ task, name }) => ({ ...own, task, check: name }))
    : labels.includes("task")
      ? (isDeclared ? declaring(pipeline.name, metric) : tasks).map((task) => ({ ...own, task }))
      : [own];
  return rows
    .filter((row) => Object.entries(row).every(([label, value]) => allows(matchers, label, value)))
    .map((row) => ({
      pipeline,
      labels: Object.fromEntries(
        Object.entries(row).filter(([label, value]) => labels.includes(label) && value !== ""),
      ),
    }));
}

function valuesOf(label: string, metric: string, { pools }: SampleWorld): readonly string[] {
  if (label === "pool") return ["", ...pools];
  const [, , own] = OF_METRIC.find(([pattern, of]) => of === label && pattern.test(metric)) ?? [];
  // Of a label that a pipeline declares nobody knows the values.
  return own ?? LABELS[label] ?? [`${label} a`, `${label} b`];
}

function allows(matchers: Matchers, label: string, value: string): boolean {
  return matchers[label]?.(value) ?? true;
}

import { sha256 } from "../../lib/index.ts";
import type { MixinPipeline } from "../mixin-input.ts";
import type { SampleQuery } from "./sample-query.ts";

/** A series to make numbers up for. */
export interface SampleSubject {
  readonly labels: Readonly<Record<string, string>>;
  /** Whose it is, where it is one pipeline's. */
  readonly pipeline?: MixinPipeline;
}

/** A value for each moment, in seconds since 1970. */
type ValueAt = (at: number) => number;

interface Case {
  readonly query: SampleQuery;
  readonly subject: SampleSubject;
  readonly unit: string;
  readonly pipelines: readonly MixinPipeline[];
  /** Some number that is this series' own. */
  readonly seed: number;
}

/** A page that is open asks that often when something happens. */
const REQUESTS = 20;
const [MINUTE_S, HOUR_S, DAY_S] = [60, 3_600, 86_400];

/** The recipe of a series: the first whose pattern its expression fits. */
const RECIPES: readonly (readonly [expr: RegExp, recipe: (of: Case) => ValueAt])[] = [
  // What pipelines promise is known.
  [
    /^[^/-]*engine_pipeline_freshness_target_seconds/,
    ({ subject }) => always(subject.pipeline?.slo?.freshness_seconds),
  ],
  [
    /^[^-]*\bmax by \(pipeline\) \(engine_pipeline_duration_limit_seconds/,
    ({ subject }) => always(subject.pipeline?.slo?.max_duration_seconds),
  ],
  [/engine_pipeline_slo_objective_ratio/, ({ subject }) => always(subject.pipeline?.slo?.success_rate)],
  // Shares, as one part over another.
  [/slots_used.*\/.*slots/, (of) => between(of, 0.1, 0.9, 20 * MINUTE_S)],
  [/_staleness:seconds.*\//, (of) => growing(of, 0.05, 0.8, 2 * HOUR_S)],
  [/_stale:ratio/, (of) => rarely(of, 0.02, 0.1, HOUR_S)],
  [/error_budget_remaining/, (of) => between(of, 0.6, 1, DAY_S)],
  [
    /runs_failed:ratio/,
    ({ seed }) =>
      (at) =>
        1 - 0.08 * chance(seed, Math.floor(at / HOUR_S)),
  ],
  [/_sum\{.*\/.*_count\{/, (of) => durationOf(of)],
  [/(_total\{.*\/.*_total\{)/, (of) => between(of, 0.93, 1, 30 * MINUTE_S)],
  [/process_cpu_seconds/, (of) => between(of, 0.02, 0.15, 10 * MINUTE_S)],
  // How things stand.
  [/^\s*count\(.*== 0/, () => always(0)],
  [/^\s*count\(/, ({ pipelines }) => always(pipelines.flatMap(({ checks }) => checks).length)],
  [/_paused\{|out_of_sync/, () => always(0)],
  [/_last_run_status|check_last_status|reload_successful/, (of) => not(rarely(of, 1, 1, HOUR_S))],
  [/consecutive_failures/, (of) => rarely(of, 1, 3, HOUR_S)],
  [/unless/, (of) => events(of, 1 / 180)],
  [/_info\{|^\s*count.*ALERTS/, () => always(1)],
  [/engine_pipelines\{/, pipelinesBy],
  [/diagnostics/, (of) => (of.subject.labels.severity === "warning" ? rarely(of, 1, 2, HOUR_S) : always(0))],
  // Ages and times to come.
  [/heartbeat/, (of) => between(of, 0, 8, 5)],
  [/_last_success_timestamp|last_run_timestamp/, (of) => growing(of, 30, HOUR_S, HOUR_S)],
  [/next_run_timestamp/, (of) => falling(of, HOUR_S)],
  [/changes\(/, (of) => events(of, 1 / 180)],
  [/reload_success_timestamp/, (of) => growing(of, MINUTE_S, DAY_S, DAY_S)],
  [/last_sync_timestamp/, (of) => growing(of, 1, MINUTE_S, MINUTE_S)],
  [/oldest_queued/, (of) => between(of, 0, 40, 5 * MINUTE_S)],
  // How long things take.
  [/_bucket\{.*\ble\b|\ble\b.*_bucket\{/, (of) => (isQuantile(of) ? durationOf(of) : bucket(of))],
  [/eventloop/, (of) => scaled(between(of, 0.002, 0.006, 5 * MINUTE_S), /p99/.test(of.query.metric) ? 4 : 1)],
  [/duration_seconds/, (of) => durationOf(of)],
  // What happens, in a window or by the second.
  [/\b(rate|increase)\(/, happenings],
  // What there is at a moment.
  [/executor_slots\{/, () => always(8)],
  [/queued_tasks|running_tasks|engine_tasks\{|runs_active/, (of) => whole(between(of, 0, 6, 10 * MINUTE_S))],
  [/store_size_bytes|resident_memory_bytes/, (of) => between(of, 80e6, 120e6, 6 * HOUR_S)],
  [/metrics_series/, (of) => whole(between(of, 380, 420, 6 * HOUR_S))],
];

/** Values for a series: those that fit what it is, and where nobody knows that, its name and unit. */
export function sampleValues(
  query: SampleQuery,
  subject: SampleSubject,
  unit: string,
  { pipelines }: { readonly pipelines: readonly MixinPipeline[] },
): ValueAt {
  const seed = Number.parseInt(sha256(`${query.metric} ${JSON.stringify(subject.labels)}`).slice(0, 8), 16);
  const of = { query, subject, unit, seed, pipelines };
  const [, recipe = byUnit] = RECIPES.find(([pattern]) => pattern.test(query.expr)) ?? [];
  return recipe(of);
}

function byUnit(of: Case): ValueAt {
  const { unit, query } = of;
  if (unit === "bool_yes_no") return always(1);
  if (unit === "percentunit" || /_ratio\b/.test(query.metric)) return between(of, 0.8, 0.98, HOUR_S);
  if (unit === "bytes" || /_bytes\b/.test(query.metric)) return between(of, 40e6, 60e6, HOUR_S);
  if (unit === "s" || /_seconds\b/.test(query.metric)) return durationOf(of);
  return whole(between(of, 400, 1_200, HOUR_S));
}

/** Things of the daemon take milliseconds, and those of pipelines minutes. */
function durationOf(of: Case): ValueAt {
  const { query, seed } = of;
  const { expr } = query;
  const spread = isQuantile(of) ? query.quantile ** 2 : 1;
  if (/http_request|store_operation|config_look/.test(expr)) return scaled(between(of, 0.002, 0.03, HOUR_S), spread);
  if (/scheduler_delay|queue_duration|gitops_sync/.test(expr)) return scaled(between(of, 0.2, 2, HOUR_S), spread);
  // From some ten seconds to some ten minutes, each series at its own length, and the next run in ten minutes.
  const length = 10 * 60 ** chance(seed, 0);
  return (at) => length * (0.85 + 0.3 * chance(seed, Math.floor(at / (10 * MINUTE_S))));
}

function isQuantile({ query }: Case): boolean {
  return query.quantile < 1;
}

/** How often something happens, in a minute; failures and what else is rare, seldom. */
function happenings(of: Case): ValueAt {
  const { query, subject } = of;
  // What is asked for by one value of a label, as `state="failed"`, is told by that.
  const asked = [...query.expr.matchAll(/="(\w+)"/g)].map(([, value]) => value);
  const words = [query.metric, ...asked, ...Object.values(subject.labels)].join(" ");
  const isRare = /failed\b|fail\b|error|404|lost|missed|dropped|retries/.test(words);
  const isOften = /http_requests/.test(words);
  if (isOften && !isRare) return scaled(events(of, 0.5), REQUESTS);
  return events(of, isRare ? 1 / 240 : /notifications/.test(words) ? 1 / 40 : 0.25);
}

/** Events, each minute with that chance: how many lie in the window before a moment, or how many a second they are. */
function events({ query, seed }: Case, aMinute: number): ValueAt {
  const { window, expr } = query;
  const isRate = /\brate\(/.test(expr);
  return (at) => {
    let count = 0;
    const last = Math.floor(at / MINUTE_S);
    for (let minute = Math.floor((at - window) / MINUTE_S) + 1; minute <= last; minute++) {
      if (chance(seed, minute) < aMinute) count += 1;
    }
    return isRate ? count / window : count;
  };
}

/** Runs that took no longer than the bucket's bound: more of them in each wider one. */
function bucket({ query, subject }: Case): ValueAt {
  const le = Number((subject.labels.le ?? "+Inf").replace("+Inf", "Infinity"));
  const share = Number.isFinite(le) ? 1 / (1 + (45 / le) ** 1.5) : 1;
  const seed = Number.parseInt(sha256(query.metric).slice(0, 8), 16);
  const runs = scaled((at) => 2 + 8 * wave(seed, at, HOUR_S), query.window / (5 * MINUTE_S));
  return (at) => Math.round(runs(at) * share * 10) / 10;
}

function pipelinesBy({ query, subject, pipelines }: Case): ValueAt {
  const status = subject.labels.status ?? (query.matchers.status?.("invalid") ? "invalid" : "active");
  return always(status === "active" ? pipelines.length : 0);
}

function always(value = 0): ValueAt {
  return () => value;
}

function not(value: ValueAt): ValueAt {
  return (at) => 1 - value(at);
}

function whole(value: ValueAt): ValueAt {
  return (at) => Math.round(value(at));
}

function scaled(value: ValueAt, by: number): ValueAt {
  return (at) => value(at) * by;
}

/** Goes to and fro between two values, once in a period or so. */
function between({ seed }: Case, low: number, high: number, period: number): ValueAt {
  return (at) => low + (high - low) * (0.8 * wave(seed, at, period) + 0.2 * wave(seed + 1, at, period / 7));
}

/** Nothing at most times; else a value of some whole steps from `low` to `high`. */
function rarely({ seed }: Case, low: number, high: number, period: number): ValueAt {
  return (at) => {
    const slot = Math.floor(at / period);
    return chance(seed, slot) < 0.95 ? 0 : low + (high - low) * Math.round(chance(seed + 1, slot));
  };
}

/** Grows from one value to the other, and begins again. */
function growing({ seed }: Case, low: number, high: number, period: number): ValueAt {
  const length = period * (0.5 + chance(seed, 0) / 2);
  return (at) => low + ((high - low) * ((at + seed) % length)) / period;
}

function falling({ seed }: Case, period: number): ValueAt {
  const length = period * (0.5 + chance(seed, 0) / 2);
  return (at) => length - ((at + seed) % length);
}

/** From 0 to 1, without jumps: between two numbers of chance, one for each period. */
function wave(seed: number, at: number, period: number): number {
  const place = at / period;
  const slot = Math.floor(place);
  const share = (1 - Math.cos(Math.PI * (place - slot))) / 2;
  return chance(seed, slot) * (1 - share) + chance(seed, slot + 1) * share;
}

/** From 0 to 1, below 1: the same for the same numbers, and as good as any other for others. */
function chance(seed: number, slot: number): number {
  let bits = (seed ^ Math.imul(slot | 0, 0x9e3779b1)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

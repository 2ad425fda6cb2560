import { retryDelayMs } from "../../core/index.ts";
import { formatDuration, parseDuration } from "../../lib/index.ts";
import { longestGapMs, shortestGapSeconds } from "../../schedule/index.ts";
import { RETRY_DELAY_MS, RETRY_FACTOR } from "../defaults.ts";
import { RETRIES_MAX } from "../definition/task.ts";
import type { PipelineSource, TaskSource } from "../model.ts";
import { type MapNode, type ScalarNode, type SourceNode, stringOf } from "../source.ts";
import { readableCrons, scheduleText } from "./schedule.ts";

/*
 * How long things may take, as a file says it: `defaults` counted in, and each value with its place. What can't be
 * read as a duration is as good as absent; a check of its own reports it.
 */

/** A length of time, and where it is written. */
export interface Timed {
  readonly ms: number;
  readonly node: ScalarNode;
}

/** A key of the pipeline itself. */
export function pipelineTime(pipeline: PipelineSource, key: string): Timed | undefined {
  return timed(pipeline.root.get(key));
}

/** A key of the task, or what `defaults` say. */
export function taskTime(task: TaskSource, pipeline: PipelineSource, key: string): Timed | undefined {
  return timed(task.node.get(key) ?? pipeline.defaults?.get(key));
}

/** A key of `slo`. */
export function sloTime(pipeline: PipelineSource, key: string): Timed | undefined {
  return timed(mapOf(pipeline.root.get("slo"))?.get(key));
}

export interface Retries {
  /** From 1 to the most that the language lets through. */
  readonly count: number;
  /** The waits before all of them, without jitter. */
  readonly delays_ms: number;
  /** Where the count is written. */
  readonly node: ScalarNode;
}

/** The retries of a task, merged field by field with those of `defaults`; undefined when there are none. */
export function retriesOf(task: TaskSource, pipeline: PipelineSource): Retries | undefined {
  const own = task.node.get("retries");
  const inherited = pipeline.defaults?.get("retries");
  const node = countOf(own) ?? countOf(inherited);
  const count = node?.value;
  if (node === undefined || typeof count !== "number" || count < 1 || count > RETRIES_MAX) return undefined;
  const field = (key: string): ScalarNode | undefined => {
    const found = mapOf(own)?.get(key) ?? mapOf(inherited)?.get(key);
    return found?.kind === "scalar" ? found : undefined;
  };
  const backoff = field("backoff")?.value === "exponential" ? "exponential" : "constant";
  const factor = field("factor")?.value;
  const max = timed(field("max_delay"))?.ms;
  const policy = {
    count,
    delay_ms: timed(field("delay"))?.ms ?? RETRY_DELAY_MS,
    backoff,
    factor: typeof factor === "number" ? factor : RETRY_FACTOR,
    ...(max === undefined ? {} : { max_delay_ms: max }),
    jitter: 0,
    conditional: false,
  } as const;
  let delays_ms = 0;
  for (let retry = 1; retry <= count; retry++) delays_ms += retryDelayMs(policy, retry, "");
  return { count, delays_ms, node };
}

/** The least time from one slot to the next; undefined without slots. */
export function shortestIntervalMs(pipeline: PipelineSource): number | undefined {
  const every = everyMs(pipeline);
  if (every !== undefined) return every;
  const gaps = readableCrons(pipeline).map(({ cron }) => shortestGapSeconds(cron) * 1_000);
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}

/** The most time from one slot to the next; undefined without slots. Goes through years, so it is asked only when it counts. */
export function longestIntervalMs(pipeline: PipelineSource): number | undefined {
  return everyMs(pipeline) ?? longestGapMs(readableCrons(pipeline).map(({ cron }) => cron));
}

function everyMs(pipeline: PipelineSource): number | undefined {
  const ms = parseDuration(scheduleText(pipeline, "every")?.text ?? "");
  return ms === 0 ? undefined : ms;
}

/** A duration to be read rather than calculated with: seconds are left out of days, and so on. */
export function spoken(ms: number): string {
  const [first, second] = UNITS.filter(([, unit]) => ms >= unit);
  if (first === undefined || second === undefined) return formatDuration(ms);
  return formatDuration(Math.floor(ms / second[1]) * second[1]);
}

/** Milliseconds in the units of durations, from the largest. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

function timed(node: SourceNode | undefined): Timed | undefined {
  const text = stringOf(node);
  const ms = text === undefined ? undefined : parseDuration(text);
  return ms === undefined || node?.kind !== "scalar" ? undefined : { ms, node };
}

function countOf(node: SourceNode | undefined): ScalarNode | undefined {
  const count = node?.kind === "map" ? node.get("count") : node;
  return count?.kind === "scalar" && typeof count.value === "number" ? count : undefined;
}

function mapOf(node: SourceNode | undefined): MapNode | undefined {
  return node?.kind === "map" ? node : undefined;
}

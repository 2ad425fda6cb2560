import { signal } from "@preact/signals";
import { ask } from "../api/client.ts";
import { type Live, onLive } from "../api/live.ts";
import type { BrokenFile, PipelineSummary, RunSummary } from "../generated/api.ts";
import { present } from "./clock.ts";
import { isOpen } from "./states.ts";

/*
 * Every pipeline, as the list shows it. With thousands of them the list is loaded once; what runs do is then put in its
 * place event by event, and what a schedule does has one pipeline asked for again.
 */

interface Pipelines {
  readonly all: readonly PipelineSummary[];
  readonly broken: readonly BrokenFile[];
}

export const pipelines = signal<Pipelines | undefined>(undefined);
export const pipelinesError = signal<unknown>(undefined);

/** Runs that the strip of a pipeline shows. */
const KEPT = 20;
/** Pipelines that are asked for one by one; when more have changed, all are loaded. */
const ONE_BY_ONE_MAX = 20;
/** Before what changed is asked for again, in milliseconds: changes come in swarms. */
const PAUSE_MS = 400;

/** The pause is so many times as long as the last load took. */
const RESTS = 3;

let users = 0;
let stop: (() => void) | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const changed = new Set<string>();
let all = false;
let pause_ms = PAUSE_MS;

/** Keeps the list fresh until what it returns is called. */
export function followPipelines(): () => void {
  users += 1;
  if (users === 1) {
    stop = onLive(take);
    all = true;
    void load();
  }
  return () => {
    users -= 1;
    if (users > 0) return;
    stop?.();
    clearTimeout(timer);
    timer = undefined;
  };
}

async function load(): Promise<void> {
  timer = undefined;
  const names = [...changed];
  const whole = all || names.length > ONE_BY_ONE_MAX;
  changed.clear();
  all = false;
  const began = present();
  try {
    if (whole) {
      const { pipelines: every, broken } = await ask("GET /pipelines");
      pipelines.value = { all: every, broken };
    } else {
      const path = (pipeline: string) => ({ path: { pipeline } });
      const answers = await Promise.all(names.map((name) => ask("GET /pipelines/:pipeline", path(name))));
      replace(new Map(answers.map(({ summary }) => [summary.name, summary])));
    }
    pipelinesError.value = undefined;
  } catch (error) {
    pipelinesError.value = error;
  }
  pause_ms = Math.max(PAUSE_MS, RESTS * (present() - began));
}

function later(): void {
  timer ??= setTimeout(() => void load(), pause_ms);
}

function take(events: readonly Live[]): void {
  const known = new Map(pipelines.peek()?.all.map((each) => [each.name, each]));
  const fresh = new Map<string, PipelineSummary>();
  for (const event of events) {
    if (event.type === "catalog" || event.type === "reset") all = true;
    else if (event.type === "schedule") changed.add(event.pipeline);
    else {
      const summary = fresh.get(event.pipeline) ?? known.get(event.pipeline);
      if (summary !== undefined) fresh.set(event.pipeline, withEvent(summary, event));
    }
  }
  replace(fresh);
  if (all || changed.size > 0) later();
}

function replace(fresh: ReadonlyMap<string, PipelineSummary>): void {
  const before = pipelines.peek();
  if (before === undefined || fresh.size === 0) return;
  pipelines.value = { ...before, all: before.all.map((each) => fresh.get(each.name) ?? each) };
}

/** A pipeline after an event of one of its runs. */
function withEvent(
  summary: PipelineSummary,
  { run_id, run_state, event }: Live & { readonly type: "run" },
): PipelineSummary {
  const known = summary.recent_runs.find((run) => run.run_id === run_id);
  if (known === undefined && event.type !== "run_created") return summary;
  if (known?.state === run_state && event.type !== "run_started" && event.type !== "run_finished") return summary;
  const run: RunSummary = {
    ...(known ?? {
      run_id,
      trigger: event.trigger as RunSummary["trigger"],
      logical_date: event.logical_date as number,
      created_at: event.at,
    }),
    ...(event.type === "run_started" && known?.started_at === undefined && { started_at: event.at }),
    ...(event.type === "run_finished" && { finished_at: event.at }),
    state: run_state,
  };
  const { finished_at, ...open } = run;
  const shown = isOpen(run.state) ? open : run;
  const runs =
    known === undefined
      ? [shown, ...summary.recent_runs]
      : summary.recent_runs.map((each) => (each === known ? shown : each));
  const moved = (state: string): number => Number(run_state === state) - Number(known?.state === state);
  return {
    ...summary,
    recent_runs: runs.slice(0, KEPT),
    ...(summary.freshness !== undefined &&
      event.type === "run_finished" &&
      run.state === "success" && { freshness: { ...summary.freshness, last_success_at: event.at } }),
    active_runs: Math.max(0, summary.active_runs + moved("running")),
    queued_runs: Math.max(0, summary.queued_runs + moved("queued")),
  };
}

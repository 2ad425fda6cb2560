import { signal } from "@preact/signals";
import { ask } from "../api/client.ts";
import { type Live, onLive } from "../api/live.ts";
import { successRate } from "../components/run-bars.tsx";
import type { BrokenFile, PipelineSummary, RunSummary } from "../generated/api.ts";
import { present } from "./clock.ts";
import { isOpen } from "./states.ts";

/*
 * Every pipeline, as the list shows it. With thousands of them the list is loaded once, each with its newest run; those in
 * sight get the others. What runs do is then put in its place event by event, and what a schedule does has one pipeline
 * asked for again.
 */

interface Pipelines {
  readonly all: readonly PipelineSummary[];
  readonly broken: readonly BrokenFile[];
}

export const pipelines = signal<Pipelines | undefined>(undefined);
export const pipelinesError = signal<unknown>(undefined);

/** Runs that the strip of a pipeline shows. */
const KEPT = 20;
/** Rows get their runs when no other has come into sight for such a time, in milliseconds; and so many at once. */
const FILL_MS = 80;
const FILL_MAX = 100;
/** Rows that get their runs in one frame: all at once would be a thousand bars. */
const FILL_STEP = 20;
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
/** Rows that are shown, and those pipelines whose runs are all there. */
const inSight = new Set<string>();
const full = new Set<string>();
let fillTimer: ReturnType<typeof setTimeout> | undefined;
let isFilling = false;
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
      const { pipelines: every, broken } = await ask("GET /pipelines", { query: { runs: 1 } });
      const before = new Map(pipelines.peek()?.all.map((each) => [each.name, each]));
      pipelines.value = { all: every.map((each) => withRuns(each, before.get(each.name))), broken };
      full.clear();
      fillLater();
    } else {
      const path = (pipeline: string) => ({ path: { pipeline } });
      const answers = await Promise.all(names.map((name) => ask("GET /pipelines/:pipeline", path(name))));
      takeFull(
        names,
        answers.map(({ summary }) => summary),
      );
    }
    pipelinesError.value = undefined;
  } catch (error) {
    pipelinesError.value = error;
  }
  pause_ms = Math.max(PAUSE_MS, RESTS * (present() - began));
}

/** Has the runs of a row loaded, as long as it is shown. Returns how to say that it is not. */
export function showRuns(name: string): () => void {
  inSight.add(name);
  fillLater();
  return () => inSight.delete(name);
}

function fillLater(): void {
  clearTimeout(fillTimer);
  fillTimer = setTimeout(() => void fill(), FILL_MS);
}

async function fill(): Promise<void> {
  const names = [...inSight].filter((name) => !full.has(name)).slice(0, FILL_MAX);
  if (isFilling || names.length === 0) return;
  isFilling = true;
  try {
    const found = (await ask("GET /pipelines", { query: { pipeline: names } })).pipelines;
    for (let from = 0; from < found.length; from += FILL_STEP) {
      if (from > 0) await new Promise(requestAnimationFrame);
      const some = found.slice(from, from + FILL_STEP);
      takeFull(
        some.map(({ name }) => name),
        some,
      );
    }
    // Some may be gone.
    for (const name of names) full.add(name);
    fillLater();
  } catch {
    // The next load asks again, and says what is wrong.
  }
  isFilling = false;
}

function takeFull(names: readonly string[], summaries: readonly PipelineSummary[]): void {
  for (const name of names) full.add(name);
  replace(new Map(summaries.map((summary) => [summary.name, summary])));
}

/** The runs that were known stay in sight until they are loaded anew. */
function withRuns(fresh: PipelineSummary, before: PipelineSummary | undefined): PipelineSummary {
  const [newest] = fresh.recent_runs;
  if (before === undefined || newest === undefined) return fresh;
  const older = before.recent_runs.filter(({ run_id }) => run_id !== newest.run_id);
  return { ...fresh, recent_runs: [newest, ...older].slice(0, KEPT) };
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
  const isEnd = event.type === "run_finished";
  // Of few runs it would be another rate.
  const rate = isEnd && full.has(summary.name) ? successRate(runs.slice(0, KEPT)) : summary.success_rate;
  return {
    ...summary,
    recent_runs: runs.slice(0, KEPT),
    ...(isEnd && { last_ended: run.state as "success" }),
    ...(rate !== undefined && { success_rate: rate }),
    ...(summary.freshness !== undefined &&
      event.type === "run_finished" &&
      run.state === "success" && { freshness: { ...summary.freshness, last_success_at: event.at } }),
    active_runs: Math.max(0, summary.active_runs + moved("running")),
    queued_runs: Math.max(0, summary.queued_runs + moved("queued")),
  };
}

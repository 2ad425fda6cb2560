import { statfsSync } from "node:fs";
import type { CatalogState, GitState } from "../catalog/index.ts";
import type { Config } from "../config/index.ts";
import type { Scheduler, SchedulerEvent } from "../engine/index.ts";
import { followLog, readLogPart } from "../executors/index.ts";
import { type CompileOptions, compile } from "../language/index.ts";
import { hasSlots, slotsBetween } from "../schedule/index.ts";
import type { About, Actions, ServerApi } from "../server/index.ts";
import { storeSize } from "../store/index.ts";
import { attemptConfig } from "./attempt-config.ts";
import type { EngineHandle } from "./handle.ts";
import { systemClock } from "./system-clock.ts";

/** How far ahead slots are looked for: nine years, in milliseconds. */
const AHEAD_MS = 9 * 366 * 86_400_000;
/** With less free space, in bytes, nothing can be stored for long. */
const FREE_MIN_BYTES = 64 * 1024 * 1024;

export interface ServerApiParts {
  readonly config: Config;
  readonly version: string;
  readonly handle: EngineHandle;
  readonly scheduler: Scheduler;
  readonly catalog: () => CatalogState;
  readonly git: () => GitState | undefined;
  readonly operators: CompileOptions["operators"];
  readonly actions: Actions;
  /** Calls the listener when other pipelines are live, or a schedule did something. */
  readonly onCatalog: (listener: () => void) => () => void;
  readonly onSlots: (listener: (event: SchedulerEvent) => void) => () => void;
  /** Whether it has taken up what was there. */
  readonly isUp: () => boolean;
  readonly settings: ServerApi["settings"];
  /** As they are now. */
  readonly vars: () => Config["vars"];
  readonly metrics: ServerApi["metrics"];
  readonly httpRequest: ServerApi["httpRequest"];
}

/** What the server has of the daemon. */
export function createServerApi(parts: ServerApiParts): ServerApi {
  const { config, version, handle, scheduler, catalog, operators, actions, metrics, httpRequest } = parts;
  const { root, data, git } = config;
  const pipelines = git === undefined ? config.pipelines : `${git.url} (${git.path})`;
  const { grafana_url } = config.metrics;
  const about: About = {
    ...{ version, started_at: systemClock.now(), root, pipelines, data },
    ...(grafana_url !== undefined && { grafana_url }),
  };
  return {
    about,
    store: handle.store,
    actions,
    now: () => systemClock.now(),
    catalog,
    git: parts.git,
    schedule(name) {
      const [next, row] = [scheduler.next(name), scheduler.row(name)];
      return { ...(next !== undefined && { next }), ...(row !== undefined && { row }) };
    },
    slotsToCome(name, count) {
      const schedule = catalog().pipelines.get(name)?.schedule;
      const now = systemClock.now();
      return schedule !== undefined && hasSlots(schedule) ? slotsBetween(schedule, now, now + AHEAD_MS, count) : [];
    },
    compiled: ({ file, source }) => compile({ path: file, text: source }, { operators }).pipeline,
    load: (name) => handle.load(name),
    slotUse: () => handle.slotUse(),
    openTasks: () => handle.openTasks(),
    subscribe(listener) {
      const stops = [
        handle.subscribe(({ event, run, pipeline }) => listener({ type: "run", event, run, pipeline: pipeline.name })),
        parts.onCatalog(() => listener({ type: "catalog" })),
        parts.onSlots((event) => listener({ type: "schedule", event })),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    readLog: (attempt, from, max_bytes) => readLogPart(data, attempt, from, max_bytes),
    followLog: (attempt, from, signal) => followUntilEnd(handle, data, attempt, from, signal),
    attemptConfig: (attempt) => attemptConfig({ store: handle.store, operators, vars: parts.vars() }, attempt),
    storeBytes: () => storeSize(data),
    settings: parts.settings,
    metrics,
    httpRequest,
    async problems() {
      return [...(parts.isUp() ? [] : ["it is starting"]), ...(await storeProblems(handle)), ...spaceProblems(data)];
    },
  };
}

/** The log as it grows. What the engine itself carries out leaves no file that tells of its end: its event does. */
async function* followUntilEnd(
  handle: EngineHandle,
  data: string,
  attempt: Parameters<ServerApi["followLog"]>[0],
  from: number,
  signal: AbortSignal,
): ReturnType<typeof followLog> {
  const { run_id, key, attempt: number } = attempt;
  const ended = new AbortController();
  const stop = handle.subscribe(({ event, run }) => {
    const isEnd = event.type === "attempt_ended" && event.key === key && event.attempt === number;
    if (run.id === run_id && isEnd) ended.abort();
  });
  try {
    const rows = await handle.store.listAttempts(run_id, key);
    const row = rows.find((each) => each.attempt === number);
    if (row?.state !== "running" && row?.state !== "waiting") ended.abort();
    let at = from;
    for await (const line of followLog(data, attempt, { from, signal: AbortSignal.any([signal, ended.signal]) })) {
      at = line.next_offset;
      yield line;
    }
    if (!signal.aborted) yield* linesFrom(data, attempt, at);
  } finally {
    stop();
  }
}

/** Bytes of a log that are read at a time. */
const PART_BYTES = 1024 * 1024;

function* linesFrom(
  data: string,
  attempt: Parameters<ServerApi["followLog"]>[0],
  from: number,
): Generator<ReturnType<typeof readLogPart>["lines"][number], void, undefined> {
  for (let at = from; ; ) {
    const { lines } = readLogPart(data, attempt, at, PART_BYTES);
    const last = lines.at(-1);
    if (last === undefined) return;
    yield* lines;
    at = last.next_offset;
  }
}

async function storeProblems({ store }: EngineHandle): Promise<readonly string[]> {
  try {
    await store.listRuns({ limit: 1 });
    return [];
  } catch (error) {
    return [`the store can't be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function spaceProblems(data: string): readonly string[] {
  const { bavail, bsize } = statfsSync(data);
  const free = bavail * bsize;
  return free < FREE_MIN_BYTES ? [`the disk of ${data} is full: ${Math.floor(free / 1024 / 1024)} MiB are free`] : [];
}

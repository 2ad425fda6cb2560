import type { CatalogState } from "../catalog/index.ts";
import { FINAL_RUN_STATES, type SlotUse } from "../core/index.ts";
import type { Clock, Scheduler, Store } from "../engine/index.ts";
import { storeSize } from "../store/index.ts";
import type { History, PipelineSnapshot, Snapshot, Telemetry } from "../telemetry/index.ts";
import type { EngineHandle } from "./handle.ts";

/** The daemon says so often that it is alive, in milliseconds. */
const BEAT_MS = 5_000;
/** Every so many beats it is sent how things stand, to whom it is sent. */
const REPORT_BEATS = 2;
/** Runs that are looked through for the last success, before the store is asked for it. */
const LOOKED_THROUGH = 50;
/** Where attempts run: on this machine. */
const EXECUTOR = "local";

export interface MeasureOptions {
  readonly telemetry: Telemetry;
  readonly handle: EngineHandle;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  /** The data folder. */
  readonly data: string;
}

export interface Measuring {
  /** These pipelines are live now. Resolves once what was before this process is known of each. Never rejects. */
  follow(state: CatalogState): Promise<void>;
  /** What Prometheus reads. */
  expose: () => ReturnType<Telemetry["expose"]>;
  close(): void;
}

/** Tells the telemetry what happens in the engine, and how it stands. */
export function startMeasuring({ telemetry, handle, scheduler, clock, data }: MeasureOptions): Measuring {
  const { observer } = telemetry;
  let live: CatalogState["pipelines"] = new Map();
  let heartbeat_at: number | undefined;
  let beats = 0;
  let cancel: (() => void) | undefined;
  let isClosed = false;
  const stops = [
    handle.subscribe(({ event, run, pipeline }) => observer.committed(event, run, pipeline)),
    scheduler.subscribe((event) => observer.slots(event)),
  ];
  const snapshot = (): Snapshot => ({
    now: clock.now(),
    ...(heartbeat_at !== undefined && { heartbeat_at }),
    pipelines: [...live.keys()].map((name) => pipelineSnapshot(name, handle, scheduler)),
    executors: handle.slotUse().map(executorSnapshot),
    tasks: handle.openTasks().states,
    store_bytes: storeSize(data),
  });
  const beat = async (): Promise<void> => {
    // It is alive when it turns and its store answers. What fails is told where it is needed.
    await handle.store.listRuns({ limit: 1 }).then(
      () => {
        heartbeat_at = clock.now();
      },
      () => undefined,
    );
    if (isClosed) return;
    beats += 1;
    if (beats % REPORT_BEATS === 0) telemetry.report(snapshot());
    cancel = clock.wakeIn(BEAT_MS, () => void beat());
  };
  void beat();
  return {
    async follow(state) {
      const added = [...state.pipelines.keys()].filter((name) => !live.has(name));
      live = state.pipelines;
      observer.catalog(state, clock.now());
      for (const name of added) {
        const history = await readHistory(handle.store, name).catch(() => undefined);
        if (history !== undefined && live.has(name)) observer.history(history);
      }
    },
    expose: () => telemetry.expose(snapshot()),
    close() {
      isClosed = true;
      cancel?.();
      for (const stop of stops) stop();
      telemetry.close();
    },
  };
}

function pipelineSnapshot(pipeline: string, handle: EngineHandle, scheduler: Scheduler): PipelineSnapshot {
  const { unfinished, queued } = handle.load(pipeline);
  const paused = scheduler.row(pipeline)?.paused_at !== undefined;
  const next_at = paused ? undefined : scheduler.next(pipeline);
  const oldest_started_at = handle.startedSince(pipeline);
  return {
    ...{ pipeline, queued, paused },
    running: unfinished - queued,
    ...(next_at !== undefined && { next_at }),
    ...(oldest_started_at !== undefined && { oldest_started_at }),
  };
}

function executorSnapshot({ pool = "", slots, used, holders, queued }: SlotUse): Snapshot["executors"][number] {
  const [first] = queued;
  const oldest_queued_at = queued.reduce((oldest, each) => Math.min(oldest, each.queued_at), first?.queued_at ?? 0);
  return {
    ...{ executor: EXECUTOR, pool, slots, used },
    running: holders.length,
    queued: queued.length,
    ...(first !== undefined && { oldest_queued_at }),
  };
}

/** What gauges about the last run begin with. Rejects with a `StoreError`. */
async function readHistory(store: Store, pipeline: string): Promise<History | undefined> {
  const asked = { pipelines: [pipeline] };
  const { rows } = await store.listRuns({ ...asked, states: FINAL_RUN_STATES, limit: LOOKED_THROUGH });
  const [last] = rows;
  if (last === undefined) return undefined;
  const success =
    rows.find(({ state }) => state === "success") ??
    (await store.listRuns({ ...asked, states: ["success"], limit: 1 })).rows[0];
  const since = rows.filter(({ run_id }) => success === undefined || run_id > success.run_id);
  const { state, started_at, finished_at = last.created_at } = last;
  return {
    pipeline,
    last_run: {
      success: state === "success",
      seconds: (finished_at - (started_at ?? finished_at)) / 1_000,
      at: finished_at,
    },
    ...(success?.finished_at !== undefined && { last_success_at: success.finished_at }),
    failures: since.filter((row) => row.state === "failed").length,
  };
}

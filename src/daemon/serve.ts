import { type CatalogState, type LiveCatalog, watchCatalog, watchFolder } from "../catalog/index.ts";
import type { Config } from "../config/index.ts";
import { EngineError, type RunResult, Scheduler, type SchedulerEvent } from "../engine/index.ts";
import type { CompileOptions, Pipeline } from "../language/index.ts";
import type { JsonValue } from "../lib/index.ts";
import type { DaemonRequest } from "./control.ts";
import type { Committed, EngineHandle } from "./handle.ts";
import { type OpenOptions, openEngine } from "./open.ts";
import { systemClock } from "./system-clock.ts";

/** What becomes of runs when the daemon stops. */
export const ON_STOP = [
  /** Their tasks go on, and the next daemon takes them up. */
  "leave",
  /** The daemon ends when they have. */
  "wait",
  /** They are cancelled. */
  "cancel",
] as const;
export type OnStop = (typeof ON_STOP)[number];

export interface DaemonOptions extends Pick<OpenOptions, "operators" | "describe" | "onTrouble"> {
  /** What the language has to know to check the pipelines. Asked at each look at their folder. */
  readonly compileOptions: () => CompileOptions;
  readonly onEvent: (committed: Committed) => void;
  readonly onSlots: (event: SchedulerEvent) => void;
  readonly onCatalog: (state: CatalogState) => void;
}

/** An engine that keeps schedules and follows its folder. */
export interface Daemon {
  readonly catalog: CatalogState;
  /** Starts no new run, does with those that go on as it is told, and lets go of the data folder. */
  stop(how: OnStop): Promise<void>;
}

/**
 * Takes the data folder, takes up what an earlier daemon left, and starts runs when they are due. Rejects with a
 * `StoreError` when the folder is held or can't be used.
 */
export async function startDaemon(config: Config, options: DaemonOptions): Promise<Daemon> {
  const { operators, describe, onTrouble } = options;
  let catalog: LiveCatalog | undefined;
  let scheduler: Scheduler | undefined;
  const pipelineOf = (name: string): Pipeline | undefined => catalog?.current().pipelines.get(name);
  const onRequest = async (request: DaemonRequest): Promise<JsonValue> => {
    if (scheduler === undefined) throw new EngineError("ENGINE_CLOSED");
    return carryOut(request, { handle, scheduler, pipelineOf });
  };
  const handle = await openEngine(config, { operators, describe, pipelineOf, gated: true, onRequest, onTrouble });
  try {
    catalog = watchCatalog({
      folder: config.pipelines,
      compileOptions: () => ({ ...options.compileOptions(), cwd: config.root }),
      watch: (folder, changed) => watchFolder(folder, changed, onTrouble),
      after: (delay_ms, call) => systemClock.wakeAt(systemClock.now() + delay_ms, call),
      onTrouble,
    });
    scheduler = await openScheduler(handle, onTrouble);
  } catch (error) {
    await catalog?.close();
    await handle.close();
    throw error;
  }
  const [live, schedules] = [catalog, scheduler];
  schedules.subscribe(options.onSlots);
  handle.subscribe((committed) => {
    options.onEvent(committed);
    if (committed.event.type === "run_finished") schedules.runEnded(committed.pipeline.name);
  });
  const follow = (state: CatalogState): void => {
    options.onCatalog(state);
    schedules.setPipelines(state.pipelines.values());
  };
  live.onChange(follow);
  // First what is there already: it counts for `max_active_runs` and `overlap`.
  await handle.resumeAll();
  follow(live.current());
  return {
    get catalog() {
      return live.current();
    },
    async stop(how) {
      await live.close();
      await schedules.close();
      if (how !== "leave") await endRuns(handle, how);
      await handle.close();
    },
  };
}

function openScheduler(handle: EngineHandle, onTrouble: DaemonOptions["onTrouble"]): Promise<Scheduler> {
  return Scheduler.open({
    store: handle.store,
    clock: systemClock,
    load: (pipeline) => handle.load(pipeline),
    async createRun(pipeline, slot) {
      await handle.createRun({ pipeline, params: {}, trigger: "schedule", by: "schedule", ...slot });
    },
    async cancelStarted(pipeline) {
      for (const run_id of handle.startedRuns(pipeline)) {
        await handle.act(run_id, { type: "cancel_requested", by: "schedule" });
      }
    },
    onTrouble,
  });
}

interface Parts {
  readonly handle: EngineHandle;
  readonly scheduler: Scheduler;
  readonly pipelineOf: (name: string) => Pipeline | undefined;
}

async function carryOut(request: DaemonRequest, { handle, scheduler, pipelineOf }: Parts): Promise<JsonValue> {
  const { pipeline: name, by } = request;
  switch (request.type) {
    case "trigger": {
      const pipeline = pipelineOf(name);
      if (pipeline === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline: name });
      const { params, logical_date } = request;
      const date = logical_date === undefined ? {} : { logical_date };
      return handle.createRun({ pipeline, params, trigger: "manual", by, ...date });
    }
    case "pause":
      await scheduler.pause(name, by, request.why);
      return null;
    case "resume":
      await scheduler.resume(name, by);
      return null;
  }
}

/** Runs that wait to start stay queued for the next daemon. */
async function endRuns(handle: EngineHandle, how: "wait" | "cancel"): Promise<void> {
  const ended: Promise<RunResult>[] = [];
  for (const run_id of handle.startedRuns()) {
    ended.push(handle.finished(run_id));
    if (how === "cancel") await handle.act(run_id, { type: "cancel_requested", by: "shutdown" });
  }
  await Promise.allSettled(ended);
}

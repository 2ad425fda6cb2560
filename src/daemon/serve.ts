import {
  type CatalogState,
  type Checkout,
  type GitCatalog,
  type GitSync,
  type LiveCatalog,
  watchCatalog,
  watchFolder,
} from "../catalog/index.ts";
import type { Config } from "../config/index.ts";
import {
  type BackfillRow,
  type Backfills,
  EngineError,
  type RunResult,
  Scheduler,
  type SchedulerEvent,
} from "../engine/index.ts";
import type { CompileOptions, Pipeline } from "../language/index.ts";
import type { JsonValue } from "../lib/index.ts";
import { type Actions, type Server, startServer, type Who } from "../server/index.ts";
import { createTelemetry } from "../telemetry/index.ts";
import { createActions } from "./actions.ts";
import { openBackfills } from "./backfills.ts";
import type { ControlRequest } from "./control.ts";
import { followRepository } from "./git.ts";
import type { Committed, EngineHandle } from "./handle.ts";
import { startMeasuring } from "./measure.ts";
import { type OpenOptions, openEngine } from "./open.ts";
import { rememberLive } from "./remember-live.ts";
import { type Deleted, startRetention } from "./retention.ts";
import { createServerApi } from "./server-api.ts";
import { describeSettings } from "./settings.ts";
import { stopwatch, systemClock } from "./system-clock.ts";

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

/** What counts from the next start on. */
const AT_START = ["pipelines", "data", "plugins", "git", "server", "metrics"] as const;

export interface DaemonOptions extends Pick<OpenOptions, "operators" | "describe" | "onTrouble"> {
  /** What the language has to know to check the pipelines: those of the folder, or of a commit. Asked at each look. */
  readonly compileOptions: (checkout?: Checkout) => CompileOptions;
  readonly onEvent: (committed: Committed) => void;
  readonly onSlots: (event: SchedulerEvent) => void;
  readonly onBackfill: (row: BackfillRow) => void;
  readonly onCatalog: (state: CatalogState) => void;
  /** The repository was asked, and what came of it. */
  readonly onSync: (done: GitSync) => void;
  /** What was old was deleted. */
  readonly onDeleted: (deleted: Deleted) => void;
  /** Of the program. */
  readonly version: string;
}

/** An engine that keeps schedules and follows its folder. */
export interface Daemon {
  readonly catalog: CatalogState;
  /** Where the API listens. */
  readonly url: string;
  /**
   * Takes another configuration up, as far as that goes while it runs; the result is the keys that wait for the next start.
   * Resolves once secrets were read and the pipelines looked at.
   */
  reconfigure(config: Config): Promise<readonly string[]>;
  /** Starts no new run, does with those that go on as it is told, and lets go of the data folder. */
  stop(how: OnStop): Promise<void>;
}

/**
 * Takes the data folder, takes up what an earlier daemon left, and starts runs when they are due. Rejects with a
 * `StoreError` when the folder is held or can't be used.
 */
export async function startDaemon(config: Config, options: DaemonOptions): Promise<Daemon> {
  const { operators, describe, onTrouble } = options;
  let settings = config;
  let catalog: LiveCatalog | undefined;
  let repository: GitCatalog | undefined;
  let scheduler: Scheduler | undefined;
  let backfills: Backfills | undefined;
  let isStopping = false;
  const pipelineOf = (name: string): Pipeline | undefined => catalog?.current().pipelines.get(name);
  const onRequest = (request: ControlRequest): Promise<JsonValue> => carryOut(request, actions);
  const telemetry = createTelemetry({ ...config.metrics, version: options.version, onTrouble });
  const onStoreOperation = telemetry.observer.storeOperation;
  const onUsage = telemetry.observer.used;
  const revisionOf = (pipeline: Pipeline): string | undefined => repository?.revisionOf(pipeline);
  const shared = { operators, describe, pipelineOf, revisionOf, onRequest, onStoreOperation, onUsage, onTrouble };
  const handle = await openEngine(config, { ...shared, gated: true });
  const now = (): number => systemClock.now();
  const actions = createActions({
    ...{ handle, pipelineOf, now, onTrouble },
    // Nothing new is begun while it waits for the end of what runs.
    scheduler: () => (isStopping ? undefined : scheduler),
    backfills: () => (isStopping ? undefined : backfills),
    repository: () => repository,
  });
  const measure = (look: () => void): void => {
    const seconds = stopwatch();
    look();
    telemetry.observer.looked(seconds());
  };
  const onSync = (done: GitSync): void => {
    const { url: source, live, seen } = done.state;
    telemetry.observer.synced({
      ...{ source, result: done.result, seconds: done.duration_ms / 1_000, at: now() },
      ...(live !== undefined && { revision: live.commit }),
      out_of_sync: live?.commit !== seen?.commit,
    });
    options.onSync(done);
  };
  let remember: (state: CatalogState) => Promise<void>;
  try {
    const before = await handle.store.listLive();
    remember = rememberLive(handle.store, before, systemClock, onTrouble);
    const { compileOptions } = options;
    if (config.git !== undefined) {
      const parts = { config, handle, compileOptions, onSync, onTrouble, measure };
      repository = await followRepository(config.git, parts);
    }
    catalog =
      repository ??
      watchCatalog({
        before,
        folder: config.pipelines,
        compileOptions: () => ({ ...compileOptions(), cwd: config.root }),
        watch: (folder, changed) => watchFolder(folder, changed, onTrouble),
        after: systemClock.wakeIn,
        measure,
        onTrouble,
      });
    scheduler = await openScheduler(handle, onTrouble);
    backfills = await openBackfills(handle, pipelineOf, onTrouble);
  } catch (error) {
    await catalog?.close();
    await handle.close();
    throw error;
  }
  const [live, schedules, backfilling] = [catalog, scheduler, backfills];
  schedules.subscribe(options.onSlots);
  backfilling.subscribe(options.onBackfill);
  handle.subscribe((committed) => {
    options.onEvent(committed);
    if (committed.event.type === "run_finished") schedules.runEnded(committed.pipeline.name);
  });
  const measuring = startMeasuring({ telemetry, handle, scheduler: schedules, clock: systemClock, data: config.data });
  const follow = (state: CatalogState): void => {
    options.onCatalog(state);
    void measuring.follow(state);
    void remember(state);
    schedules.setPipelines(state.pipelines.values());
  };
  live.onChange(follow);
  const api = createServerApi({
    ...{ config, handle, actions, operators, version: options.version },
    scheduler: schedules,
    catalog: () => live.current(),
    git: () => repository?.state(),
    isUp: () => isUp,
    onCatalog: (listener) => live.onChange(listener),
    onSlots: (listener) => schedules.subscribe(listener),
    settings: () => describeSettings(counts),
    vars: () => counts.vars,
    metrics: measuring.expose,
    httpRequest: telemetry.observer.httpRequest,
  });
  let isUp = false;
  /** The configuration that counts. */
  let counts = config;
  let server: Server;
  try {
    server = await startServer(api, { ...config.server, onTrouble });
  } catch (error) {
    await schedules.close();
    await backfilling.close();
    await live.close();
    measuring.close();
    await handle.close();
    throw listenFailure(error, config);
  }
  // First what is there already: it counts for `max_active_runs` and `overlap`.
  await handle.resumeAll();
  follow(live.current());
  backfilling.resume();
  isUp = true;
  const retention = startRetention({
    ...{ store: handle.store, clock: systemClock, data: config.data, onTrouble },
    settings: () => settings.retention,
    liveVersions: () => [...live.current().pipelines.values()].map(({ version }) => version),
    onVersionsDeleted: () => handle.forgetVersions(),
    onDeleted: options.onDeleted,
  });
  return {
    get catalog() {
      return live.current();
    },
    url: server.url,
    async reconfigure(next) {
      const changed = AT_START.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(config[key]));
      await handle.reconfigure(next);
      counts = { ...next, ...Object.fromEntries(AT_START.map((key) => [key, config[key]])) };
      settings = next;
      live.look();
      return changed;
    },
    async stop(how) {
      isStopping = true;
      await server.close();
      await live.close();
      await schedules.close();
      await backfilling.close();
      await retention.close();
      measuring.close();
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

/** Carries out what a command on this machine asks for. Who can open the socket may do everything. */
async function carryOut(request: ControlRequest, actions: Actions): Promise<JsonValue> {
  switch (request.type) {
    case "trigger": {
      const { type, by, ...asked } = request;
      return actions.trigger(local(by), { ...asked, trigger: "manual" });
    }
    case "backfill": {
      const { type, by, ...asked } = request;
      return (await actions.backfill(local(by), asked)) as unknown as JsonValue;
    }
    case "backfill_preview": {
      const { type, ...asked } = request;
      return (await actions.previewBackfill(asked)) as unknown as JsonValue;
    }
    case "backfill_cancel":
      await actions.cancelBackfill(local(request.by), request.backfill_id);
      return null;
    case "sync": {
      const who = local(request.by);
      const answer = await (request.rollback ? actions.rollback(who) : actions.sync(who));
      return answer as unknown as JsonValue;
    }
    case "pause":
      await actions.pause(local(request.by), request.pipeline, request.why);
      return null;
    case "resume":
      await actions.resume(local(request.by), request.pipeline);
      return null;
    case "act":
      await actions.act(local(request.action.by), request.run_id, request.action);
      return null;
    case "answer": {
      const { by, ...answer } = request.answer;
      await actions.answer(local(by), request.run_id, request.key, answer);
      return null;
    }
  }
}

function listenFailure(error: unknown, { server: { host, port, tls } }: Config): EngineError {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const message = String((error as Error).message);
  if (tls !== undefined && (path !== undefined || code?.startsWith("ERR_OSSL"))) {
    const why = path === undefined ? message : `${path} can't be read (${code})`;
    return new EngineError("CERTIFICATE_UNUSABLE", { why }, { cause: error });
  }
  const why = code === "EADDRINUSE" ? "another process listens there" : message;
  return new EngineError("LISTEN_FAILED", { address: `${host}:${port}`, why }, { cause: error });
}

function local(by: string): Who {
  return { by, role: "admin" };
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

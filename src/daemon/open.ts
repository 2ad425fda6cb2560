import type { Config } from "../config/index.ts";
import { Engine, EngineError } from "../engine/index.ts";
import { type AttemptUsage, createLocalExecutor } from "../executors/index.ts";
import { checkParams, type Pipeline } from "../language/index.ts";
import { type JsonValue, keepHeapSmall } from "../lib/index.ts";
import { createNotifier } from "../notify/index.ts";
import type { Operator } from "../operators/index.ts";
import { openSqliteStore } from "../store/index.ts";
import { type ControlRequest, listenForRequests } from "./control.ts";
import { refuseGoneCommit } from "./git.ts";
import type { EngineHandle } from "./handle.ts";
import { randomIds } from "./ids.ts";
import { measuredStore } from "./measured-store.ts";
import { createPrograms } from "./programs.ts";
import { ReplaceableSecrets } from "./replaceable-secrets.ts";
import { createRunService } from "./run-service.ts";
import { secretOf } from "./secret-store.ts";
import { cancelStrayRuns } from "./stray-runs.ts";
import { systemClock } from "./system-clock.ts";

export interface OpenOptions {
  /** The built-in operators, and those of plugins. */
  readonly operators: ReadonlyMap<string, Operator>;
  /** What this process is, for whoever finds the data folder held: its command line. */
  readonly describe: string;
  /** Live pipelines by name, for tasks that run others. Absent: what stands in the folder of pipelines at that moment. */
  readonly pipelineOf?: (name: string) => Pipeline | undefined;
  /** The commit that a pipeline was read from; absent or undefined: it was read from no repository. */
  readonly revisionOf?: (pipeline: Pipeline) => string | undefined;
  /** Whether `max_active_runs` holds runs back. */
  readonly gated?: boolean;
  /** Carries out what another process asks for; the result is its answer. Absent: people may act on runs, and ask for nothing else. */
  readonly onRequest?: (request: ControlRequest) => Promise<JsonValue>;
  /** Told of each operation of the store. */
  readonly onStoreOperation?: Parameters<typeof measuredStore>[1];
  /** Told what the processes of attempts took. */
  readonly onUsage?: (usage: AttemptUsage) => void;
  /** Told of what went wrong outside of any run and is being tried again. */
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/**
 * Builds an engine of real parts on the configuration's data folder and holds that folder until it
 * is closed. Rejects with a `StoreError` when the folder is held by another process or can't be used.
 */
export async function openEngine(
  config: Config,
  {
    operators,
    describe,
    pipelineOf,
    revisionOf = () => undefined,
    gated = false,
    onRequest,
    onStoreOperation,
    onUsage,
    onTrouble,
  }: OpenOptions,
): Promise<EngineHandle> {
  // Schedules make bursts of a thousand runs: where objects begin is to have room for them.
  keepHeapSmall({ young: gated ? "free" : "small" });
  const clock = systemClock;
  const opened = await openSqliteStore(config.data, { mode: "write", clock: clock.now, describe });
  const store = onStoreOperation === undefined ? opened : measuredStore(opened, onStoreOperation);
  let now = config;
  const secrets = new ReplaceableSecrets(config.secrets, { clock, cwd: config.root, env: process.env, onTrouble });
  const programs = createPrograms(() => now, operators, secrets);
  const runs = createRunService({ config, operators, store, engine: () => engine, programs, pipelineOf, revisionOf });
  const executor = createLocalExecutor({
    operators,
    data: config.data,
    clock,
    runs,
    ...(onUsage !== undefined && { onUsage }),
  });
  const notifier = createNotifier({ operators, clock });
  const engine: Engine = new Engine(
    { store, executor, notifier, clock, ids: randomIds, loadProgram: programs.load },
    { owner: `${process.pid}@${clock.now()}`, concurrency: config.concurrency, pools: config.pools, gated, onTrouble },
  );
  await cancelStrayRuns(store, engine, onTrouble);
  const handle: EngineHandle = {
    store,
    async createRun({ pipeline, params, trigger, by, logical_date = clock.now(), ...asked }) {
      const { data_interval_start = logical_date, data_interval_end = logical_date, ...more } = asked;
      const key = more.idempotency_key;
      const known = key === undefined ? undefined : await store.getRunByKey(pipeline.name, key);
      if (known !== undefined) return known.run_id;
      const checked = checkParams(pipeline, params);
      if (!checked.ok) {
        throw new EngineError("PARAMS_INVALID", { pipeline: pipeline.name, problems: checked.problems.join("; ") });
      }
      const revision = revisionOf(pipeline);
      const created = {
        ...(revision !== undefined && { revision }),
        trigger,
        by,
        logical_date,
        data_interval_start,
        data_interval_end,
        params: checked.params,
        ...more,
      };
      try {
        return await engine.createRun({ program: await programs.make(pipeline), created });
      } catch (error) {
        // Somebody else was quicker with the same key.
        const first = key === undefined ? undefined : await store.getRunByKey(pipeline.name, key);
        if (first === undefined) throw error;
        return first.run_id;
      }
    },
    async resumeRun(run_id) {
      await engine.resume([run_id]);
    },
    async resumeAll() {
      // Each that fails was told of.
      await engine.resume().catch(() => undefined);
    },
    load: (pipeline) => engine.gate.load(pipeline),
    startedSince: (pipeline) => engine.gate.startedSince(pipeline),
    openTasks: () => engine.openTasks(),
    startedRuns: (pipeline) => engine.gate.started(pipeline),
    slotUse: () => engine.slotUse(),
    async reconfigure(config) {
      await secrets.replace(config.secrets);
      now = config;
      engine.setLimits({ concurrency: config.concurrency, pools: config.pools });
    },
    secret: (name) => secretOf(secrets, name),
    forgetVersions: () => engine.forgetVersions(),
    async act(run_id, action) {
      if (action.type === "retry_requested") await refuseGoneCommit(store, config.data, run_id);
      return engine.act(run_id, action);
    },
    answer: (run_id, key, answer) =>
      engine.answer(run_id, key, answer.by, (task) => {
        const judged = operators.get(task.operator)?.answer?.(task, { ...answer, at: clock.now() });
        if (judged === undefined) throw new EngineError("TASK_NOT_WAITING", { run: run_id, task: key });
        if (judged.ok) return judged.outcome;
        throw new EngineError("ANSWER_INVALID", { run: run_id, task: key, problems: judged.problem });
      }),
    subscribe: (listener) =>
      engine.subscribe(({ event, run, program }) => listener({ event, run, pipeline: program.pipeline })),
    finished: (run_id) => engine.finished(run_id),
    killStopping: () => engine.killStopping(),
    async close() {
      stopListening();
      secrets.close();
      try {
        await engine.close();
      } finally {
        await store.close();
      }
    },
  };
  const carryOut = async (request: ControlRequest): Promise<JsonValue> => {
    if (onRequest !== undefined) return onRequest(request);
    switch (request.type) {
      case "act":
        await handle.act(request.run_id, request.action);
        return null;
      case "answer":
        await handle.answer(request.run_id, request.key, request.answer);
        return null;
      default:
        throw new EngineError("NO_DAEMON");
    }
  };
  const stopListening = listenForRequests(config.data, carryOut, onTrouble);
  return handle;
}

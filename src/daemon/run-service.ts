import { pickPipeline } from "../catalog/index.ts";
import type { Config } from "../config/index.ts";
import { type RunId, replay } from "../core/index.ts";
import {
  type Engine,
  EngineError,
  type LoadProgram,
  type Program,
  type RunService,
  type Store,
} from "../engine/index.ts";
import { checkParams, type OperatorSpec, type Pipeline } from "../language/index.ts";

/** Runs that may stand one above the other. More is a mistake: pipelines that run each other without end. */
const DEPTH_MAX = 10;

export interface RunServiceParts {
  readonly config: Config;
  readonly operators: ReadonlyMap<string, OperatorSpec>;
  readonly store: Store;
  readonly engine: () => Engine;
  /** Live pipelines by name; absent: what stands in the folder at that moment. */
  readonly pipelineOf: ((name: string) => Pipeline | undefined) | undefined;
  /** The commit that a pipeline was read from. */
  readonly revisionOf: (pipeline: Pipeline) => string | undefined;
  readonly programs: { readonly make: (pipeline: Pipeline) => Promise<Program>; readonly load: LoadProgram };
}

/** Starts runs of other pipelines for attempts, and waits for them. */
export function createRunService({
  config,
  operators,
  store,
  engine,
  programs,
  revisionOf,
  pipelineOf = (name) => findPipeline(config, operators, name),
}: RunServiceParts): RunService {
  return {
    async start({ run_id, key, attempt }, { pipeline: name, params, logical_date }) {
      const children = await store.listChildRuns(run_id);
      const known = children.find((row) => row.parent_key === key && row.parent_attempt === attempt);
      if (known !== undefined) return known.run_id;
      await refuseDepth(store, run_id, name);
      const pipeline = pipelineOf(name);
      if (pipeline === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline: name });
      const checked = checkParams(pipeline, params);
      if (!checked.ok)
        throw new EngineError("PARAMS_INVALID", { pipeline: name, problems: checked.problems.join("; ") });
      const revision = revisionOf(pipeline);
      return engine().createRun({
        program: await programs.make(pipeline),
        created: {
          trigger: "pipeline",
          by: `${run_id}/${key}`,
          logical_date,
          data_interval_start: logical_date,
          data_interval_end: logical_date,
          params: checked.params,
          parent: { run_id, key, attempt },
          ...(revision !== undefined && { revision }),
        },
      });
    },

    async finished(run_id) {
      // An earlier engine may have started it.
      const row = await store.getRun(run_id);
      if (row?.state === "queued" || row?.state === "running") await engine().resume([run_id]);
      const result = await engine().finished(run_id);
      if (result.state !== "success") return { ...result, outputs: {} };
      const outputs = await outputsOf(run_id);
      if (outputs.ok) return { ...result, outputs: outputs.value };
      return { run_id, state: "failed", why: outputs.message, outputs: {} };
    },

    async cancel(run_id, by) {
      await engine().act(run_id, { type: "cancel_requested", by });
    },

    ofSlot: (pipeline, logical_date) => store.listRunsOfSlot(pipeline, logical_date),
  };

  async function outputsOf(run_id: RunId): Promise<ReturnType<Program["outputs"]>> {
    const row = await store.getRun(run_id);
    const version = row && (await store.getPipelineVersion(row.version));
    if (version === undefined) throw new EngineError("RUN_NOT_FOUND", { run: run_id });
    const program = await programs.load(version);
    return program.outputs(replay(program.plan, run_id, await store.readEvents(run_id)));
  }
}

/** The pipeline of this name as it stands in the folder of pipelines now. */
function findPipeline(config: Config, operators: RunServiceParts["operators"], name: string): Pipeline {
  const picked = pickPipeline(name, { operators, cwd: config.root, pipelines: config.pipelines });
  if (picked.found === "pipeline") return picked.pipeline;
  const why = picked.found === "none" ? picked.message : `${picked.file} has errors`;
  throw new EngineError("PIPELINE_UNAVAILABLE", { pipeline: name, why });
}

async function refuseDepth(store: Store, run_id: RunId, pipeline: string): Promise<void> {
  let above: RunId | undefined = run_id;
  for (let depth = 0; above !== undefined; depth++) {
    if (depth >= DEPTH_MAX) {
      const why = `${DEPTH_MAX} runs stand above it already, one started by the other`;
      throw new EngineError("PIPELINE_UNAVAILABLE", { pipeline, why });
    }
    above = (await store.getRun(above))?.parent_run_id;
  }
}

import { dirname, resolve } from "node:path";
import { absoluteConnection, type Config } from "../config/index.ts";
import type { Evaluated, Run, TaskId, TaskKey } from "../core/index.ts";
import type { LoadProgram, Program } from "../engine/index.ts";
import {
  compile,
  type EvaluationContext,
  type OperatorSpec,
  type Pipeline,
  resolveAttempt,
  resolveMetrics,
  resolveNotification,
  resolveRunOutputs,
  secretsUsedBy,
  type Task,
  toPlan,
} from "../language/index.ts";
import type { JsonObject } from "../lib/index.ts";
import { filesOfCommit } from "./git.ts";
import type { SecretStore } from "./secret-store.ts";

/** Makes programs of pipelines, with the values that this engine's configuration gives to expressions. `config`: as it is now. */
export function createPrograms(
  config: () => Config,
  operators: ReadonlyMap<string, OperatorSpec>,
  secrets: SecretStore,
): {
  /** Resolves once the secrets that the pipeline may need are there, or it is known why not. */
  readonly make: (pipeline: Pipeline) => Promise<Program>;
  readonly load: LoadProgram;
} {
  const context: EvaluationContext = {
    operators,
    // Asked anew each time: they change while the engine runs.
    get vars() {
      return config().vars;
    },
    get secrets() {
      return secrets.values();
    },
    secretProblem: (name) => secrets.problem(name),
    get connections() {
      return config().connections;
    },
  };
  const { root, data } = config();
  /** A run of a commit finds its files as they were in it. */
  const folderOf = ({ file }: Pipeline, { created: { revision } }: Run): string =>
    dirname(resolve(revision === undefined ? root : filesOfCommit(data, revision), file));
  /** What pipelines need under these connections. */
  let needs = { connections: config().connections, secrets: new WeakMap<Pipeline, readonly string[]>() };
  const secretsOf = (pipeline: Pipeline): readonly string[] => {
    const { connections } = config();
    if (needs.connections !== connections) needs = { connections, secrets: new WeakMap() };
    let names = needs.secrets.get(pipeline);
    if (names === undefined) {
      names = secretsUsedBy(pipeline, connections);
      needs.secrets.set(pipeline, names);
    }
    return names;
  };
  /** By pipeline, which is one for all runs of a version: its expressions are read once. */
  const programs = new WeakMap<Pipeline, Program>();
  const make = async (pipeline: Pipeline): Promise<Program> => {
    await secrets.ready(secretsOf(pipeline));
    let program = programs.get(pipeline);
    if (program === undefined) {
      program = programOf(pipeline);
      programs.set(pipeline, program);
    }
    return program;
  };
  const programOf = (pipeline: Pipeline): Program => {
    const tasks = new Map(pipeline.tasks.map((task) => [task.id as TaskId, task]));
    const taskOf = (run: Run, key: TaskKey): Task => {
      const id = run.task_runs.get(key)?.task;
      const task = id && tasks.get(id);
      if (!task) throw new Error(`pipeline ${pipeline.name} has no task for ${key}`);
      return task;
    };
    return {
      pipeline,
      plan: toPlan(pipeline, context),
      resolve: (run, key) => {
        const resolved = resolveAttempt(pipeline, run, key, context);
        if (!resolved.ok) return resolved;
        const { operator, grace_ms } = taskOf(run, key);
        return {
          ...withPaths(resolved),
          operator,
          grace_ms,
          cwd: resolve(folderOf(pipeline, run), resolved.cwd ?? "."),
        };
      },
      metrics: (run, key, outputs) => resolveMetrics(pipeline, run, key, outputs, context),
      outputs: (run) => resolveRunOutputs(pipeline, run, context),
      notification: (run, number, request) => {
        const resolved = resolveNotification(pipeline, run, request, context);
        if (!resolved.ok) return resolved;
        const { key = "run" as TaskKey } = request;
        const name = { run_id: run.id, key, attempt: number, epoch: 1 };
        const { logical_date } = run.created;
        const work = {
          ...name,
          pipeline: pipeline.name,
          logical_date,
          started_at: run.created_at,
          ...withPaths(resolved),
          grace_ms: 0,
          cwd: folderOf(pipeline, run),
        };
        return { ok: true, work };
      },
      asWritten: (run, key) => {
        const { operator, grace_ms, config: settings, outputs, output_values } = taskOf(run, key);
        if (operators.get(operator)?.begins_again === true) return undefined;
        const evaluate = (): Evaluated<never> => ({ ok: false, message: "its expressions could not be evaluated" });
        return {
          ok: true,
          operator,
          grace_ms,
          config: settings,
          env: {},
          cwd: folderOf(pipeline, run),
          outputs,
          output_values,
          secrets: Object.values(secrets.values()),
          evaluate,
        };
      },
    };
  };
  /** Paths of connections begin at engine.yaml, those of tasks at their pipeline. */
  function withPaths<T extends { readonly connection?: JsonObject }>(resolved: T): T {
    const { connection } = resolved;
    return connection === undefined ? resolved : { ...resolved, connection: absoluteConnection(connection, root) };
  }
  return {
    make,
    load: ({ file, source }) => {
      const { pipeline, diagnostics } = compile({ path: file, text: source }, { operators });
      if (pipeline !== undefined) return make(pipeline);
      const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
      throw new Error(errors.map(({ code, message }) => `${code} ${message}`).join("; "));
    },
  };
}

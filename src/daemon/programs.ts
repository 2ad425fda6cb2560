import { dirname, resolve } from "node:path";
import type { Config } from "../config/index.ts";
import type { Evaluated, Run, TaskId, TaskKey } from "../core/index.ts";
import type { LoadProgram, Program } from "../engine/index.ts";
import {
  compile,
  type Pipeline,
  resolveAttempt,
  resolveMetrics,
  resolveNotification,
  resolveRunOutputs,
  type Task,
  toPlan,
} from "../language/index.ts";
import { operators } from "../operators/index.ts";

/** Makes programs of pipelines, with the values that this engine's configuration gives to expressions. */
export function createPrograms(config: Config): {
  readonly make: (pipeline: Pipeline) => Program;
  readonly load: LoadProgram;
} {
  const context = { operators, vars: config.vars, secrets: config.secrets, connections: config.connections };
  const make = (pipeline: Pipeline): Program => {
    const folder = dirname(resolve(config.root, pipeline.file));
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
        return { ...resolved, operator, grace_ms, cwd: resolve(folder, resolved.cwd ?? ".") };
      },
      metrics: (run, key, outputs) => resolveMetrics(pipeline, run, key, outputs, context),
      outputs: (run) => resolveRunOutputs(pipeline, run, context),
      notification: (run, number, request) => {
        const resolved = resolveNotification(pipeline, run, request, context);
        if (!resolved.ok) return resolved;
        const { key = "run" as TaskKey } = request;
        const name = { run_id: run.id, key, attempt: number, epoch: 1 };
        const { logical_date } = run.created;
        const work = { ...name, pipeline: pipeline.name, logical_date, ...resolved, grace_ms: 0, cwd: folder };
        return { ok: true, work };
      },
      asWritten: (run, key) => {
        const { operator, grace_ms, config: settings, outputs, output_values } = taskOf(run, key);
        const evaluate = (): Evaluated<never> => ({ ok: false, message: "its expressions could not be evaluated" });
        const secrets = Object.values(config.secrets);
        return {
          ok: true,
          operator,
          grace_ms,
          config: settings,
          env: {},
          cwd: folder,
          outputs,
          output_values,
          secrets,
          evaluate,
        };
      },
    };
  };
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

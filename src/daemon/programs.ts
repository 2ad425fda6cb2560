import { dirname, resolve } from "node:path";
import type { Config } from "../config/index.ts";
import type { LoadProgram, Program } from "../engine/index.ts";
import { compile, type Pipeline, resolveAttempt, toPlan } from "../language/index.ts";
import { operators } from "../operators/index.ts";

/** Makes programs of pipelines, with the values that this engine's configuration gives to expressions. */
export function createPrograms(config: Config): {
  readonly make: (pipeline: Pipeline) => Program;
  readonly load: LoadProgram;
} {
  const context = { operators, vars: config.vars, secrets: config.secrets };
  const make = (pipeline: Pipeline): Program => {
    const folder = dirname(resolve(config.root, pipeline.file));
    return {
      pipeline,
      plan: toPlan(pipeline, context),
      resolve: (run, key) => {
        const resolved = resolveAttempt(pipeline, run, key, context);
        return resolved.ok ? { ...resolved, cwd: resolve(folder, resolved.cwd ?? ".") } : resolved;
      },
    };
  };
  return {
    make,
    load: ({ file, source }) => {
      const { pipeline, diagnostics } = compile({ path: file, bytes: new TextEncoder().encode(source) }, { operators });
      if (pipeline !== undefined) return make(pipeline);
      const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
      throw new Error(errors.map(({ code, message }) => `${code} ${message}`).join("; "));
    },
  };
}

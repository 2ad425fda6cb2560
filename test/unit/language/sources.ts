import type { Run, RunId, TaskId, TaskKey, TaskRun } from "../../../src/core/index.ts";
import { compile, type Diagnostic, type OperatorSpec, type Pipeline } from "../../../src/language/index.ts";
import type { JsonObject } from "../../../src/lib/index.ts";
import { operators as builtIn } from "../../../src/operators/index.ts";

/** Compiles a text as `test.yaml`, by default with the built-in operators. */
export function compileText(
  text: string,
  operators: ReadonlyMap<string, OperatorSpec> = builtIn,
): {
  readonly pipeline?: Pipeline;
  readonly diagnostics: readonly Diagnostic[];
} {
  return compile({ path: "test.yaml", text }, { operators });
}

/** The pipeline of a text without errors. */
export function pipelineOf(text: string, operators?: ReadonlyMap<string, OperatorSpec>): Pipeline {
  const { pipeline, diagnostics } = compileText(text, operators);
  if (pipeline === undefined) throw new Error(diagnostics.map((each) => `${each.code} ${each.message}`).join("\n"));
  return pipeline;
}

/** What was found, each as `CODE "the text it points at" message`. */
export function foundIn(text: string): readonly string[] {
  return compileText(text).diagnostics.map(({ code, range, message }) => {
    return `${code} ${JSON.stringify(text.slice(range.start.offset, range.end.offset))} ${message}`;
  });
}

/** 2024-03-10T01:30:00Z, which is still 9 March in New York. */
const LOGICAL_DATE = Date.UTC(2024, 2, 10, 1, 30);

export type TaskRuns = Readonly<Record<string, Partial<Omit<TaskRun, "key">>>>;

/** A run as the core would hand it over, with these task runs by key. */
export function aRun(params: JsonObject = {}, taskRuns: TaskRuns = {}): Run {
  const task_runs = new Map<TaskKey, TaskRun>();
  for (const [key, given] of Object.entries(taskRuns)) {
    const task = key.replace(/\[\d+\]$/, "") as TaskId;
    const state = given.outputs === undefined ? "running" : "success";
    task_runs.set(key as TaskKey, {
      key: key as TaskKey,
      task,
      state,
      attempt: 1,
      retries_used: 0,
      lost_count: 0,
      ...given,
    });
  }
  return {
    id: "r1" as RunId,
    created: {
      type: "run_created",
      pipeline: "test",
      version: "0",
      trigger: "manual",
      by: "tester",
      logical_date: LOGICAL_DATE,
      data_interval_start: LOGICAL_DATE,
      data_interval_end: LOGICAL_DATE,
      params,
    },
    created_at: LOGICAL_DATE,
    state: "running",
    seq: 1,
    timed_out: false,
    retries: 0,
    notifications: new Map(),
    task_runs,
  };
}

import type { RunId, TaskKey } from "../../src/core/index.ts";
import type { AttemptWork } from "../../src/engine/index.ts";

/** An attempt of a bash task. */
export function bashWork(script: string, more: Partial<AttemptWork> & { skip_exit_code?: number } = {}): AttemptWork {
  const { skip_exit_code = 99, ...rest } = more;
  return {
    run_id: "20260131-020000-x7k2mq" as RunId,
    key: "train" as TaskKey,
    attempt: 1,
    epoch: 1,
    pipeline: "p",
    operator: "bash",
    config: { script, skip_exit_code },
    env: {},
    cwd: "/",
    outputs: {},
    output_values: {},
    secrets: [],
    grace_ms: 10_000,
    logical_date: 0,
    started_at: 0,
    evaluate: () => ({ ok: false, message: "no expression was expected" }),
    ...rest,
  };
}

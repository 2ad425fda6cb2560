import type { RunEvent } from "../../src/core/index.ts";
import { engine } from "./engine-command.ts";

/** How a run went, folded from what `engine run --json` printed, with no help from the code under test. */
export interface WatchedRun {
  readonly run_id: string;
  readonly exit_code: number;
  readonly state: string | undefined;
  /** By task run, the last state that was decided. */
  readonly tasks: Readonly<Record<string, string>>;
  /** By task run, how many attempts were started. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** By task run, the values of its metrics by name. */
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly events: readonly RunEvent[];
}

/** Runs a pipeline with the built command line and watches its events. Throws when the stream is not one of JSON lines. */
export async function watchRun(cwd: string, args: readonly string[]): Promise<WatchedRun> {
  const { status, stdout, stderr } = await engine(cwd, ["run", ...args, "--json"]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const parsed = lines.map((line) => JSON.parse(line) as { kind: string; run_id: string; event: RunEvent });
  const events = parsed.filter(({ kind }) => kind === "event");
  const first = events[0];
  if (first === undefined) throw new Error(`engine run ${args.join(" ")} gave no event (exit ${status}): ${stderr}`);
  const tasks: Record<string, string> = {};
  const attempts: Record<string, number> = {};
  const outputs: Record<string, unknown> = {};
  const metrics: Record<string, Record<string, number>> = {};
  let state: string | undefined;
  for (const { event } of events) {
    if (event.type === "attempt_started") attempts[event.key] = (attempts[event.key] ?? 0) + 1;
    if (event.type === "attempt_ended" && event.outcome.state === "success") {
      const values = (event.outcome.metrics ?? []).map(({ name, value }) => [name, value] as const);
      if (values.length > 0) metrics[event.key] = Object.fromEntries(values);
    }
    if (event.type === "task_finished") {
      tasks[event.key] = event.state;
      outputs[event.key] = event.outputs;
    }
    if (event.type === "run_finished") state = event.state;
  }
  return {
    run_id: first.run_id,
    exit_code: status,
    state,
    tasks,
    attempts,
    outputs,
    metrics,
    events: events.map(({ event }) => event),
  };
}

import { isPastDone, type RunRow, type TaskRunRow } from "../../engine/index.ts";
import { type CompileOptions, compile, type Pipeline } from "../../language/index.ts";
import { exactTime } from "../output/time.ts";
import type { ReadStore } from "../place/place.ts";

/** Runs among which the one that is waited for is looked for. */
const LOOKED_AT = 1_000;

/** What a run that has not started waits for; undefined when it has, or when nothing tells. */
export async function whyQueued(
  store: ReadStore,
  run: RunRow,
  compileOptions: () => CompileOptions,
): Promise<string | undefined> {
  const { pipeline: name, state, started_at, trigger } = run;
  if (state !== "queued" || started_at !== undefined) return undefined;
  const pipeline = await pipelineOf(store, run, compileOptions);
  if (pipeline === undefined) return undefined;
  if (pipeline.schedule?.depends_on_past === true && isOfSlot(trigger)) {
    const past = await runBefore(store, run);
    if (past !== undefined && past.state !== "success") {
      return `it waits until ${past.run_id} of ${exactTime(past.logical_date)} has succeeded, which is ${past.state} (depends_on_past)`;
    }
  }
  return `it waits for room: of ${name} at most ${pipeline.max_active_runs} may run at once (max_active_runs)`;
}

/** What the queued tasks of a run wait for that depend on the past, by task. */
export async function whyTasksWait(
  store: ReadStore,
  run: RunRow,
  task_runs: readonly TaskRunRow[],
  compileOptions: () => CompileOptions,
): Promise<ReadonlyMap<string, string>> {
  const why = new Map<string, string>();
  const queued = new Set(task_runs.filter(({ state }) => state === "queued").map(({ task }) => task));
  if (queued.size === 0 || !isOfSlot(run.trigger)) return why;
  const pipeline = await pipelineOf(store, run, compileOptions);
  const dependent = pipeline?.tasks.filter(({ id, depends_on_past }) => depends_on_past && queued.has(id)) ?? [];
  const past = dependent.length === 0 ? undefined : await runBefore(store, run);
  if (past === undefined) return why;
  const rows = new Map<string, TaskRunRow>((await store.listTaskRuns(past.run_id)).map((row) => [row.key, row]));
  for (const { id } of dependent) {
    const before = rows.get(id)?.state;
    if (isPastDone(before)) continue;
    const of = `${past.run_id} of ${exactTime(past.logical_date)}`;
    why.set(id, `it waits until ${id} has succeeded in ${of}, where it is ${before} (depends_on_past)`);
  }
  return why;
}

async function pipelineOf(
  store: ReadStore,
  run: RunRow,
  compileOptions: () => CompileOptions,
): Promise<Pipeline | undefined> {
  const version = await store.getPipelineVersion(run.version);
  // A version that does not compile any more says nothing.
  return version && compile({ path: version.file, text: version.source }, compileOptions()).pipeline;
}

/** The run that a run of the schedule or of a backfill may depend on. */
async function runBefore(store: ReadStore, { pipeline, logical_date }: RunRow): Promise<RunRow | undefined> {
  const { rows } = await store.listRuns({ pipelines: [pipeline], limit: LOOKED_AT });
  const before = rows.filter((row) => isOfSlot(row.trigger) && row.logical_date < logical_date);
  const date = Math.max(...before.map((row) => row.logical_date));
  // The newest stands first.
  return before.find((row) => row.logical_date === date);
}

function isOfSlot(trigger: RunRow["trigger"]): boolean {
  return trigger === "schedule" || trigger === "backfill";
}

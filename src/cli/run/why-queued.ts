import type { RunRow } from "../../engine/index.ts";
import { type CompileOptions, compile } from "../../language/index.ts";
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
  const { pipeline: name, state, started_at, trigger, logical_date } = run;
  if (state !== "queued" || started_at !== undefined) return undefined;
  const version = await store.getPipelineVersion(run.version);
  // A version that does not compile any more says nothing.
  const pipeline = version && compile({ path: version.file, text: version.source }, compileOptions()).pipeline;
  if (pipeline === undefined) return undefined;
  if (pipeline.schedule?.depends_on_past === true && isOfSlot(trigger)) {
    const { rows } = await store.listRuns({ pipelines: [name], limit: LOOKED_AT });
    const before = rows.filter((row) => isOfSlot(row.trigger) && row.logical_date < logical_date);
    const date = Math.max(...before.map((row) => row.logical_date));
    // The newest stands first.
    const past = before.find((row) => row.logical_date === date);
    if (past !== undefined && past.state !== "success") {
      return `it waits until ${past.run_id} of ${exactTime(past.logical_date)} has succeeded, which is ${past.state} (depends_on_past)`;
    }
  }
  return `it waits for room: of ${name} at most ${pipeline.max_active_runs} may run at once (max_active_runs)`;
}

function isOfSlot(trigger: RunRow["trigger"]): boolean {
  return trigger === "schedule" || trigger === "backfill";
}

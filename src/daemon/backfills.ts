import { Backfills } from "../engine/index.ts";
import type { Pipeline } from "../language/index.ts";
import type { EngineHandle } from "./handle.ts";
import { randomIds } from "./ids.ts";
import { systemClock } from "./system-clock.ts";

/** The backfills of an engine. They follow its runs, and go on with what an earlier process left once they are resumed. */
export async function openBackfills(
  handle: EngineHandle,
  pipelineOf: (name: string) => Pipeline | undefined,
  onTrouble: (message: string, cause: unknown) => void,
): Promise<Backfills> {
  const backfills = await Backfills.open({
    store: handle.store,
    clock: systemClock,
    newId: (now) => `b-${randomIds.runId(now)}`,
    pipelineOf,
    async createRun(pipeline, run) {
      await handle.createRun({ pipeline, trigger: "backfill", ...run });
    },
    cancelRun: (run_id, by) => handle.act(run_id, { type: "cancel_requested", by }),
    onTrouble,
  });
  handle.subscribe(({ event, run }) => {
    const { backfill_id } = run.created;
    if (event.type === "run_finished" && backfill_id !== undefined) backfills.runEnded(backfill_id);
  });
  return backfills;
}

import type { AttemptRow, Engine, RunRow, Store } from "../engine/index.ts";

/** Runs that are read at once. */
const PAGE_ROWS = 1_000;

/**
 * Cancels runs whose attempt was cancelled, or ran out of time, while it waited for them: an engine that ends between
 * the two has not passed it on. Resolves once that is committed; the runs end later. Never rejects: what can't be done
 * is told to `onTrouble`, and tried again by the next engine.
 */
export async function cancelStrayRuns(
  store: Store,
  engine: Engine,
  onTrouble: (message: string, cause: unknown) => void,
): Promise<void> {
  try {
    for (const { run_id, parent_run_id, parent_key } of await findStrayRuns(store)) {
      const parent = `task ${parent_key} of run ${parent_run_id}, which waited for it, has ended`;
      try {
        await engine.act(run_id, { type: "cancel_requested", by: `${parent_run_id}/${parent_key}` });
        onTrouble(`run ${run_id} is being cancelled: ${parent}`, undefined);
      } catch (error) {
        onTrouble(`run ${run_id} could not be cancelled, though ${parent}`, error);
      }
    }
  } catch (error) {
    onTrouble("runs whose task has ended could not be looked for", error);
  }
}

async function findStrayRuns(store: Store): Promise<readonly RunRow[]> {
  const stray: RunRow[] = [];
  let after: string | undefined;
  do {
    const page = await store.listRuns({
      states: ["queued", "running"],
      limit: PAGE_ROWS,
      ...(after !== undefined && { after }),
    });
    for (const row of page.rows) if (await isStray(store, row)) stray.push(row);
    after = page.next;
  } while (after !== undefined);
  return stray;
}

async function isStray(store: Store, { parent_run_id, parent_key, parent_attempt }: RunRow): Promise<boolean> {
  if (parent_run_id === undefined) return false;
  const attempts = await store.listAttempts(parent_run_id, parent_key);
  const parent = attempts.find(({ attempt }) => attempt === parent_attempt);
  return parent !== undefined && wasStopped(parent);
}

/** One that ends by itself has waited for the run, or was not meant to. */
function wasStopped({ state, failure }: AttemptRow): boolean {
  return state === "cancelled" || state === "lost" || failure?.reason === "timeout";
}

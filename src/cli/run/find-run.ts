import type { RunId } from "../../core/index.ts";
import type { RunRow } from "../../engine/index.ts";
import { usageError } from "../errors.ts";
import type { ReadStore } from "../place/place.ts";

/** Runs among which the latest is looked for that no other run has started. */
const LATEST_AMONG = 100;

/**
 * The run that a person names: its id, the beginning of one that no other run has, or `latest`. Throws a
 * usage error when there is none or more than one.
 */
export async function findRun(
  store: Pick<ReadStore, "listRuns" | "getRun" | "findRuns">,
  named: string,
): Promise<RunRow> {
  if (named === "latest") {
    // What a run started on its way is not what a person has just started.
    const { rows } = await store.listRuns({ limit: LATEST_AMONG });
    const latest = rows.find((row) => row.parent_run_id === undefined) ?? rows[0];
    if (latest !== undefined) return latest;
    throw usageError("there is no run yet", "start one with `engine run FILE`");
  }
  const exact = await store.getRun(named as RunId);
  if (exact !== undefined) return exact;
  const [first, second] = named === "" ? [] : await store.findRuns(named);
  if (first === undefined) throw usageError(`there is no run ${named}`, "list the runs with `engine runs list`");
  if (second === undefined) return first;
  throw usageError(
    `several runs begin with ${named}, such as ${first.run_id} and ${second.run_id}`,
    "write more of it",
  );
}

/** True when the run has ended. */
export function isOver({ state }: RunRow): boolean {
  return state !== "queued" && state !== "running";
}

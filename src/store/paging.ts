import { RUN_STATES, type RunState } from "../core/index.ts";
import { type Page, type RunFilter, type RunRow, StoreError } from "../engine/index.ts";

/** The most rows of one page. */
const PAGE_MAX_ROWS = 1_000;

/** Runs of one slot that anybody asks for: a slot has one, and a few more that were made by hand. */
export const SLOT_RUNS_MAX = 20;

/** Where a page starts: behind this run, in the order of newest first. */
interface Position {
  readonly created_at: number;
  readonly run_id: string;
}

/** Before every run. */
const START: Position = { created_at: Number.MAX_SAFE_INTEGER, run_id: "" };

/** What a filter asks for, checked. */
export interface RunQuery {
  readonly pipelines: readonly string[] | undefined;
  readonly backfill_id: string | undefined;
  readonly since: number;
  readonly states: readonly RunState[];
  readonly limit: number;
  readonly behind: Position;
}

/** Throws a `RangeError` for a limit out of bounds, a `StoreError` "bad_cursor" for a cursor that is none. */
export function runQuery(filter: RunFilter): RunQuery {
  const { limit } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX_ROWS) {
    throw new RangeError(`a page has 1 to ${PAGE_MAX_ROWS} rows, not ${limit}`);
  }
  const { pipelines, backfill_id, since = 0, until } = filter;
  const after = filter.after === undefined ? START : parseCursor(filter.after);
  return {
    pipelines: pipelines && [...new Set(pipelines)],
    backfill_id,
    since,
    states: [...new Set(filter.states ?? RUN_STATES)],
    limit,
    behind: until !== undefined && until <= after.created_at ? { created_at: until, run_id: "" } : after,
  };
}

/** A page out of one row more than it holds: that one says whether another page follows. */
export function toPage(rows: readonly RunRow[], limit: number): Page<RunRow> {
  const last = rows[limit - 1];
  if (rows.length <= limit || last === undefined) return { rows };
  return { rows: rows.slice(0, limit), next: `${last.created_at}:${last.run_id}` };
}

function parseCursor(cursor: string): Position {
  const [, created_at, run_id] = /^(\d{1,16}):(.+)$/s.exec(cursor) ?? [];
  if (created_at === undefined || run_id === undefined) {
    throw new StoreError(
      "bad_cursor",
      `"${cursor}" is not the \`next\` of an earlier page. Ask without it for the first page.`,
    );
  }
  return { created_at: Number(created_at), run_id };
}

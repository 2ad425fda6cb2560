import { mkdirSync } from "node:fs";
import { connectToWrite } from "../../src/store/connection.ts";

/** A minute between runs of one pipeline, in milliseconds. */
const STEP_MS = 60_000;

/**
 * Puts very many runs into the store of a data folder, those of `p0`, `p1` … a minute apart up to `now`; the last has failed, and
 * every tenth before. Each has one task, `say`.
 */
export function storeManyRuns(
  data: string,
  { pipelines, runs, now }: { pipelines: number; runs: number; now: number },
): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { db } = connectToWrite(data);
  db.exec("BEGIN");
  db.exec(`
    CREATE TEMP TABLE made AS
      WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${runs - 1})
      SELECT 'many-' || printf('%08d', ${runs} - n) AS run_id, 'p' || (n % ${pipelines}) AS pipeline,
        ${now} - (n / ${pipelines} + 1) * ${STEP_MS} AS at,
        CASE WHEN (n / ${pipelines}) % 10 = 0 THEN 'failed' ELSE 'success' END AS state
      FROM numbers;
    INSERT INTO runs (run_id, pipeline, version, state, "trigger", "by", logical_date, data_interval_start,
        data_interval_end, params, created_at, started_at, finished_at, seq, slot)
      SELECT run_id, pipeline, 'v', state, 'schedule', 'schedule', at, at, at, '{}', at, at, at + 1000, 1, at FROM made;
    INSERT INTO run_leases (run_id, owner, epoch, until) SELECT run_id, NULL, 1, 0 FROM made;
    INSERT INTO task_runs (run_id, key, task, state, attempt, queued_at, started_at, finished_at)
      SELECT run_id, 'say', 'say', state, 1, at, at, at + 1000 FROM made;`);
  db.exec("COMMIT");
  db.close();
}

import { expect, test } from "vitest";
import { connectToWrite } from "../../../src/store/connection.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/*
 * What a statement costs must not grow with the history. The only scans are of what is short: a list
 * that was handed over, the leases that somebody holds, a row for each pipeline, what is left of deleted runs up to a
 * limit, and the end of an index up to a limit.
 */
const SHORT =
  /^SCAN (wanted|named|json_each) VIRTUAL TABLE|^SCAN run_leases USING (COVERING )?INDEX run_leases_held$|^SCAN (schedules|live_pipelines|named|deleted_runs)$|^SCAN (skipped_slots|backfills|audit) USING INDEX \w+_by_time$/;

test("every statement finds its rows by an index", () => {
  const { db, sql } = connectToWrite(temporaryFolder());
  const scans = Object.entries(sql).flatMap(([name, statement]) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${statement.sourceSQL}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((detail) => detail.startsWith("SCAN") && !SHORT.test(detail))
      .map((detail) => `${name}: ${detail}`),
  );
  db.close();
  expect(scans).toEqual([]);
});

test.each([
  ["list_runs_of_slot", "runs_by_logical_date (pipeline=? AND logical_date=?)"],
  ["slot_run", "runs_by_slot (slot=? AND pipeline=?)"],
  ["list_runs_of_pipelines", "runs_by_pipeline (pipeline=? AND created_at>? AND (created_at,run_id)<(?,?))"],
  ["newest_runs", "runs_by_pipeline (pipeline=?)"],
] as const)("%s looks through no more of a pipeline's history than it tells", (name, index) => {
  const { db, sql } = connectToWrite(temporaryFolder());
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql[name].sourceSQL}`).all();
  db.close();
  expect(plan.map(({ detail }) => String(detail)).join("\n")).toContain(`INDEX ${index}`);
});

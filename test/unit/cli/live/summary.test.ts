import { describe, expect, test } from "vitest";
import { renderSummary, summarise } from "../../../../src/cli/live/summary.ts";
import { toText } from "../../../../src/cli/live/text.ts";
import type { RunRow, TaskRunRow } from "../../../../src/engine/index.ts";
import { T0 } from "./sources.ts";

function aRun(more: Partial<RunRow>): RunRow {
  return {
    run_id: "r1" as RunRow["run_id"],
    pipeline: "training",
    version: "v",
    state: "success",
    trigger: "manual",
    by: "ann",
    logical_date: T0,
    data_interval_start: T0,
    data_interval_end: T0,
    params: {},
    created_at: T0,
    started_at: T0,
    finished_at: T0 + 12_000,
    seq: 9,
    ...more,
  };
}

function row(key: string, state: TaskRunRow["state"], more: Partial<TaskRunRow> = {}): TaskRunRow {
  return { run_id: "r1", key, task: key.replace(/\[.*/, ""), state, attempt: 1, ...more } as TaskRunRow;
}

function lines(run: RunRow, rows: readonly TaskRunRow[]) {
  return renderSummary(summarise(run, rows), "unicode").map(toText);
}

describe("renderSummary", () => {
  test("a success says how long it took and what was handed on", () => {
    expect(
      lines(aRun({}), [
        row("train", "success", { outputs: { accuracy: 0.93, path: "m.json" } }),
        row("end", "success"),
      ]),
    ).toEqual([
      "✓ training success after 12s",
      "  2 success  run r1",
      "  outputs",
      '    train  accuracy=0.93  path="m.json"',
    ]);
  });

  test("a failure says why, shows the end of the log, and the commands that lead on", () => {
    const failure = { reason: "exit_code", message: "exit code 3", log_tail: ["loading", "boom\x1b[2J"] };
    expect(
      lines(aRun({ state: "failed", why: "task train failed" }), [
        row("train", "failed", { failure, attempt: 3 }),
        row("end", "upstream_failed", { attempt: 0 }),
      ]),
    ).toEqual([
      "✗ training failed after 12s: task train failed",
      "  1 failed, 1 upstream_failed  run r1",
      "  train (attempt 3): exit code 3",
      "    | loading",
      "    | boom",
      "    log: engine logs r1 train",
      "  retry: engine runs retry r1 --failed",
    ]);
  });

  test("of a mapped task the items are reported, each once, quoted for a shell", () => {
    const shown = lines(aRun({ state: "failed" }), [
      row("fan", "failed", { attempt: 0 }),
      row("fan[0]", "success", { index: 0 }),
      row("fan[1]", "failed", { index: 1, failure: { message: "no" } }),
    ]);
    expect(shown.filter((line) => line.includes("fan"))).toEqual(["  fan[1]: no", "    log: engine logs r1 'fan[1]'"]);
  });

  test("long lists are cut, with the command that shows the rest", () => {
    const rows = Array.from({ length: 30 }, (_, i) => row(`t${i}`, i < 15 ? "failed" : "success", { outputs: { i } }));
    const shown = lines(aRun({ state: "failed" }), rows);
    expect(shown).toContain("  … 5 more failed: engine runs show r1");
    expect(shown.at(-1)).toBe("    … 10 more tasks: engine outputs r1");
  });
});

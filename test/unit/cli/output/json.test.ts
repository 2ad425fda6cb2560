import { expect, test } from "vitest";
import { withIsoTimes } from "../../../../src/cli/output/json.ts";

const AT = Date.UTC(2026, 0, 31, 2, 0, 0, 120);
const ISO = "2026-01-31T02:00:00.120Z";

test("times are ISO 8601 in UTC with milliseconds, wherever they stand", () => {
  const run = { run_id: "r1", created_at: AT, finished_at: undefined, logical_date: AT, data_interval_end: AT, seq: 3 };
  expect(withIsoTimes({ runs: [run], event: { type: "attempt_waiting", at: AT, wake_at: AT, ready_at: AT } })).toEqual({
    runs: [{ run_id: "r1", created_at: ISO, logical_date: ISO, data_interval_end: ISO, seq: 3 }],
    event: { type: "attempt_waiting", at: ISO, wake_at: ISO, ready_at: ISO },
  });
});

test("durations and times that are written out already stay as they are", () => {
  const plan = { logical_date: "2026-01-31T00:00:00.000Z", timeout_ms: 5_000, duration_ms: 3 };
  expect(withIsoTimes(plan)).toEqual(plan);
});

test("what a pipeline's author named is nobody else's time", () => {
  const values = { at: 1, created_at: 2, deeper: [{ logical_date: 3 }] };
  const row = { params: values, outputs: { load: values }, item: values, items: [values], config: values };
  expect(withIsoTimes({ row, event: { outputs: values } })).toEqual({ row, event: { outputs: values } });
});

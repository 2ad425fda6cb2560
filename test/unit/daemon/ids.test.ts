import { expect, test } from "vitest";
import { randomIds } from "../../../src/daemon/ids.ts";

test("a run id says when it was created and sorts by that time", () => {
  const earlier = randomIds.runId(Date.UTC(2026, 0, 31, 2, 0, 0));
  const later = randomIds.runId(Date.UTC(2026, 0, 31, 2, 0, 1));
  expect(earlier).toMatch(/^20260131-020000-[2-9bcdfghjkmnpqrstvwxz]{6}$/);
  expect(earlier < later).toBe(true);
});

test("two runs of the same second get different ids", () => {
  const now = Date.UTC(2026, 0, 31);
  expect(new Set(Array.from({ length: 1000 }, () => randomIds.runId(now))).size).toBe(1000);
});

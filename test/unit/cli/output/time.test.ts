import { expect, test } from "vitest";
import { exactTime, relativeTime, timeForPeople } from "../../../../src/cli/output/time.ts";

const NOW = Date.UTC(2026, 0, 31, 2, 0, 0);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, "just now"],
  [-999, "just now"],
  [-SECOND, "1s ago"],
  [-(MINUTE - 1), "59s ago"],
  [-MINUTE, "1m ago"],
  [-(HOUR - 1), "59m ago"],
  [-HOUR, "1h ago"],
  [-(DAY - 1), "23h ago"],
  [-400 * DAY, "400d ago"],
  [5 * DAY, "in 5d"],
  [90 * SECOND, "in 1m"],
])("a moment %i ms from now is %s", (distance, words) => {
  expect(relativeTime(NOW + distance, NOW)).toBe(words);
});

test("an exact time is in UTC, to the second", () => {
  expect(exactTime(NOW + 999)).toBe("2026-01-31 02:00:00Z");
});

test("people get both", () => {
  expect(timeForPeople(NOW, NOW + 3 * MINUTE)).toBe("3m ago (2026-01-31 02:00:00Z)");
});

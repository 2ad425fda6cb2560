import { expect, test } from "vitest";
import { scheduleWords } from "../../../src/web/lib/schedule-words.ts";

const cron = (...lines: string[]) => scheduleWords({ cron: lines, after: [], timezone: "UTC" });

test.each([
  ["* * * * *", "every minute"],
  ["*/15 * * * *", "every 15 minutes"],
  ["0 * * * *", "every hour"],
  ["5 * * * *", "every hour at :05"],
  ["0 */6 * * *", "every 6 hours"],
  ["0 5 * * *", "every day at 05:00"],
  ["30 5,17 * * *", "every day at 05:30, 17:30"],
  ["0 9 * * 1-5", "on weekdays at 09:00"],
  ["0 9 * * MON", "on Monday at 09:00"],
  ["0 9 * * 0,7", "on Sunday, Sunday at 09:00"],
  ["0 9 * * 6,0", "at weekends at 09:00"],
  ["0 3 1 * *", "on day 1 of the month at 03:00"],
  ["* * * * * *", "every second"],
  ["*/10 * * * * *", "every 10 seconds"],
  ["0 0 5 * * *", "every day at 05:00"],
  ["0 3 1 1 *", "0 3 1 1 *"],
  ["0-10 3 * * *", "0-10 3 * * *"],
])("%j is %j", (line, words) => {
  expect(cron(line)).toBe(words);
});

test("several ways to be due stand beside each other, and none is by hand", () => {
  expect(cron("0 5 * * *", "0 * * * *")).toBe("every day at 05:00, every hour");
  expect(scheduleWords({ cron: [], every_ms: 3_600_000, after: ["a", "b"], timezone: "UTC" })).toBe(
    "every 1h, after a and b",
  );
  expect(scheduleWords({ cron: [], every_ms: 90_000, after: [], timezone: "UTC" })).toBe("every 1m 30s");
  expect(scheduleWords(null)).toBe("by hand");
});

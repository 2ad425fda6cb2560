import { describe, expect, test } from "vitest";
import { nextClockChanges, parseCron } from "../../../src/schedule/index.ts";

const NOW = Date.UTC(2026, 0, 31);

function changes(text: string, zone: string): readonly string[] {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(`${text} can't be read`);
  return nextClockChanges(parsed.cron, zone, NOW, 2).map(
    ({ kind, date, time, from, to }) => `${kind} ${date} ${time} ${from}-${to}`,
  );
}

describe("the next days on which a slot is skipped or comes twice", () => {
  test.each<[cron: string, zone: string, expected: readonly string[]]>([
    ["30 2 * * *", "Europe/Berlin", ["skipped 2026-03-29 02:30 02:00-03:00", "repeated 2026-10-25 02:30 02:00-03:00"]],
    ["0 1 * * *", "Europe/London", ["skipped 2026-03-29 01:00 01:00-02:00", "repeated 2026-10-25 01:00 01:00-02:00"]],
    [
      "30 2 * * *",
      "America/New_York",
      ["skipped 2026-03-08 02:30 02:00-03:00", "skipped 2027-03-14 02:30 02:00-03:00"],
    ],
    [
      "30 1 * * *",
      "America/New_York",
      ["repeated 2026-11-01 01:30 01:00-02:00", "repeated 2027-11-07 01:30 01:00-02:00"],
    ],
    [
      "15 2 * * *",
      "Australia/Lord_Howe",
      ["skipped 2026-10-04 02:15 02:00-02:30", "skipped 2027-10-03 02:15 02:00-02:30"],
    ],
    ["0 2 29 3 *", "Europe/Berlin", ["skipped 2026-03-29 02:00 02:00-03:00"]],
  ])("%s in %s", (cron, zone, expected) => {
    expect(changes(cron, zone)).toEqual(expected);
  });

  test.each([
    ["weekdays, as clocks change on Sundays", "30 2 * * 1-5", "Europe/Berlin"],
    ["before the hour", "59 1 * * *", "Europe/Berlin"],
    ["from the end of the hour on", "0 3 * * *", "Europe/Berlin"],
    ["every hour", "30 * * * *", "Europe/Berlin"],
    ["every second hour", "0 */2 * * *", "Europe/Berlin"],
    ["a zone without summer time", "30 2 * * *", "Asia/Tokyo"],
    ["UTC", "30 2 * * *", "UTC"],
  ])("none: %s", (_, cron, zone) => {
    expect(changes(cron, zone)).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { readLogicalDate } from "../../../../src/cli/run/logical-date.ts";

function read(text: string, timezone = "UTC"): string {
  return new Date(readLogicalDate(text, timezone)).toISOString();
}

describe("readLogicalDate", () => {
  test.each([
    ["2026-01-31", "UTC", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31", "America/New_York", "2026-01-31T05:00:00.000Z"],
    ["2026-01-31", "Asia/Kathmandu", "2026-01-30T18:15:00.000Z"],
    ["2026-07-01T02:30", "Europe/Berlin", "2026-07-01T00:30:00.000Z"],
    ["2026-07-01 02:30:15.5", "UTC", "2026-07-01T02:30:15.500Z"],
    ["2026-07-01T02:30:00Z", "Europe/Berlin", "2026-07-01T02:30:00.000Z"],
    ["2026-07-01T02:30:00+05:30", "Europe/Berlin", "2026-06-30T21:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
    ["2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
    ["2024-02-29", "UTC", "2024-02-29T00:00:00.000Z"],
  ])("%s in %s is %s", (text, timezone, moment) => {
    expect(read(text, timezone)).toBe(moment);
  });

  test.each(["yesterday", "2026-02-30", "2026-13-01", "31.01.2026", "0000-01-01", "2026-01-31T25:00", ""])(
    "%s is refused",
    (text) => {
      expect(() => read(text)).toThrow(`--logical-date ${text} is not a date`);
    },
  );
});

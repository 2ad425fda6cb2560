import { describe, expect, test } from "vitest";
import { formatTime, isTimeZone, localDate, parsePointInTime, suggestTimeZone } from "../../../src/schedule/index.ts";

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5", "US/Eastern"])("%s is one", (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  test.each(["", "Berlin", "Europe/Berlni", "+02:00", "02:00", "CEST", "local"])("%j is none", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  test.each([
    ["Europe/Berlni", "Europe/Berlin"],
    ["Berlin", "Europe/Berlin"],
    ["europe/New York", "America/New_York"],
    ["utc+", "UTC"],
    ["Nowhere/Atlantis", undefined],
  ])("%s may be meant as %s", (name, expected) => {
    expect(suggestTimeZone(name)).toBe(expected);
  });
});

describe("local dates", () => {
  test("a moment has the date of its zone", () => {
    const at = Date.UTC(2024, 2, 10, 1, 30);
    expect(localDate(at, "UTC")).toBe("2024-03-10");
    expect(localDate(at, "America/New_York")).toBe("2024-03-09");
    expect(localDate(at, "Pacific/Kiritimati")).toBe("2024-03-10");
  });

  test("a pattern with an unknown code gives nothing", () => {
    expect(formatTime(0, "UTC", "%Y-%m-%d %H:%M:%S %j %y %s %%")).toBe("1970-01-01 00:00:00 001 70 0 %");
    expect(formatTime(0, "UTC", "%Q")).toBeUndefined();
    expect(formatTime(0, "UTC", "100%")).toBeUndefined();
  });
});

describe("points in time", () => {
  test.each([
    ["2024-01-01", "UTC", "2024-01-01T00:00:00.000Z"],
    ["2024-01-01", "Europe/Berlin", "2023-12-31T23:00:00.000Z"],
    ["2024-07-01T06:00", "Europe/Berlin", "2024-07-01T04:00:00.000Z"],
    ["2024-07-01 06:00:30", "UTC", "2024-07-01T06:00:30.000Z"],
    ["2024-07-01T06:00Z", "Europe/Berlin", "2024-07-01T06:00:00.000Z"],
    ["2024-07-01T06:00:00+02:00", "UTC", "2024-07-01T04:00:00.000Z"],
    // Clocks go from 02:00 to 03:00 that night.
    ["2024-03-31T02:30", "Europe/Berlin", "2024-03-31T01:30:00.000Z"],
    ["2024-03-31T03:30", "Europe/Berlin", "2024-03-31T01:30:00.000Z"],
  ])("%s in %s is %s", (text, zone, expected) => {
    expect(new Date(parsePointInTime(text, zone) ?? Number.NaN).toISOString()).toBe(expected);
  });

  test.each(["2024-02-30", "2023-02-29", "2024-13-01", "2024-01-01T24:00", "2024-01-01T00:60", "tomorrow"])(
    "%s is no date",
    (text) => {
      expect(parsePointInTime(text, "UTC")).toBeUndefined();
    },
  );
});

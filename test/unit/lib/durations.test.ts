import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DURATION_PATTERN, formatDuration, parseDuration } from "../../../src/lib/index.ts";

describe("parseDuration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["90m", 5_400_000],
    ["0s", 0],
    ["1d2h3m4s5ms", 93_784_005],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "30", "0", "-5s", "1.5h", "5 m", "5M", "1m1h", "m", "1h30", "1:30", " 5m", "1w", "123456d"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test("never gives more than dates can hold", () => {
    // The most that a JavaScript date can be away from 1970, less the time since then up to the year 3000.
    const room = 8.64e15 - Date.UTC(3000, 0, 1);
    expect(parseDuration("99999d999999h99999999m999999999s999999999999ms")).toBeLessThan(room);
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0s"],
    [999, "999ms"],
    [5_400_000, "1h30m"],
    [86_400_000, "1d"],
    [1_001, "1s1ms"],
  ])("writes %i as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("writes what parseDuration reads, in the form of the schema", () => {
    const pattern = new RegExp(DURATION_PATTERN, "u");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 * 86_400_000 - 1 }), (ms) => {
        const text = formatDuration(ms);
        expect(parseDuration(text)).toBe(ms);
        expect(text).toMatch(pattern);
      }),
    );
  });
});

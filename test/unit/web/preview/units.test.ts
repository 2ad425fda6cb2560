import { describe, expect, test } from "vitest";
import { formatTicks, formatValue, stepsOf } from "../../../../src/web/preview/lib/units.ts";

describe("a number with its unit", () => {
  test.each([
    [0, "s", "0 s"],
    [0.0042, "s", "4.2 ms"],
    [59.94, "s", "59.9 s"],
    [60, "s", "1 min"],
    [90, "s", "1.5 mins"],
    [7_200, "s", "2 hours"],
    [86_400 * 3, "s", "3 days"],
    [-90, "s", "-1.5 mins"],
    [0.9731, "percentunit", "97.3%"],
    [1, "percentunit", "100%"],
    [97.31, "percent", "97.3%"],
    [1_536, "bytes", "1.5 KiB"],
    [106_954_752, "bytes", "102 MiB"],
    [0, "bytes", "0 B"],
    [999, "short", "999"],
    [1_234, "short", "1.23 K"],
    [4_560_000, "short", "4.56 Mil"],
    [0.25, "short", "0.25"],
    [0.033, "ops", "0.03 ops/s"],
    [1_200, "reqps", "1.2 K req/s"],
    [1, "bool_yes_no", "Yes"],
    [0, "bool_yes_no", "No"],
    [12, "furlongs", "12 furlongs"],
  ])("%d in %s is %s", (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test("has the digits that a panel asks for", () => {
    expect(formatValue(87.4, "short", 0)).toBe("87");
    expect(formatValue(0.5, "percentunit", 2)).toBe("50.00%");
  });
});

describe("the words on an axis", () => {
  test("have as many digits as tell them apart", () => {
    expect(formatTicks([0, 0.005, 0.01, 0.015], "reqps")).toEqual([
      "0.000 req/s",
      "0.005 req/s",
      "0.010 req/s",
      "0.015 req/s",
    ]);
    expect(formatTicks([0, 1, 2], "short")).toEqual(["0", "1", "2"]);
    expect(formatTicks([], "short")).toEqual([]);
  });

  test("end, when nothing tells them apart", () => {
    expect(formatTicks([0, 1, 2], "bool_yes_no")).toEqual(["No", "Yes", "Yes"]);
  });

  test("stand at round distances of the unit, in order", () => {
    for (const unit of ["s", "bytes", "short"]) {
      const steps = stepsOf(unit);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      expect(new Set(steps).size).toBe(steps.length);
    }
    expect(stepsOf("s")).toEqual(expect.arrayContaining([60, 300, 3_600, 86_400]));
  });
});

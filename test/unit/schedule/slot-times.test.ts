import { describe, expect, test } from "vitest";
import { type Cron, countSlots, longestGapMs, parseCron } from "../../../src/schedule/index.ts";

/** An hour, in milliseconds. */
const HOUR = 3_600_000;

function cron(text: string): Cron {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(`${text} can't be read`);
  return parsed.cron;
}

describe("the longest time between two slots", () => {
  test.each<[crons: readonly string[], hours: number]>([
    [["0 2 * * *"], 24],
    [["0 2 * * 1-5"], 72],
    [["*/15 * * * *"], 0.25],
    [["*/15 9-17 * * *"], 15.25],
    [["0 0 1 * *"], 31 * 24],
    [["0 6 * * 1-5", "0 12 * * 0,6"], 30],
    [["0 6 * * *", "0 18 * * *"], 12],
    [["0 0 29 2 *"], 1461 * 24],
    [["0 0 * * 5L"], 35 * 24],
  ])("of %j is %d hours", (crons, hours) => {
    expect(longestGapMs(crons.map(cron))).toBe(hours * HOUR);
  });

  test("is unknown where there are no two slots", () => {
    expect(longestGapMs([cron("0 0 30 2 *")])).toBeUndefined();
    expect(longestGapMs([])).toBeUndefined();
  });
});

describe("the number of slots", () => {
  const from = Date.UTC(2024, 0, 1);

  test.each<[crons: readonly string[], to: number, count: number]>([
    [["0 2 * * *"], Date.UTC(2024, 0, 10, 1), 9],
    [["0 2 * * *"], Date.UTC(2024, 0, 10, 2), 10],
    [["0 2 * * *", "0 2,3 * * *"], Date.UTC(2024, 0, 2), 2],
    [["0 0 29 2 *"], Date.UTC(2032, 0, 1), 2],
    [["* * * * *"], Date.UTC(2024, 0, 1, 0, 59), 60],
    [["0 0 30 2 *"], Date.UTC(2030, 0, 1), 0],
  ])("of %j", (crons, to, count) => {
    expect(countSlots(crons.map(cron), from, to)).toBe(count);
  });

  test("counts both ends", () => {
    expect(countSlots([cron("0 0 * * *")], from, from)).toBe(1);
  });
});

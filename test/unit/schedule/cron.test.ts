import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cron,
  describeCron,
  matchesSomeDay,
  nextSlots,
  parseCron,
  shortestGapSeconds,
} from "../../../src/schedule/index.ts";

function cronOf(text: string): Cron {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join("; "));
  return parsed.cron;
}

/** What is wrong, each as `the text it points at: message (hint)`. */
function wrong(text: string): readonly string[] {
  const parsed = parseCron(text);
  return parsed.ok
    ? []
    : parsed.problems.map(
        ({ start, end, message, hint }) =>
          `${text.slice(start, end)}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
      );
}

describe("a wrong cron expression names the field", () => {
  test.each([
    ["0 61 * * *", "61: the hour is 0 to 23, and this is `61`"],
    ["60 * * * *", "60: the minute is 0 to 59, and this is `60`"],
    ["* * 0 * *", "0: the day of the month is 1 to 31, and this is `0`"],
    ["* * * 13 *", "13: the month is 1 to 12, or JAN to DEC, and this is `13`"],
    ["* * * * 8", "8: the day of the week is 0 to 7, or SUN to SAT, and this is `8`"],
    ["* * * * MONDAY", "MONDAY: the day of the week is 0 to 7, or SUN to SAT, and this is `MONDAY` (write `MON`)"],
    ["60 * * * * *", "60: the second is 0 to 59, and this is `60`"],
    [
      "2 30 * * *",
      "30: the hour is 0 to 23, and this is `30` (the minute stands before the hour: did you mean `30 2 * * *`?)",
    ],
    ["*/0 * * * *", "*/0: the step of the minute is a number from 1, and `0` is not (`*/15` means every 15th)"],
    ["*/x * * * *", "*/x: the step of the minute is a number from 1, and `x` is not (`*/15` means every 15th)"],
    [
      "*/90 * * * *",
      "*/90: the minute begins anew behind 59, so a step of 90 never comes (an interval is written `every: 90m`)",
    ],
    [
      "0 2/36 * * *",
      "2/36: the hour begins anew behind 23, so a step of 36 never comes (an interval is written `every: 36h`)",
    ],
    [
      "0 0 1 */13 *",
      "*/13: the month begins anew behind 12, so a step of 13 never comes (write the one that is meant)",
    ],
    ["0 0 * * Monday-FRI", "Monday: the day of the week is 0 to 7, or SUN to SAT, and this is `Monday` (write `MON`)"],
    ["1/2/3 * * * *", "1/2/3: the minute `1/2/3` has two steps (write one, such as `*/15`)"],
    ["30-10 * * * *", "30-10: the minute `30-10` begins after its end (write the smaller one first)"],
    [
      "* * * * FRI-MON",
      "FRI-MON: the day of the week `FRI-MON` begins after its end (write its two parts one by one: `FRI-SAT,…`)",
    ],
    ["1,,2 * * * *", "1,,2: the minute `1,,2` has an empty place in its list"],
    ["* * * * 5#6", "5#6: a month has no 6th Friday (write 1 to 5, or `L` for the last)"],
    [
      "* * 15W * *",
      "15W: the day of the month is 1 to 31, and this is `15W` (the nearest working day can't be written in cron here)",
    ],
    ["H * * * *", "H: the minute is 0 to 59, and this is `H` (to spread pipelines over an hour use `jitter`)"],
    ["*5 * * * *", "*5: the minute is 0 to 59, and this is `*5`"],
    ["1-2-3 * * * *", "1-2-3: the minute is 0 to 59, and this is `1-2-3`"],
    [
      "",
      ": a cron expression has 5 fields, or 6 with seconds in front, and this has 0 (minute, hour, day of the month, month, day of the week; for all of them write `*`)",
    ],
    [
      "0 2 * *",
      "0 2 * *: a cron expression has 5 fields, or 6 with seconds in front, and this has 4 (minute, hour, day of the month, month, day of the week; for all of them write `*`)",
    ],
    [
      "0 0 2 * * * 2024",
      "0 0 2 * * * 2024: a cron expression has 5 fields, or 6 with seconds in front, and this has 7 (leave the year out: use `start` and `end`)",
    ],
    ["@midnight", "@midnight: `@midnight` stands for no schedule (write `@daily`)"],
  ])("%j", (text, expected) => {
    expect(wrong(text)).toEqual([expected]);
  });

  test("every wrong field is named", () => {
    expect(wrong("99 99 1 1 1")).toHaveLength(2);
  });

  test("reading never throws, whatever the text, and points into it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."0159*/-,LH#@ \tMONJA?x".split("")), maxLength: 20 }),
        (text) => {
          const parsed = parseCron(text);
          if (parsed.ok) return describeCron(parsed.cron).length > 0;
          return parsed.problems.every(({ start, end }) => start >= 0 && start <= end && end <= text.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("in words", () => {
  test.each([
    ["0 2 * * *", "at 02:00"],
    ["30 9 * * 1-5", "at 09:30 on Monday to Friday"],
    ["*/15 * * * *", "every 15 minutes"],
    ["* * * * *", "every minute"],
    ["0 * * * *", "every hour on the hour"],
    ["5 * * * *", "at minute 5 of every hour"],
    ["0 6,18 * * *", "at 06:00 and 18:00"],
    ["*/20 8-17 * * *", "every 20 minutes at hours 8 to 17"],
    ["0 0 1 * *", "at 00:00 on day 1 of the month"],
    ["0 0 L * *", "at 00:00 on the last day of the month"],
    ["0 0 1,15 1-3 *", "at 00:00 on day 1 and 15 of the month in January to March"],
    ["0 0 * * 5#2", "at 00:00 on the second Friday of the month"],
    ["0 0 * * 5L", "at 00:00 on the last Friday of the month"],
    ["0 0 13 * 5", "at 00:00 on day 13 of the month or on Friday"],
    ["*/10 * * * * *", "every 10 seconds"],
    [
      "0 0 1,L * 1,5#1",
      "at 00:00 on day 1 and the last day of the month or on Monday and the first Friday of the month",
    ],
    ["*/10 5 * * * *", "every 10 seconds in minute 5 of every hour"],
    ["30 0 * * * *", "at second 30 every hour on the hour"],
    ["0 0-23 * * *", "on the hour every hour"],
    ["0 1-20 * * *", "on the hour at hours 1 to 20"],
    ["0 9-17/2 * * *", "on the hour at hours 9, 11, 13, 15 and 17"],
    ["@weekly", "at 00:00 on Sunday"],
  ])("%s is %s", (text, expected) => {
    expect(describeCron(cronOf(text))).toBe(expected);
  });
});

const START = Date.UTC(2024, 0, 1);

describe("when it comes due", () => {
  test.each(["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 *"])("%s never does", (text) => {
    expect(matchesSomeDay(cronOf(text), START)).toBe(false);
  });

  test.each(["0 0 29 2 *", "0 0 31 * *", "0 0 L 2 *", "0 0 30 2 1", "0 0 * 2 1#5"])("%s does", (text) => {
    expect(matchesSomeDay(cronOf(text), START)).toBe(true);
  });

  test("not between two dates without such a day", () => {
    expect(matchesSomeDay(cronOf("0 0 1 1 *"), Date.UTC(2024, 1, 1), Date.UTC(2024, 5, 1))).toBe(false);
    expect(matchesSomeDay(cronOf("0 0 1 3 *"), Date.UTC(2024, 1, 1), Date.UTC(2024, 5, 1))).toBe(true);
  });

  test.each([
    ["* * * * * *", 1],
    ["*/5 * * * * *", 5],
    ["* * * * *", 60],
    ["0,1 * * * *", 60],
    ["0 2 * * *", 86_400],
    ["59 23 * * *", 86_400],
    ["0 0,23 * * *", 3_600],
  ])("the times of %s are at least %i seconds apart", (text, expected) => {
    expect(shortestGapSeconds(cronOf(text))).toBe(expected);
  });

  test("slots follow the clocks of the zone, summer time included", async () => {
    const slots = await nextSlots(["0 2 * * *"], "Europe/Berlin", Date.UTC(2024, 2, 29), 3);
    expect(slots.map((slot) => new Date(slot).toISOString())).toEqual([
      "2024-03-29T01:00:00.000Z",
      "2024-03-30T01:00:00.000Z",
      "2024-03-31T01:00:00.000Z",
    ]);
  });

  test("several expressions are a union, each time once", async () => {
    const slots = await nextSlots(["0 * * * *", "*/30 * * * *", "@daily"], "UTC", Date.UTC(2024, 0, 1), 3);
    expect(slots.map((slot) => new Date(slot).toISOString().slice(11, 16))).toEqual(["00:30", "01:00", "01:30"]);
  });

  test("there are fewer slots when no more come due", async () => {
    expect(await nextSlots(["0 0 30 2 *"], "UTC", START, 2)).toEqual([]);
  });
});

describe("beside the library that finds the dates", () => {
  const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
  const field = (min: number, max: number) => {
    const value = number(min, max);
    const range = fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const step = fc
      .tuple(fc.oneof(fc.constant("*"), range, value), number(1, max))
      .map(([span, by]) => `${span}/${by}`);
    const item = fc.oneof(value, range, step);
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant("*") },
      fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")),
    );
  };
  const expression = fc
    .tuple(
      field(0, 59),
      field(0, 23),
      fc.oneof(field(1, 31), fc.constant("L")),
      field(1, 12),
      fc.oneof(field(0, 7), fc.constant("5L"), fc.constant("1#3")),
    )
    .map((fields) => fields.join(" "));

  test("an expression that is accepted here is accepted there, and stands for the same times", async () => {
    await fc.assert(
      fc.asyncProperty(
        expression,
        fc.integer({ min: START, max: START + 4 * 365 * 86_400_000 }),
        async (text, from) => {
          const cron = cronOf(text);
          if (!matchesSomeDay(cron, START)) return;
          const next = (await nextSlots([text], "UTC", from, 1))[0];
          if (next === undefined) return;
          const day = Math.floor(next / 86_400_000) * 86_400_000;
          const today = Math.floor(from / 86_400_000) * 86_400_000;
          expect([text, matchesSomeDay(cron, day, day)]).toEqual([text, true]);
          // No day in between would have done.
          if (day > today)
            expect([text, matchesSomeDay(cron, today + 86_400_000, day - 86_400_000)]).toEqual([text, false]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

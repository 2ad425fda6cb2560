import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueAt, nextSlot, offsetMs, slotBefore, slotsBetween, type Timetable } from "../../../src/schedule/index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const at = (text: string): number => Date.parse(text);
const table = (parts: Partial<Timetable>): Timetable => ({ cron: [], timezone: "UTC", jitter_ms: 0, ...parts });
const texts = (slots: readonly number[]): readonly string[] =>
  slots.map((slot) => new Date(slot).toISOString().replace(/:00\.000Z$/, "Z"));
const between = (parts: Partial<Timetable>, from: string, to: string) =>
  texts(slotsBetween(table(parts), at(from), at(to), 1000));

describe("slots of cron expressions", () => {
  test("lie after the one moment and up to the other", () => {
    expect(between({ cron: ["0 * * * *"] }, "2026-01-01T01:00Z", "2026-01-01T03:00Z")).toEqual([
      "2026-01-01T02:00Z",
      "2026-01-01T03:00Z",
    ]);
  });

  test("of several are a union, and none comes twice", () => {
    expect(between({ cron: ["0 2 * * *", "0 */2 * * *"] }, "2026-01-01T00:00Z", "2026-01-01T05:00Z")).toEqual([
      "2026-01-01T02:00Z",
      "2026-01-01T04:00Z",
    ]);
  });

  test("follow the zone", () => {
    expect(
      between({ cron: ["0 2 * * *"], timezone: "Asia/Kolkata" }, "2026-01-01T00:00Z", "2026-01-02T00:00Z"),
    ).toEqual(["2026-01-01T20:30Z"]);
  });

  test("keep to start and end, both included", () => {
    const parts = { cron: ["@daily"], start: "2026-01-02", end: "2026-01-03" };
    expect(between(parts, "2025-01-01T00:00Z", "2027-01-01T00:00Z")).toEqual([
      "2026-01-02T00:00Z",
      "2026-01-03T00:00Z",
    ]);
  });

  test("that are rare are found, and those that never come are not", () => {
    expect(nextSlot(table({ cron: ["0 0 29 2 *"] }), at("2096-03-01T00:00Z"))).toBe(at("2104-02-29T00:00Z"));
    expect(nextSlot(table({ cron: ["0 0 30 2 *"] }), at("2026-01-01T00:00Z"))).toBeUndefined();
    expect(slotBefore(table({ cron: ["0 0 1 1 *"] }), at("2026-01-01T00:00Z"))).toBe(at("2025-01-01T00:00Z"));
  });
});

describe("slots of an interval", () => {
  test("are multiples since the epoch", () => {
    expect(between({ every_ms: 15 * MINUTE_MS }, "2026-01-01T00:00Z", "2026-01-01T00:31Z")).toEqual([
      "2026-01-01T00:15Z",
      "2026-01-01T00:30Z",
    ]);
  });

  test("count from the start where there is one, and take no notice of summer time", () => {
    const parts = { every_ms: 12 * HOUR_MS, start: "2026-03-28T09:00", timezone: "Europe/Berlin" };
    expect(between(parts, "2026-01-01T00:00Z", "2026-03-30T00:00Z")).toEqual([
      "2026-03-28T08:00Z",
      "2026-03-28T20:00Z",
      "2026-03-29T08:00Z",
      "2026-03-29T20:00Z",
    ]);
  });
});

describe("summer time", () => {
  const timezone = "Europe/Berlin";

  test("a time that clocks skip is due once, right after the gap", () => {
    const spring = ["2026-03-28T12:00Z", "2026-03-29T12:00Z"] as const;
    expect(between({ cron: ["30 2 * * *"], timezone }, ...spring)).toEqual(["2026-03-29T01:00Z"]);
    expect(between({ cron: ["0,20,40 2 * * *"], timezone }, ...spring)).toEqual(["2026-03-29T01:00Z"]);
  });

  test("a time that clocks show twice is due at the first of the two", () => {
    const autumn = ["2026-10-24T12:00Z", "2026-10-25T12:00Z"] as const;
    expect(between({ cron: ["30 2 * * *"], timezone }, ...autumn)).toEqual(["2026-10-25T00:30Z"]);
  });

  test("what names no hour goes on evenly", () => {
    const autumn = ["2026-10-24T23:10Z", "2026-10-25T02:10Z"] as const;
    expect(between({ cron: ["30 * * * *"], timezone }, ...autumn)).toEqual([
      "2026-10-24T23:30Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:30Z",
    ]);
    const spring = ["2026-03-28T23:10Z", "2026-03-29T02:10Z"] as const;
    expect(between({ cron: ["30 * * * *"], timezone }, ...spring)).toEqual([
      "2026-03-28T23:30Z",
      "2026-03-29T00:30Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:30Z",
    ]);
  });
});

/*
 * The same by going through all minutes: what clocks show at each, and which times of the day they never show.
 */
function naive(zone: string, times: readonly number[], from: number, to: number): readonly number[] {
  const found: number[] = [];
  const seen = new Set<string>();
  let shown = from + offsetMs(from, zone);
  for (let moment = from + MINUTE_MS; moment <= to; moment += MINUTE_MS) {
    const before = shown;
    shown = moment + offsetMs(moment, zone);
    // Each time that clocks came to or passed over in this minute.
    for (let local = before + MINUTE_MS; local <= shown; local += MINUTE_MS) {
      if (!times.includes((local % DAY_MS) / MINUTE_MS)) continue;
      const name = String(local);
      if (seen.has(name)) continue;
      seen.add(name);
      if (found.at(-1) !== moment) found.push(moment);
    }
  }
  return found;
}

const ZONES = [
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "Asia/Tehran",
  "Pacific/Chatham",
  "Asia/Gaza",
  "America/Havana",
] as const;

/** How exactly a jump is looked for. */
const STEP_MS = 4 * HOUR_MS;

/** Moments in ten years within which clocks in a zone jump. */
function jumps(zone: string): readonly number[] {
  const found: number[] = [];
  const end = at("2030-01-01T00:00Z");
  for (let moment = at("2020-01-01T00:00Z"); moment < end; moment += STEP_MS) {
    if (offsetMs(moment, zone) !== offsetMs(moment + STEP_MS, zone)) found.push(moment);
  }
  return found;
}

test.each(ZONES)("around every change of clocks in ten years: %s", (zone) => {
  const around = jumps(zone);
  if (zone === "Asia/Kolkata" || zone === "America/Sao_Paulo") expect(around).toEqual([]);
  else expect(around.length).toBeGreaterThan(0);
  for (const jump of around) {
    const [from, to] = [jump - 3 * HOUR_MS, jump + 8 * HOUR_MS];
    const start = ((jump + offsetMs(jump, zone)) % DAY_MS) / MINUTE_MS;
    const times = [-70, -10, 0, 25, 59, 75, 110, 150, 180, 210, 240, 300].map((shift) => (start + shift + 1440) % 1440);
    const cron = times.map((time) => `${time % 60} ${Math.floor(time / 60)} * * *`);
    // A clock that is set back would show what was before `from` again: the oracle has not seen that.
    const begin = from - 2 * HOUR_MS;
    expect(slotsBetween(table({ cron, timezone: zone }), from, to, 1000)).toEqual(
      naive(zone, times, begin, to).filter((slot) => slot > from),
    );
  }
});

test("slots come in order, each once, whatever the window is cut into", () => {
  const crons = fc.constantFrom("*/7 * * * *", "30 2 * * *", "0 0,12 * * 1-5", "15 */3 * * *", "0 1 28-31 * *");
  fc.assert(
    fc.property(
      fc.uniqueArray(crons, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...ZONES),
      fc.integer({ min: at("2025-01-01T00:00Z"), max: at("2027-01-01T00:00Z") }),
      fc.array(fc.integer({ min: 0, max: 3 * DAY_MS }), { minLength: 1, maxLength: 5 }),
      (cron, timezone, from, steps) => {
        const timetable = table({ cron, timezone });
        const to = from + steps.reduce((sum, step) => sum + step, 0);
        const whole = slotsBetween(timetable, from, to, 100_000);
        expect(whole).toEqual([...new Set(whole)].sort((a, b) => a - b));
        const parts: number[] = [];
        let begin = from;
        for (const step of steps) {
          parts.push(...slotsBetween(timetable, begin, begin + step, 100_000));
          begin += step;
        }
        expect(parts).toEqual(whole);
        const [first] = whole;
        if (first !== undefined) expect(nextSlot(timetable, from)).toBe(first);
        const last = whole.at(-1);
        if (last !== undefined) expect(slotBefore(timetable, to + 1)).toBe(last);
      },
    ),
    { numRuns: 60 },
  );
});

test("jitter is the same each time, within its bounds, and spreads pipelines that are due together", () => {
  const slot = at("2026-01-01T00:00Z");
  const dues = Array.from({ length: 200 }, (_, i) => dueAt(`p${i}`, slot, 30_000) - slot);
  expect(dues).toEqual(Array.from({ length: 200 }, (_, i) => dueAt(`p${i}`, slot, 30_000) - slot));
  expect(Math.min(...dues)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...dues)).toBeLessThan(30_000);
  const thirds = [0, 1, 2].map((third) => dues.filter((due) => Math.floor(due / 10_000) === third).length);
  for (const count of thirds) expect(count).toBeGreaterThan(40);
  expect(dueAt("p", slot, 0)).toBe(slot);
});

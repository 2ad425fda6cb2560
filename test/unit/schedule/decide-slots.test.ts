import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideSlots, firstWatermark, type SlotAnswer } from "../../../src/schedule/index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.parse("2026-01-10T12:00:00Z");

type Question = Parameters<typeof decideSlots>[0];

function ask(parts: Partial<Question> = {}): SlotAnswer {
  return decideSlots({
    pipeline: "p",
    timetable: { cron: ["0 * * * *"], timezone: "UTC", jitter_ms: 0 },
    catchup: { policy: "none" },
    overlap: "queue",
    max_active_runs: 1,
    decided_until: NOW - MINUTE_MS,
    now: NOW,
    paused: false,
    unfinished: 0,
    queued: 0,
    ...parts,
  });
}

/** Hours before now. */
const ago = (hours: number): number => NOW - hours * HOUR_MS;

describe("a slot that is due", () => {
  test("runs, and the next is waited for", () => {
    expect(ask()).toEqual({ run: [NOW], skipped: [], decided_until: NOW, wake_at: NOW + HOUR_MS });
  });

  test("is not decided a second time", () => {
    expect(ask({ decided_until: NOW })).toMatchObject({ run: [], skipped: [] });
  });

  test("waits for its jitter, and holds back those behind it", () => {
    const timetable = { cron: ["* * * * *"], timezone: "UTC", jitter_ms: 10 * MINUTE_MS };
    const first = ask({ timetable });
    expect(first).toMatchObject({ run: [], decided_until: NOW - MINUTE_MS });
    const later = ask({ timetable, now: NOW + 20 * MINUTE_MS, catchup: { policy: "all" } });
    expect(later.run.length).toBeGreaterThan(5);
    expect(later.run).toEqual(later.run.map((_, i) => NOW + i * MINUTE_MS));
  });
});

describe("slots that were missed", () => {
  const missed = { decided_until: ago(5) };

  test("are skipped without catch-up; one that is hardly late still runs", () => {
    const skipped = [{ reason: "downtime", first: ago(4), last: ago(1), count: 4 }];
    expect(ask(missed)).toMatchObject({ run: [NOW], skipped, decided_until: NOW });
    expect(ask({ ...missed, now: NOW + 59_000 })).toMatchObject({ run: [NOW] });
    expect(ask({ ...missed, now: NOW + 61_000 })).toMatchObject({ run: [], skipped: [{ count: 5 }] });
  });

  test("leave the latest with catch-up `latest`, unless another is due right now", () => {
    const latest = { ...missed, catchup: { policy: "latest" } as const };
    expect(ask({ ...latest, now: NOW + HOUR_MS / 2 })).toMatchObject({ run: [NOW], skipped: [{ count: 4 }] });
    expect(ask(latest)).toMatchObject({ run: [NOW], skipped: [{ count: 4 }] });
  });

  test("all run with catch-up `all`, oldest first, within its bounds", () => {
    const all = (more: object) => ask({ ...missed, catchup: { policy: "all", ...more } });
    expect(all({}).run).toEqual([ago(4), ago(3), ago(2), ago(1), NOW]);
    expect(all({ within_ms: 2 * HOUR_MS })).toMatchObject({
      run: [ago(2), ago(1), NOW],
      skipped: [{ reason: "limit", first: ago(4), last: ago(3), count: 2 }],
    });
    expect(all({ max: 1 })).toMatchObject({ run: [ago(1), NOW], skipped: [{ reason: "limit", count: 3 }] });
  });

  test("of a year of minutes are counted", () => {
    const timetable = { cron: ["* * * * *"], timezone: "Europe/Berlin", jitter_ms: 0 };
    const answer = ask({ timetable, decided_until: NOW - 365 * DAY_MS });
    expect(answer.run).toEqual([NOW - MINUTE_MS, NOW]);
    expect(answer.skipped).toEqual([
      {
        reason: "downtime",
        first: NOW - 365 * DAY_MS + MINUTE_MS,
        last: NOW - 2 * MINUTE_MS,
        count: 365 * 24 * 60 - 2,
      },
    ]);
    const caught = ask({ timetable, decided_until: NOW - 365 * DAY_MS, catchup: { policy: "all", max: 3 } });
    expect(caught.run).toHaveLength(5);
    expect(caught.skipped).toMatchObject([{ reason: "limit", count: 365 * 24 * 60 - 5 }]);
  });
});

describe("while a pipeline is paused", () => {
  test("its slots are skipped, catch-up or not", () => {
    const skipped = [{ reason: "paused", first: ago(4), last: NOW, count: 5 }];
    const question = { decided_until: ago(5), paused: true };
    expect(ask({ ...question, catchup: { policy: "all" } })).toMatchObject({ run: [], skipped, decided_until: NOW });
  });
});

describe("while runs are not finished", () => {
  test("`overlap: skip` leaves the slot out", () => {
    const answer = ask({ overlap: "skip", unfinished: 1 });
    expect(answer).toMatchObject({ run: [], skipped: [{ reason: "overlap", count: 1 }], decided_until: NOW });
    expect(ask({ overlap: "skip", unfinished: 1, max_active_runs: 2 }).run).toEqual([NOW]);
  });

  test("`overlap: queue` and `cancel_running` make the run, as long as not too many wait", () => {
    expect(ask({ unfinished: 1 }).run).toEqual([NOW]);
    expect(ask({ overlap: "cancel_running", unfinished: 1 }).run).toEqual([NOW]);
    expect(ask({ unfinished: 101, queued: 100 })).toMatchObject({ run: [], skipped: [{ reason: "limit" }] });
  });

  test("what is caught up with waits for room, and none of it is lost", () => {
    const question = { decided_until: ago(500), catchup: { policy: "all" } as const };
    const first = ask(question);
    expect(first.run).toHaveLength(101);
    expect(first.skipped).toEqual([]);
    expect(first.wake_at).toBeUndefined();
    const second = ask({ ...question, decided_until: first.decided_until, unfinished: 90, queued: 89 });
    expect(second.run[0]).toBe((first.run.at(-1) ?? 0) + HOUR_MS);
    expect(second.run).toHaveLength(11);
    const full = ask({ ...question, unfinished: 200, queued: 199, catchup: { policy: "all", max: 3 } });
    expect(full).toMatchObject({ run: [], skipped: [{ reason: "limit" }] });
    const again = ask({ ...question, ...full, unfinished: 200, queued: 199, catchup: { policy: "all", max: 3 } });
    expect(again).toMatchObject({ run: [], skipped: [] });
  });
});

describe("a pipeline that is new", () => {
  const timetable = { cron: ["0 * * * *"], timezone: "UTC", jitter_ms: 0, start: "2026-01-01" };

  test("has no slot from before it was known", () => {
    expect(firstWatermark({ timetable, catchup: { policy: "none" }, now: NOW })).toBe(NOW);
    expect(
      firstWatermark({ timetable: { ...timetable, start: "2026-02-01" }, catchup: { policy: "all" }, now: NOW }),
    ).toBe(NOW);
    const { start: _, ...endless } = timetable;
    expect(firstWatermark({ timetable: endless, catchup: { policy: "all" }, now: NOW })).toBe(NOW);
  });

  test("has those from its start on when catch-up says so", () => {
    const first = Date.parse("2026-01-01T00:00:00Z");
    expect(firstWatermark({ timetable, catchup: { policy: "all" }, now: NOW })).toBe(first - 1);
    const within_ms = 2 * HOUR_MS;
    expect(firstWatermark({ timetable, catchup: { policy: "latest", within_ms }, now: NOW })).toBe(NOW - within_ms);
  });
});

test("a clock that was far ahead does not stop a schedule for as long", () => {
  expect(ask({ decided_until: NOW + 365 * DAY_MS })).toMatchObject({ wake_at: NOW + HOUR_MS });
  // A small step back: nothing comes twice.
  expect(ask({ decided_until: NOW + HOUR_MS })).toMatchObject({ run: [], wake_at: NOW + 2 * HOUR_MS });
});

test("each slot is decided exactly once, whenever it is asked", () => {
  const policies = fc.constantFrom<Question["catchup"]>(
    { policy: "none" },
    { policy: "latest" },
    { policy: "all" },
    { policy: "all", max: 2 },
    { policy: "all", within_ms: 3 * HOUR_MS },
  );
  const steps = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 5 * HOUR_MS }),
      paused: fc.boolean(),
      unfinished: fc.integer({ min: 0, max: 130 }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(
      policies,
      fc.constantFrom("queue", "skip", "cancel_running"),
      fc.constantFrom(0, 5 * MINUTE_MS, 45 * MINUTE_MS),
      steps,
      (catchup, overlap, jitter_ms, all) => {
        const timetable = { cron: ["*/20 * * * *"], timezone: "UTC", jitter_ms };
        let decided_until = NOW;
        let now = NOW;
        let count = 0;
        let last = NOW;
        for (const { wait, paused, unfinished } of all) {
          now += wait;
          const queued = Math.max(0, unfinished - 1);
          const answer = ask({ timetable, catchup, overlap, now, decided_until, paused, unfinished, queued });
          for (const slot of answer.run) {
            expect(slot).toBeLessThanOrEqual(now);
            expect(slot).toBeGreaterThan(decided_until);
          }
          for (const { first } of answer.skipped) expect(first).toBeGreaterThan(decided_until);
          expect(answer.decided_until).toBeGreaterThanOrEqual(decided_until);
          count += answer.run.length + answer.skipped.reduce((sum, range) => sum + range.count, 0);
          decided_until = answer.decided_until;
          last = decided_until;
        }
        expect(count).toBe(Math.round((last - NOW) / (20 * MINUTE_MS)));
      },
    ),
    { numRuns: 300 },
  );
});

import { getEventListeners } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
import type { RunRow } from "../../../src/engine/index.ts";
import type { AttemptHost } from "../../../src/operators/index.ts";
import { LOOK_MAX_MS, lookOnce } from "../../../src/operators/sensors/one-look.ts";
import { inTurn } from "../../../src/operators/sensors/turns.ts";
import { waiting } from "../../support/sensor-world.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const NEVER = { file: "/nowhere/at/all" };

describe("a sensor", () => {
  test("looks every interval, and has no slot meanwhile", async () => {
    const { looked, pass, pauses, gaveBack, log } = waiting({ ...NEVER, interval: "30s" });
    await looked(1);
    expect(gaveBack()).toBe(1);
    pass();
    await looked(2);
    expect(pauses).toEqual([30_000, 30_000]);
    // One reason, one line.
    expect(log).toEqual(["there is no /nowhere/at/all; looks again in 30s"]);
  });

  test("looks less and less often with a backoff, down to a limit", async () => {
    const { looked, pass, pauses } = waiting({ ...NEVER, interval: "1m", backoff: "exponential", max_interval: "5m" });
    for (let looks = 1; looks <= 5; looks++) {
      await looked(looks);
      pass();
    }
    expect(pauses.slice(0, 5)).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  test("keeps its interval when the limit is below it", async () => {
    const { looked, pass, pauses } = waiting({ ...NEVER, backoff: "exponential", max_interval: "1s" });
    await looked(1);
    pass();
    await looked(2);
    expect(pauses).toEqual([60_000, 60_000]);
  });

  test("keeps its slot when it finds at once what it looks for", async () => {
    const { ended, gaveBack } = waiting({ file: "/" });
    expect(await ended).toEqual({ state: "success", outputs: {} });
    expect(gaveBack()).toBe(0);
  });

  test.each(["cancelled", "timeout"] as const)(
    "that is stopped (%s) ends at once, and leaves nothing behind",
    async (why) => {
      const { ended, looked, stop, signal } = waiting(NEVER);
      await looked(1);
      stop(why);
      expect(await ended).toMatchObject({ state: "failed", failure: { reason: why } });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    },
  );

  test.each([
    [{ file: { path: "/x", min_age: "${{ 'soon' }}" } }, "`soon` is no duration"],
    [{ file: { path: "/x", min_size: "${{ 'large' }}" } }, "`large` is no size"],
    [{ ...NEVER, interval: "${{ 'often' }}" }, "`interval` is often"],
    [{ time: { until: "${{ 'noon' }}" } }, "`noon` is no date and time"],
    [{ time: { of_day: "06:00", timezone: "${{ 'Mars/Olympus' }}" } }, "`Mars/Olympus` is no time zone"],
    [{ tcp: "${{ 'here' }}" }, "`here` is no host and port"],
  ])("%j fails, for no waiting mends it", async (sensor, message) => {
    const outcome = await waiting(sensor).ended;
    expect(outcome).toMatchObject({ state: "failed", failure: { reason: "operator_failed", final: true } });
    expect(JSON.stringify(outcome)).toContain(message);
  });
});

describe("time", () => {
  /** The moment that is waited for, for a run of this logical date. */
  async function moment(time: object, logical_date: string): Promise<string> {
    const clock = new VirtualClock(Date.UTC(2000, 0, 1));
    const { looked, pauses, ended, stop } = waiting(
      { time: { ...time } },
      { clock, work: { logical_date: Date.parse(logical_date) } },
    );
    await looked(1);
    const at = new Date(clock.now() + (pauses[0] ?? 0)).toISOString();
    stop("cancelled");
    await ended;
    return at;
  }

  test.each([
    ["06:00", "Europe/Berlin", "2026-01-31T12:00:00Z", "2026-01-31T05:00:00.000Z"],
    ["06:00", "Europe/Berlin", "2026-07-31T12:00:00Z", "2026-07-31T04:00:00.000Z"],
    // The day is the one in the zone.
    ["06:00", "Asia/Tokyo", "2026-01-31T20:00:00Z", "2026-01-31T21:00:00.000Z"],
    ["23:59:59", "America/New_York", "2026-02-01T02:00:00Z", "2026-02-01T04:59:59.000Z"],
    // Clocks skip the hour from 2 to 3.
    ["02:30", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00.000Z"],
    ["02:30", "America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T07:30:00.000Z"],
    // Clocks show it twice: the first counts.
    ["02:30", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00.000Z"],
    ["01:30", "America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T05:30:00.000Z"],
    // By half an hour, at two in the morning.
    ["01:45", "Australia/Lord_Howe", "2026-04-05T03:00:00Z", "2026-04-04T14:45:00.000Z"],
    // A day that ends one second before midnight, and one that begins at it.
    ["00:00", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z"],
  ])("%s in %s on the day of %s is %s", async (of_day, timezone, logical_date, at) => {
    expect(await moment({ of_day, timezone }, logical_date)).toBe(at);
  });

  test("after_slot counts from the logical date, until names the moment", async () => {
    expect(await moment({ after_slot: "1h30m" }, "2026-01-31T02:00:00Z")).toBe("2026-01-31T03:30:00.000Z");
    expect(await moment({ until: "2026-01-31T02:00:00+05:30" }, "2026-01-01T00:00:00Z")).toBe(
      "2026-01-30T20:30:00.000Z",
    );
  });

  test("is found at that moment, also when the clock was set back before", async () => {
    const { clock, ended, looked } = waiting({ time: { until: "2026-01-01T00:00:10Z" } });
    await looked(1);
    clock.advance(9_999);
    clock.advance(-5_000);
    clock.advance(5_001);
    expect(await ended).toEqual({ state: "success", outputs: {} });
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1, 0, 0, 10));
  });

  test("a moment that is past is found at once", async () => {
    expect((await waiting({ time: { until: "2025-01-01T00:00:00Z" } }).ended).state).toBe("success");
  });
});

describe("another pipeline", () => {
  const run = (state: RunRow["state"]): RunRow => ({ run_id: "20260131-020000-x7k2mq" as RunId, state }) as RunRow;
  const day = { logical_date: Date.UTC(2026, 0, 31) };

  test("is waited for, by its newest run for the same slot, shifted", async () => {
    const asked: [string, number][] = [];
    const found: (RunRow[] | Error)[] = [
      [],
      new Error("the store is busy"),
      [run("running")],
      [run("success"), run("failed")],
    ];
    const { ended, looked, pass, log } = waiting(
      { pipeline: { name: "ingest", before: "1d" } },
      {
        work: day,
        outputs: { run_id: "string", state: "string" },
        runs: {
          async ofSlot(name, at) {
            asked.push([name, at]);
            const next = found.shift();
            if (next instanceof Error) throw next;
            return next ?? [];
          },
        },
      },
    );
    for (const looks of [1, 2, 3]) {
      await looked(looks);
      pass();
    }
    expect(await ended).toEqual({ state: "success", outputs: { run_id: "20260131-020000-x7k2mq", state: "success" } });
    expect(asked[0]).toEqual(["ingest", Date.UTC(2026, 0, 30)]);
    expect(log.join("\n")).toContain("has no run for 2026-01-30");
    expect(log.join("\n")).toContain("the store is busy");
  });

  test("fails the task by the states that are told to", async () => {
    const runs = { ofSlot: async () => [run("failed")] };
    const { ended } = waiting({ pipeline: { name: "ingest", failed_states: ["failed"] } }, { work: day, runs });
    expect(await ended).toMatchObject({ state: "failed", failure: { reason: "run_failed" } });
    const { looked, stop } = waiting({ pipeline: "ingest" }, { work: day, runs });
    await looked(1);
    stop("cancelled");
  });
});

describe("looks", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("that hang don't hold up the others for ever", async () => {
    vi.useFakeTimers();
    const end = Promise.withResolvers<void>();
    const hanging = Array.from({ length: 16 }, () => inTurn(() => end.promise));
    let looked = false;
    const next = inTurn(async () => {
      looked = true;
    });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(looked).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await next;
    expect(looked).toBe(true);
    end.resolve();
    await Promise.all(hanging);
    // All places are free again, and none of them twice.
    let most = 0;
    let now = 0;
    const look = async () => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
    };
    await Promise.all(Array.from({ length: 100 }, () => inTurn(look)));
    expect(most).toBe(16);
  });

  test("are ended after five minutes, and what comes of them later counts no more", async () => {
    vi.useFakeTimers();
    const signal = new AbortController().signal;
    const lines: string[] = [];
    const host = { signal, stopReason: undefined, log: (line: string) => lines.push(line) } as unknown as AttemptHost;
    const late = Promise.withResolvers<never>();
    let told: AbortSignal | undefined;
    const look = lookOnce(
      host,
      {
        name: "stuck",
        schema: {},
        normalise: (value) => value,
        look: (given) => {
          told = given.signal;
          given.signal.addEventListener("abort", () => given.log("too late"));
          return late.promise;
        },
      },
      {},
    );
    await vi.advanceTimersByTimeAsync(LOOK_MAX_MS);
    expect(await look).toMatchObject({ state: "not_yet" });
    expect(told?.aborted).toBe(true);
    expect(lines).toEqual([]);
    late.reject(new Error("nobody hears this"));
    await vi.advanceTimersByTimeAsync(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

test("a sensor of a script kills what it started when it is stopped", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "work"));
  const { ended, stop, log } = waiting({ bash: "echo begun; sleep 1000 & sleep 1000" }, { cwd: join(folder, "work") });
  await vi.waitFor(() => expect(log).toContain("begun"), { timeout: 10_000 });
  stop("cancelled");
  expect(await ended).toMatchObject({ state: "failed", failure: { reason: "cancelled" } });
});

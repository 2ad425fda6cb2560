import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RetryPolicy } from "../../../src/core/index.ts";
import { retryDelayMs } from "../../../src/core/retry.ts";

const constant: RetryPolicy = {
  count: 9,
  delay_ms: 100,
  backoff: "constant",
  factor: 2,
  jitter: 0,
  conditional: false,
};
const exponential: RetryPolicy = { ...constant, backoff: "exponential" };
const DAY_MS = 24 * 60 * 60 * 1000;

describe("the delay before a retry", () => {
  test("stays the same when it is constant, whatever the factor", () => {
    expect([1, 2, 3].map((retry) => retryDelayMs(constant, retry, "x"))).toEqual([100, 100, 100]);
  });

  test("is multiplied by the factor when it is exponential", () => {
    expect([1, 2, 3, 4].map((retry) => retryDelayMs(exponential, retry, "x"))).toEqual([100, 200, 400, 800]);
  });

  test("is capped", () => {
    const capped = { ...exponential, max_delay_ms: 250 };
    expect([1, 2, 3].map((retry) => retryDelayMs(capped, retry, "x"))).toEqual([100, 200, 250]);
    expect(retryDelayMs({ ...constant, max_delay_ms: 30 }, 1, "x")).toBe(30);
  });

  test("never exceeds a year, however it grows", () => {
    expect(retryDelayMs({ ...exponential, factor: 1e9 }, 1_000, "x")).toBe(365 * DAY_MS);
    expect(retryDelayMs({ ...constant, delay_ms: 1e15, max_delay_ms: 1e15 }, 1, "x")).toBe(365 * DAY_MS);
  });

  test("is spread by jitter after it was capped, both ways and over the whole range", () => {
    const policy = { ...constant, delay_ms: 10_000, max_delay_ms: 1_000, jitter: 0.2 };
    const delays = Array.from({ length: 2_000 }, (_, index) => retryDelayMs(policy, 1, `run/task#${index}`));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(800);
    expect(Math.min(...delays)).toBeLessThan(805);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_200);
    expect(Math.max(...delays)).toBeGreaterThan(1_195);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(Math.abs(mean - 1_000)).toBeLessThan(10);
    for (const third of [800, 933, 1_066]) {
      expect(delays.filter((delay) => delay >= third && delay < third + 133).length).toBeGreaterThan(500);
    }
  });

  test("is the same for the same attempt, and the one that it always was", () => {
    const policy = { ...constant, delay_ms: 1_000_000, jitter: 1 };
    // Kept from one version to the next: a run that a newer engine takes up keeps its times.
    const delays = [1, 2, 3].map((attempt) => retryDelayMs(policy, 1, `20260131-020000-x7k2mq/train#${attempt}`));
    expect(delays).toEqual([1_863_481, 881_168, 899_814]);
  });

  test("is never shorter than what was asked for, and that is bounded as well", () => {
    expect(retryDelayMs({ ...constant, max_delay_ms: 200 }, 1, "x", 5_000.5)).toBe(5_001);
    expect(retryDelayMs(constant, 1, "x", 99)).toBe(100);
    expect(retryDelayMs(constant, 1, "x", 1e20)).toBe(365 * DAY_MS);
  });

  test("stays no delay at all, however it grows", () => {
    expect(retryDelayMs({ ...exponential, delay_ms: 0, factor: 1e9 }, 1_000, "x")).toBe(0);
  });

  test("is a whole number of milliseconds within its bounds, for every policy", () => {
    const policies = fc.record({
      count: fc.nat(),
      delay_ms: fc.nat(),
      backoff: fc.constantFrom("constant", "exponential"),
      factor: fc.double({ min: 1, max: 1e6, noNaN: true }),
      max_delay_ms: fc.nat(),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      conditional: fc.boolean(),
    });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 500 }), fc.string(), (policy, retry, seed) => {
        const delay = retryDelayMs(policy as RetryPolicy, retry, seed);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.ceil(policy.max_delay_ms * (1 + policy.jitter)));
      }),
    );
  });

  test("grows with every retry when it is exponential", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1e6 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (delay_ms, factor, retry) => {
          const policy = { ...exponential, delay_ms, factor };
          expect(retryDelayMs(policy, retry + 1, "x")).toBeGreaterThanOrEqual(retryDelayMs(policy, retry, "x"));
        },
      ),
    );
  });
});

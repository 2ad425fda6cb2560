import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/daemon/index.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a wait takes as long as it should though the clock is set back meanwhile", () => {
  const wake = vi.fn();
  systemClock.wakeIn(90_000, wake);
  vi.setSystemTime(Date.now() - HOUR_MS);
  vi.advanceTimersByTime(89_999);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(wake).toHaveBeenCalledOnce();
});

test("a wait counts the time that the machine slept, as soon as a minute after it", () => {
  const wake = vi.fn();
  systemClock.wakeIn(2 * HOUR_MS, wake);
  vi.setSystemTime(Date.now() + 3 * HOUR_MS);
  vi.advanceTimersByTime(60_000);
  expect(wake).toHaveBeenCalledOnce();
});

test("a wait that is called off never comes, and one for a time comes at that time of the clock", () => {
  const [never, late] = [vi.fn(), vi.fn()];
  systemClock.wakeIn(1_000, never)();
  systemClock.wakeAt(Date.now() + 1_000, late);
  vi.setSystemTime(Date.now() - 120_000);
  vi.advanceTimersByTime(60_000);
  expect(late).not.toHaveBeenCalled();
  vi.advanceTimersByTime(120_000);
  expect(late).toHaveBeenCalledOnce();
  expect(never).not.toHaveBeenCalled();
});

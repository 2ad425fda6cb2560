import type { Clock } from "../engine/index.ts";

/**
 * Longer waits are cut in pieces of a minute, and the clock is read again after each: a timer counts
 * the time that passes, not the clock, so a clock that is set or a machine that slept would make it late.
 */
const PIECE_MAX_MS = 60_000;

/** Begins to measure a time; the result says how many seconds have passed, whatever becomes of the clock. */
export function stopwatch(): () => number {
  const since = performance.now();
  return () => (performance.now() - since) / 1_000;
}

/** The machine's clock: the only place that reads it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wakeAt(at, wake) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const delay_ms = Math.min(Math.max(at - Date.now(), 0), PIECE_MAX_MS);
      timer = setTimeout(() => (Date.now() >= at ? wake() : arm()), delay_ms);
    };
    arm();
    return () => clearTimeout(timer);
  },
  wakeIn(delay_ms, wake) {
    const at = Date.now() + delay_ms;
    const until = performance.now() + delay_ms;
    let timer: NodeJS.Timeout;
    // The clock counts too: while the machine slept, time has passed that no timer saw.
    const arm = (): void => {
      const left_ms = Math.max(until - performance.now(), 0);
      const isOver = (): boolean => performance.now() >= until || Date.now() >= at;
      timer = setTimeout(() => (isOver() ? wake() : arm()), Math.min(Math.ceil(left_ms), PIECE_MAX_MS));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

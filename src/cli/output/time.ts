import type { EpochMs } from "../../core/index.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A moment in UTC, to the second: `2026-01-31 02:00:00Z`. */
export function exactTime(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** How far a moment is from now: `just now`, `40s ago`, `3m ago`, `2h ago`, `in 5d`. */
export function relativeTime(at: EpochMs, now: EpochMs): string {
  const distance = Math.abs(now - at);
  if (distance < SECOND_MS) return "just now";
  const span =
    distance < MINUTE_MS
      ? `${Math.floor(distance / SECOND_MS)}s`
      : distance < HOUR_MS
        ? `${Math.floor(distance / MINUTE_MS)}m`
        : distance < DAY_MS
          ? `${Math.floor(distance / HOUR_MS)}h`
          : `${Math.floor(distance / DAY_MS)}d`;
  return at <= now ? `${span} ago` : `in ${span}`;
}

/** Both: `3m ago (2026-01-31 02:00:00Z)`. */
export function timeForPeople(at: EpochMs, now: EpochMs): string {
  return `${relativeTime(at, now)} (${exactTime(at)})`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `380ms`, `4.2s`, `3m 05s`, `2h 10m`, `5d 3h`. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)}s`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m ${padded(Math.floor((ms % MINUTE_MS) / SECOND_MS))}s`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)}h ${padded(Math.floor((ms % HOUR_MS) / MINUTE_MS))}m`;
  return `${Math.floor(ms / DAY_MS)}d ${Math.floor((ms % DAY_MS) / HOUR_MS)}h`;
}

/** How far from now: `just now`, `40s ago`, `in 5d`. */
export function relative(at: number, now: number): string {
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

const BYTES = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `1.5 GiB`. */
export function bytes(number: number): string {
  const power = number < 1 ? 0 : Math.min(Math.floor(Math.log2(number) / 10), BYTES.length - 1);
  const value = number / 1024 ** power;
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${BYTES[power]}`;
}

/** `1 task`, `2 tasks`. */
export function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}

function padded(number: number): string {
  return String(number).padStart(2, "0");
}

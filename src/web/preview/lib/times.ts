/** Ranges to choose from: as the address has them, as people read them, and in seconds. */
export const RANGES = [
  { from: "now-15m", label: "Last 15 minutes", seconds: 15 * 60 },
  { from: "now-1h", label: "Last hour", seconds: 3_600 },
  { from: "now-6h", label: "Last 6 hours", seconds: 6 * 3_600 },
  { from: "now-24h", label: "Last 24 hours", seconds: 24 * 3_600 },
  { from: "now-7d", label: "Last 7 days", seconds: 7 * 24 * 3_600 },
] as const;

/** How often a board may be looked at anew: as Grafana writes it, and in milliseconds. */
export const REFRESHES = [
  { value: "off", label: "No refresh", ms: undefined },
  { value: "5s", label: "Every 5 s", ms: 5_000 },
  { value: "30s", label: "Every 30 s", ms: 30_000 },
  { value: "1m", label: "Every minute", ms: 60_000 },
  { value: "5m", label: "Every 5 minutes", ms: 300_000 },
] as const;

/** The first of the texts that is one of these; else the one that is usual. */
export function rangeOf(...said: readonly (string | null | undefined)[]): (typeof RANGES)[number] {
  return said.flatMap((text) => RANGES.find(({ from }) => from === text) ?? []).at(0) ?? RANGES[2];
}

export function refreshOf(...said: readonly (string | null | undefined)[]): (typeof REFRESHES)[number] {
  return said.flatMap((text) => REFRESHES.find(({ value }) => value === text) ?? []).at(0) ?? REFRESHES[0];
}

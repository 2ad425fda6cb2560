/** A time span for people, at most seven columns: `40ms`, `0.4s`, `12s`, `3m 04s`, `1h 02m`, `2d 03h`. Negative spans are zero. */
export function formatElapsed(span_ms: number, tenths = true): string {
  const ms = Math.max(span_ms, 0);
  if (tenths && ms < 95) return `${Math.round(ms)}ms`;
  if (tenths && ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = tenths ? Math.round(ms / 1000) : Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

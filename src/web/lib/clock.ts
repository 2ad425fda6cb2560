import { signal } from "@preact/signals";

/** How often times such as "3m ago" are looked at again, in milliseconds. */
const TICK_MS = 1_000;

/** The present, in milliseconds since 1970; moves on each second while the page is looked at. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, TICK_MS);
document.addEventListener("visibilitychange", () => {
  now.value = Date.now();
});

/** The present to the millisecond. */
export function present(): number {
  return Date.now();
}

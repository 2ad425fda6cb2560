import type { RetryPolicy } from "./model.ts";

/** No retry waits longer, whatever its policy works out to: 365 days. Keeps timers finite when a factor explodes. */
const DELAY_MAX_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * The delay before retry number `retry` (from 1), in whole milliseconds. `seed` names the attempt that
 * failed: the same attempt always gets the same jitter, different ones are spread. It is no shorter than
 * `least_ms`, whatever the policy says.
 */
export function retryDelayMs(policy: RetryPolicy, retry: number, seed: string, least_ms = 0): number {
  // Finite, so that no delay times too much growth is still no delay.
  const growth = policy.backoff === "exponential" ? Math.min(policy.factor ** (retry - 1), Number.MAX_VALUE) : 1;
  const grown = policy.delay_ms * growth;
  const capped = Math.min(grown, policy.max_delay_ms ?? DELAY_MAX_MS, DELAY_MAX_MS);
  const spread = (2 * unitHash(seed) - 1) * policy.jitter;
  return Math.max(Math.round(capped * (1 + spread)), Math.min(Math.ceil(least_ms), DELAY_MAX_MS));
}

/** A number in 0..1 that looks random and depends on the text alone (FNV-1a, then a final mix so that similar texts differ widely). */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0xffffffff;
}

/*
 * What counts where a file says nothing.
 */

/** Runs of one pipeline at once. One is the safe choice: two runs seldom expect to share what they write to. */
export const MAX_ACTIVE_RUNS = 1;
/** Task runs of one run at once; Airflow's number. */
export const MAX_ACTIVE_TASKS = 16;
/** From SIGTERM to SIGKILL: enough to write a checkpoint of a small model, short enough to wait for. */
export const GRACE_MS = 10_000;
/** Before a retry: long enough for a hiccup of the network to pass. */
export const RETRY_DELAY_MS = 10_000;
/** How the delay grows from retry to retry when `backoff` is exponential. */
export const RETRY_FACTOR = 2;

/** How long a metric is beyond its limit before an alert fires, in milliseconds. */
export const ALERT_FOR_MS = 60_000;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Identifies a run. Sorts by creation time. */
export type RunId = string & { readonly __brand: "RunId" };

/** A task's key in the pipeline's `tasks` map. */
export type TaskId = string & { readonly __brand: "TaskId" };

/** Identifies a task run inside a run: `train`, or `train[3]` for the fourth item of a `for_each`. */
export type TaskKey = string & { readonly __brand: "TaskKey" };

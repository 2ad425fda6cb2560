import type { EpochMs, FinalRunState, RunEvent, RunEventBody, RunId, TaskId, TaskKey } from "../../src/core/index.ts";
import type { AttemptRow, RunRow, RunWrite, TaskRunRow } from "../../src/engine/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import { runId, taskKey } from "./plans.ts";

/** 2026-01-01T00:00:00Z: when the runs of tests are created, unless they say otherwise. */
export const NEW_YEAR: EpochMs = Date.UTC(2026, 0, 1);

export interface RunOptions {
  readonly pipeline?: string;
  readonly created_at?: EpochMs;
  readonly params?: JsonObject;
  readonly slot?: EpochMs;
  readonly idempotency_key?: string;
  readonly backfill_id?: string;
}

/**
 * Makes the writes of one run, each following on the one before: what an engine hands to its store,
 * without an engine. The lease epoch can be changed after a take-over.
 */
export class RunWriter {
  readonly run_id: RunId;
  lease_epoch = 1;
  row: RunRow;
  readonly attempts = new Map<TaskKey, AttemptRow>();

  constructor(run_id: string, options: RunOptions = {}) {
    const created_at = options.created_at ?? NEW_YEAR;
    this.run_id = runId(run_id);
    this.row = {
      run_id: this.run_id,
      pipeline: options.pipeline ?? "training",
      version: "0".repeat(64),
      state: "queued",
      trigger: "manual",
      by: "ada",
      logical_date: created_at,
      data_interval_start: created_at,
      data_interval_end: created_at,
      params: options.params ?? {},
      created_at,
      seq: 0,
      ...(options.slot !== undefined && { slot: options.slot }),
      ...(options.idempotency_key !== undefined && { idempotency_key: options.idempotency_key }),
      ...(options.backfill_id !== undefined && { backfill_id: options.backfill_id }),
    };
  }

  /** The first write. */
  create(): RunWrite {
    const { run_id, state, created_at, started_at, finished_at, why, seq, ...created } = this.row;
    return this.#write([{ type: "run_created", ...created }, { type: "run_started" }], {
      state: "running",
      started_at: created_at,
    });
  }

  /** An attempt takes a slot. */
  start(key: string, attempt = 1): RunWrite {
    const at = this.row.created_at + this.row.seq;
    const row: AttemptRow = {
      run_id: this.run_id,
      key: taskKey(key),
      attempt,
      state: "running",
      epoch: 1,
      started_at: at,
    };
    this.attempts.set(row.key, row);
    return this.#write(
      [
        { type: "task_queued", key: row.key, attempt },
        { type: "attempt_started", key: row.key, attempt },
      ],
      {},
      [this.#taskRun(row.key, { state: "running", attempt, queued_at: at, started_at: at })],
      [row],
    );
  }

  /** The attempt that was started last for `key` succeeds; `epoch` is what its writer holds. */
  succeed(key: string, outputs: JsonObject = {}, epoch = 1): RunWrite {
    const started = this.attempts.get(taskKey(key));
    if (started === undefined) throw new Error(`${key} was not started`);
    const { attempt } = started;
    const at = this.row.created_at + this.row.seq;
    const row: AttemptRow = { ...started, state: "success", epoch, finished_at: at, exit_code: 0 };
    return this.#write(
      [
        { type: "attempt_ended", key: row.key, attempt, outcome: { state: "success" } },
        { type: "task_finished", key: row.key, state: "success", outputs },
      ],
      {},
      [this.#taskRun(row.key, { state: "success", attempt, started_at: started.started_at, finished_at: at, outputs })],
      [row],
    );
  }

  /** The attempt that was started last for `key` gives its slot back, and waits. */
  wait(key: string): RunWrite {
    const started = this.attempts.get(taskKey(key));
    if (started === undefined) throw new Error(`${key} was not started`);
    const { attempt, started_at } = started;
    const row: AttemptRow = { ...started, state: "waiting" };
    return this.#write(
      [{ type: "attempt_waiting", key: row.key, attempt }],
      {},
      [this.#taskRun(row.key, { state: "waiting", attempt, started_at })],
      [row],
    );
  }

  /** The run ends. */
  finish(state: FinalRunState = "success", why?: string): RunWrite {
    const because = why === undefined ? {} : { why };
    const finished_at = this.row.created_at + this.row.seq;
    return this.#write([{ type: "run_finished", state, ...because }], { state, finished_at, ...because });
  }

  #taskRun(key: TaskKey, fields: Omit<TaskRunRow, "run_id" | "key" | "task">): TaskRunRow {
    const [, task, index] = /^([^[]+)(?:\[(\d+)\])?$/.exec(key) ?? [];
    return {
      run_id: this.run_id,
      key,
      task: task as TaskId,
      ...(index !== undefined && { index: Number(index), item: { nth: Number(index) } }),
      ...fields,
    };
  }

  #write(
    bodies: readonly RunEventBody[],
    changes: Partial<RunRow>,
    task_runs: readonly TaskRunRow[] = [],
    attempts: readonly AttemptRow[] = [],
  ): RunWrite {
    const expected_seq = this.row.seq;
    const events = bodies.map((body, index): RunEvent => {
      const seq = expected_seq + 1 + index;
      return { ...body, seq, at: this.row.created_at + seq };
    });
    this.row = { ...this.row, ...changes, seq: expected_seq + events.length };
    const { run_id, lease_epoch, row: run } = this;
    return { run_id, lease_epoch, expected_seq, events, run, task_runs, attempts };
  }
}

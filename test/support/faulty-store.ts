import type { EpochMs, RunEvent, RunId, TaskKey } from "../../src/core/index.ts";
import {
  type AttemptKey,
  type AttemptRow,
  type AuditRow,
  type BackfillRow,
  type Clock,
  type LivePipeline,
  type OldRuns,
  type Page,
  type PipelineVersionRow,
  type Records,
  type RunBrief,
  type RunCount,
  type RunFilter,
  type RunLease,
  type RunNote,
  type RunRow,
  type RunWrite,
  type RunWriteResult,
  type ScheduleRow,
  type SkippedSlotsRow,
  type Store,
  StoreError,
  type TaskRunRow,
} from "../../src/engine/index.ts";

/** How often what goes wrong, each 0 (never) to 1 (always), a call. */
export interface StoreFaults {
  /** The call is refused, and nothing of it stored. */
  readonly refused: number;
  /** The call is carried out, and rejects all the same. */
  readonly answer_lost: number;
  /** The call is carried out some time later, or its answer comes some time later. */
  readonly delayed: number;
  /** Another engine takes the lease of a run and gives it back, just before a commit to that run. */
  readonly lease_stolen: number;
  /** Another engine claims an attempt, just before a commit to its row. */
  readonly attempt_stolen: number;
}

export const NO_FAULTS: StoreFaults = { refused: 0, answer_lost: 0, delayed: 0, lease_stolen: 0, attempt_stolen: 0 };

/** How late a delayed call or answer is, at most. */
const DELAY_MAX_MS = 5_000;

/** After every lease. */
const END_OF_TIME: EpochMs = Number.MAX_SAFE_INTEGER;

export interface FaultyStoreOptions {
  /** Where the data is: it outlives the store around it. */
  readonly inner: Store;
  /** From 0 up to 1; the same seed gives the same faults. */
  readonly random: () => number;
  /** What delays wait on. */
  readonly clock: Clock;
  readonly faults: StoreFaults;
}

/** A store on which things go wrong. What it reports as stored is stored, and conflicts are real ones. */
export class FaultyStore implements Store {
  /** May be changed at any time: without faults, whatever waits must come to its end. */
  faults: StoreFaults;
  readonly #inner: Store;
  readonly #random: () => number;
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<unknown>>();
  #killed = false;
  #closed = false;

  constructor({ inner, random, clock, faults }: FaultyStoreOptions) {
    this.#inner = inner;
    this.#random = random;
    this.#clock = clock;
    this.faults = faults;
  }

  /** The process of this store is gone: no call that is under way reaches the data any more, and none is ever answered. */
  kill(): void {
    this.#killed = true;
  }

  commit(owner: string, writes: readonly RunWrite[]): Promise<readonly RunWriteResult[]> {
    return this.#call(async () => {
      for (const write of writes) await this.#steal(write);
      return this.#inner.commit(owner, writes);
    });
  }

  leaseRuns(owner: string, now: EpochMs, until: EpochMs, run_ids?: readonly RunId[]): Promise<readonly RunLease[]> {
    return this.#call(() => this.#inner.leaseRuns(owner, now, until, run_ids));
  }

  leaseRun(owner: string, now: EpochMs, until: EpochMs, run_id: RunId): Promise<RunLease | undefined> {
    return this.#call(() => this.#inner.leaseRun(owner, now, until, run_id));
  }

  renewLeases(leases: readonly RunLease[], until: EpochMs): Promise<readonly RunLease[]> {
    return this.#call(() => this.#inner.renewLeases(leases, until));
  }

  releaseLeases(leases: readonly RunLease[]): Promise<void> {
    return this.#call(() => this.#inner.releaseLeases(leases));
  }

  claimAttempt(attempt: AttemptKey): Promise<number | undefined> {
    return this.#call(() => this.#inner.claimAttempt(attempt));
  }

  putPipelineVersion(row: PipelineVersionRow): Promise<void> {
    return this.#call(() => this.#inner.putPipelineVersion(row));
  }

  listSchedules(): Promise<readonly ScheduleRow[]> {
    return this.#call(() => this.#inner.listSchedules());
  }

  putSchedule(...asked: Parameters<Store["putSchedule"]>): Promise<void> {
    return this.#call(() => this.#inner.putSchedule(...asked));
  }

  listSkippedSlots(limit: number, pipeline?: string): Promise<readonly SkippedSlotsRow[]> {
    return this.#call(() => this.#inner.listSkippedSlots(limit, pipeline));
  }

  putBackfill(row: BackfillRow): Promise<void> {
    return this.#call(() => this.#inner.putBackfill(row));
  }

  getBackfill(backfill_id: string): Promise<BackfillRow | undefined> {
    return this.#call(() => this.#inner.getBackfill(backfill_id));
  }

  listBackfills(limit: number, pipeline?: string): Promise<readonly BackfillRow[]> {
    return this.#call(() => this.#inner.listBackfills(limit, pipeline));
  }

  addAudit(row: AuditRow): Promise<void> {
    return this.#call(() => this.#inner.addAudit(row));
  }

  listAudit(limit: number): Promise<readonly AuditRow[]> {
    return this.#call(() => this.#inner.listAudit(limit));
  }

  getRunByKey(pipeline: string, idempotency_key: string): Promise<RunRow | undefined> {
    return this.#call(() => this.#inner.getRunByKey(pipeline, idempotency_key));
  }

  readEvents(run_id: RunId, after_seq?: number): Promise<readonly RunEvent[]> {
    return this.#call(() => this.#inner.readEvents(run_id, after_seq));
  }

  getPipelineVersion(version: string): Promise<PipelineVersionRow | undefined> {
    return this.#call(() => this.#inner.getPipelineVersion(version));
  }

  listRuns(filter: RunFilter): Promise<Page<RunRow>> {
    return this.#call(() => this.#inner.listRuns(filter));
  }

  getRun(run_id: RunId): Promise<RunRow | undefined> {
    return this.#call(() => this.#inner.getRun(run_id));
  }

  findRuns(prefix: string): Promise<readonly RunRow[]> {
    return this.#call(() => this.#inner.findRuns(prefix));
  }

  listTakenSlots(pipeline: string, first: number, last: number): Promise<readonly number[]> {
    return this.#call(() => this.#inner.listTakenSlots(pipeline, first, last));
  }

  listRunsOfSlot(pipeline: string, logical_date: number): Promise<readonly RunRow[]> {
    return this.#call(() => this.#inner.listRunsOfSlot(pipeline, logical_date));
  }

  newestRuns(pipelines: readonly string[], count: number): Promise<readonly RunBrief[]> {
    return this.#call(() => this.#inner.newestRuns(pipelines, count));
  }

  setRunNote(run_id: RunId, note: RunNote | undefined): Promise<boolean> {
    return this.#call(() => this.#inner.setRunNote(run_id, note));
  }

  countRuns(pipeline: string, since: number, stretch_ms: number): Promise<readonly RunCount[]> {
    return this.#call(() => this.#inner.countRuns(pipeline, since, stretch_ms));
  }

  getRunBefore(pipeline: string, logical_date: number): Promise<RunRow | undefined> {
    return this.#call(() => this.#inner.getRunBefore(pipeline, logical_date));
  }

  listChildRuns(run_id: RunId): Promise<readonly RunRow[]> {
    return this.#call(() => this.#inner.listChildRuns(run_id));
  }

  listTaskRuns(run_id: RunId): Promise<readonly TaskRunRow[]> {
    return this.#call(() => this.#inner.listTaskRuns(run_id));
  }

  listAttempts(run_id: RunId, key?: TaskKey): Promise<readonly AttemptRow[]> {
    return this.#call(() => this.#inner.listAttempts(run_id, key));
  }

  findOldRuns(old: OldRuns): Promise<readonly RunId[]> {
    return this.#call(() => this.#inner.findOldRuns(old));
  }

  deleteRuns(run_ids: readonly RunId[]): Promise<readonly RunId[]> {
    return this.#call(() => this.#inner.deleteRuns(run_ids));
  }

  removeRemains(limit: number): Promise<number> {
    return this.#call(() => this.#inner.removeRemains(limit));
  }

  deleteVersions(before: EpochMs, keep: readonly string[], limit: number): Promise<number> {
    return this.#call(() => this.#inner.deleteVersions(before, keep, limit));
  }

  deleteRecords(kind: Records, before: EpochMs, limit: number): Promise<number> {
    return this.#call(() => this.#inner.deleteRecords(kind, before, limit));
  }

  shrink(): Promise<boolean> {
    return this.#call(() => this.#inner.shrink());
  }

  putLive(live: readonly LivePipeline[], gone: readonly string[], now: EpochMs): Promise<void> {
    return this.#call(() => this.#inner.putLive(live, gone, now));
  }

  listLive(): Promise<readonly LivePipeline[]> {
    return this.#call(() => this.#inner.listLive());
  }

  /** Waits for what is under way. The data stays open, for the next process. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }

  async #call<T>(carryOut: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError("closed", "simulated: the store is closed");
    const call = this.#faulty(carryOut);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  async #faulty<T>(carryOut: () => Promise<T>): Promise<T> {
    await this.#maybeLater();
    if (this.#happens(this.faults.refused)) throw new StoreError("io", "simulated: the call was refused");
    const answer = await carryOut();
    await this.#maybeLater();
    if (this.#happens(this.faults.answer_lost)) throw new StoreError("io", "simulated: the answer was lost");
    return answer;
  }

  /** Never resolves once the process is gone. */
  async #maybeLater(): Promise<void> {
    if (this.#happens(this.faults.delayed)) {
      const at = this.#clock.now() + Math.floor(this.#random() * DELAY_MAX_MS);
      await new Promise<void>((resolve) => this.#clock.wakeAt(at, resolve));
    }
    if (this.#killed) await new Promise<never>(() => {});
  }

  async #steal({ run_id, attempts }: RunWrite): Promise<void> {
    if (this.#happens(this.faults.lease_stolen)) {
      const lease = await this.#inner.leaseRun("thief", END_OF_TIME, END_OF_TIME, run_id);
      if (lease !== undefined) await this.#inner.releaseLeases([lease]);
    }
    for (const attempt of attempts) {
      if (this.#happens(this.faults.attempt_stolen)) await this.#inner.claimAttempt(attempt);
    }
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random() < chance;
  }
}

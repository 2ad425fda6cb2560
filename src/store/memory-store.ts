import type { EpochMs, RunEvent, RunId, TaskKey } from "../core/index.ts";
import {
  type AttemptKey,
  type AttemptRow,
  type AuditRow,
  type BackfillRow,
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
} from "../engine/index.ts";
import { checkWrite, FIRST_LEASE_EPOCH, NO_END } from "./check-write.ts";
import { runQuery, SLOT_RUNS_MAX, toPage } from "./paging.ts";

interface Lease {
  owner: string | undefined;
  epoch: number;
  until: EpochMs;
}

/** All that is known of one run. */
interface Stored {
  row: RunRow;
  readonly lease: Lease;
  readonly events: RunEvent[];
  readonly taskRuns: Map<TaskKey, TaskRunRow>;
  readonly attempts: Map<string, AttemptRow>;
}

/** A store that forgets everything when its process ends: for simulations and tests. It keeps what it is handed, uncopied. */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #runs = new Map<RunId, Stored>();
  readonly #versions = new Map<string, PipelineVersionRow>();
  readonly #schedules = new Map<string, ScheduleRow>();
  readonly #skipped: SkippedSlotsRow[] = [];
  readonly #backfills = new Map<string, BackfillRow>();
  /** Newest first. */
  readonly #audit: AuditRow[] = [];
  readonly #live = new Map<string, LivePipeline>();
  #closed = false;

  async commit(owner: string, writes: readonly RunWrite[]): Promise<readonly RunWriteResult[]> {
    this.#mustBeOpen();
    writes.forEach(checkWrite);
    return writes.map((write) => this.#store(owner, write));
  }

  async readEvents(run_id: RunId, after_seq = 0): Promise<readonly RunEvent[]> {
    this.#mustBeOpen();
    return this.#runs.get(run_id)?.events.slice(after_seq) ?? [];
  }

  async leaseRuns(
    owner: string,
    now: EpochMs,
    until: EpochMs,
    run_ids?: readonly RunId[],
  ): Promise<readonly RunLease[]> {
    this.#mustBeOpen();
    const wanted = run_ids === undefined ? [...this.#runs.keys()] : [...new Set(run_ids)];
    return wanted
      .filter((run_id) => isUnfinished(this.#runs.get(run_id)))
      .map((run_id) => this.#lease(owner, now, until, run_id))
      .filter((lease) => lease !== undefined)
      .sort((a, b) => compare(a.run_id, b.run_id));
  }

  async leaseRun(owner: string, now: EpochMs, until: EpochMs, run_id: RunId): Promise<RunLease | undefined> {
    this.#mustBeOpen();
    return this.#lease(owner, now, until, run_id);
  }

  async renewLeases(leases: readonly RunLease[], until: EpochMs): Promise<readonly RunLease[]> {
    this.#mustBeOpen();
    return leases.flatMap((lease) => {
      const held = this.#held(lease);
      if (held === undefined) return [];
      held.until = until;
      return [{ ...lease, until }];
    });
  }

  async releaseLeases(leases: readonly RunLease[]): Promise<void> {
    this.#mustBeOpen();
    for (const lease of leases) {
      const held = this.#held(lease);
      if (held !== undefined) held.owner = undefined;
    }
  }

  async claimAttempt({ run_id, key, attempt }: AttemptKey): Promise<number | undefined> {
    this.#mustBeOpen();
    const attempts = this.#runs.get(run_id)?.attempts;
    const row = attempts?.get(attemptName(key, attempt));
    if (row === undefined || (row.state !== "running" && row.state !== "waiting")) return undefined;
    const epoch = row.epoch + 1;
    attempts?.set(attemptName(key, attempt), { ...row, epoch });
    return epoch;
  }

  async putPipelineVersion(row: PipelineVersionRow): Promise<void> {
    this.#mustBeOpen();
    if (!this.#versions.has(row.version)) this.#versions.set(row.version, row);
  }

  async getPipelineVersion(version: string): Promise<PipelineVersionRow | undefined> {
    this.#mustBeOpen();
    return this.#versions.get(version);
  }

  async listSchedules(): Promise<readonly ScheduleRow[]> {
    this.#mustBeOpen();
    return [...this.#schedules.values()].sort((a, b) => compare(a.pipeline, b.pipeline));
  }

  async putSchedule(
    row: ScheduleRow,
    skipped: readonly SkippedSlotsRow[] = [],
    taken_back: readonly SkippedSlotsRow[] = [],
  ): Promise<void> {
    this.#mustBeOpen();
    this.#schedules.set(row.pipeline, row);
    const isTakenBack = ({ pipeline, decided_at, first }: SkippedSlotsRow): boolean =>
      taken_back.some((gone) => gone.pipeline === pipeline && gone.decided_at === decided_at && gone.first === first);
    if (taken_back.length > 0) drop(this.#skipped, this.#skipped.length, isTakenBack);
    this.#skipped.push(...skipped);
  }

  async listSkippedSlots(limit: number, pipeline?: string): Promise<readonly SkippedSlotsRow[]> {
    this.#mustBeOpen();
    return this.#skipped
      .filter((row) => pipeline === undefined || row.pipeline === pipeline)
      .sort((a, b) => b.decided_at - a.decided_at || b.first - a.first)
      .slice(0, limit);
  }

  async listRuns(filter: RunFilter): Promise<Page<RunRow>> {
    this.#mustBeOpen();
    const { pipelines, backfill_id, since, states, limit, behind } = runQuery(filter);
    const rows = this.#rows()
      .filter((row) => pipelines === undefined || pipelines.includes(row.pipeline))
      .filter((row) => backfill_id === undefined || row.backfill_id === backfill_id)
      .filter((row) => states.includes(row.state) && row.created_at >= since)
      .filter((row) => newestFirst(behind, row) < 0)
      .sort(newestFirst);
    return toPage(rows.slice(0, limit + 1), limit);
  }

  async newestRuns(pipelines: readonly string[], count: number): Promise<readonly RunBrief[]> {
    this.#mustBeOpen();
    const found = Map.groupBy(this.#rows().sort(newestFirst), ({ pipeline }) => pipeline);
    return pipelines.flatMap((name) => (found.get(name) ?? []).slice(0, count).map(briefOf));
  }

  async getRun(run_id: RunId): Promise<RunRow | undefined> {
    this.#mustBeOpen();
    return this.#runs.get(run_id)?.row;
  }

  async setRunNote(run_id: RunId, note: RunNote | undefined): Promise<boolean> {
    this.#mustBeOpen();
    const stored = this.#runs.get(run_id);
    if (stored === undefined) return false;
    stored.row = withNote(stored.row, note);
    return true;
  }

  async findRuns(prefix: string): Promise<readonly RunRow[]> {
    this.#mustBeOpen();
    return this.#rows()
      .filter((row) => row.run_id.startsWith(prefix))
      .sort((a, b) => compare(a.run_id, b.run_id))
      .slice(0, 2);
  }

  async getRunByKey(pipeline: string, idempotency_key: string): Promise<RunRow | undefined> {
    this.#mustBeOpen();
    return this.#rows().find((row) => row.pipeline === pipeline && row.idempotency_key === idempotency_key);
  }

  async putBackfill(row: BackfillRow): Promise<void> {
    this.#mustBeOpen();
    this.#backfills.set(row.backfill_id, row);
  }

  async getBackfill(backfill_id: string): Promise<BackfillRow | undefined> {
    this.#mustBeOpen();
    return this.#backfills.get(backfill_id);
  }

  async listBackfills(limit: number, pipeline?: string): Promise<readonly BackfillRow[]> {
    this.#mustBeOpen();
    return [...this.#backfills.values()]
      .filter((row) => pipeline === undefined || row.pipeline === pipeline)
      .sort((a, b) => b.created_at - a.created_at || compare(b.backfill_id, a.backfill_id))
      .slice(0, limit);
  }

  async addAudit(row: AuditRow): Promise<void> {
    this.#mustBeOpen();
    this.#audit.unshift(row);
  }

  async listAudit(limit: number): Promise<readonly AuditRow[]> {
    this.#mustBeOpen();
    return [...this.#audit].sort((a, b) => b.at - a.at).slice(0, limit);
  }

  async getRunBefore(pipeline: string, logical_date: EpochMs): Promise<RunRow | undefined> {
    this.#mustBeOpen();
    return this.#rows()
      .filter((row) => row.pipeline === pipeline && row.logical_date < logical_date)
      .filter(({ trigger }) => trigger === "schedule" || trigger === "backfill")
      .sort((a, b) => b.logical_date - a.logical_date || newestFirst(a, b))[0];
  }

  async listRunsOfSlot(pipeline: string, logical_date: EpochMs): Promise<readonly RunRow[]> {
    this.#mustBeOpen();
    const rows = this.#rows().filter((row) => row.pipeline === pipeline && row.logical_date === logical_date);
    return rows.sort(newestFirst).slice(0, SLOT_RUNS_MAX);
  }

  async listTakenSlots(pipeline: string, first: EpochMs, last: EpochMs): Promise<readonly EpochMs[]> {
    this.#mustBeOpen();
    return this.#rows()
      .flatMap((row) => (row.pipeline === pipeline && row.slot !== undefined ? [row.slot] : []))
      .filter((slot) => slot >= first && slot <= last)
      .sort((a, b) => a - b);
  }

  async countRuns(pipeline: string, since: EpochMs, stretch_ms: number): Promise<readonly RunCount[]> {
    this.#mustBeOpen();
    const rows = this.#rows().filter((row) => row.pipeline === pipeline && row.created_at >= since);
    const counts = Map.groupBy(rows, ({ created_at, state }) => `${Math.trunc(created_at / stretch_ms)} ${state}`);
    return [...counts.values()]
      .map((runs): RunCount => {
        const { created_at = 0, state = "queued" } = runs[0] ?? {};
        return { at: Math.trunc(created_at / stretch_ms) * stretch_ms, state, count: runs.length };
      })
      .sort((a, b) => a.at - b.at || (a.state < b.state ? -1 : 1));
  }

  async listChildRuns(run_id: RunId): Promise<readonly RunRow[]> {
    this.#mustBeOpen();
    const rows = this.#rows().filter((row) => row.parent_run_id === run_id);
    return rows.sort((a, b) => newestFirst(b, a));
  }

  async listTaskRuns(run_id: RunId): Promise<readonly TaskRunRow[]> {
    this.#mustBeOpen();
    const rows = [...(this.#runs.get(run_id)?.taskRuns.values() ?? [])];
    return rows.sort((a, b) => compare(a.task, b.task) || (a.index ?? -1) - (b.index ?? -1));
  }

  async listAttempts(run_id: RunId, key?: TaskKey): Promise<readonly AttemptRow[]> {
    this.#mustBeOpen();
    return [...(this.#runs.get(run_id)?.attempts.values() ?? [])]
      .filter((row) => key === undefined || row.key === key)
      .sort((a, b) => compare(a.key, b.key) || a.attempt - b.attempt);
  }

  async findOldRuns({ before, keep, max, limit }: OldRuns): Promise<readonly RunId[]> {
    this.#mustBeOpen();
    const byPipeline = Map.groupBy(this.#rows().sort(newestFirst), ({ pipeline }) => pipeline);
    const old = [...byPipeline]
      .sort(([a], [b]) => compare(a, b))
      .flatMap(([, rows]) => {
        const free = rows.map((row, rank) => ({ row, rank })).filter(({ row }) => this.#isFree(row));
        const beyond = free.filter(({ rank }) => max !== undefined && rank >= max);
        const aged = free.filter(({ row, rank }) => rank >= keep && (row.finished_at ?? before) < before);
        return [...new Set([...beyond.reverse(), ...aged.reverse()].map(({ row }) => row.run_id))];
      });
    return old.slice(0, limit);
  }

  async deleteRuns(run_ids: readonly RunId[]): Promise<readonly RunId[]> {
    this.#mustBeOpen();
    return run_ids.filter((run_id) => {
      const row = this.#runs.get(run_id)?.row;
      return row !== undefined && this.#isFree(row) && this.#runs.delete(run_id);
    });
  }

  async removeRemains(): Promise<number> {
    this.#mustBeOpen();
    return 0;
  }

  async deleteVersions(before: EpochMs, keep: readonly string[], limit: number): Promise<number> {
    this.#mustBeOpen();
    const used = new Set([...this.#rows(), ...this.#live.values()].map(({ version }) => version));
    const old = [...this.#versions.values()]
      .filter(({ version, stored_at }) => stored_at < before && !keep.includes(version) && !used.has(version))
      .sort((a, b) => a.stored_at - b.stored_at)
      .slice(0, limit);
    for (const { version } of old) this.#versions.delete(version);
    return old.length;
  }

  async deleteRecords(kind: Records, before: EpochMs, limit: number): Promise<number> {
    this.#mustBeOpen();
    if (kind === "skipped_slots") return drop(this.#skipped, limit, ({ decided_at }) => decided_at < before);
    if (kind === "audit") return drop(this.#audit, limit, ({ at }) => at < before);
    const rows = [...this.#backfills.values()].filter(({ state }) => state !== "running");
    const old = rows.filter(({ finished_at = before }) => finished_at < before).slice(0, limit);
    for (const { backfill_id } of old) this.#backfills.delete(backfill_id);
    return old.length;
  }

  async shrink(): Promise<boolean> {
    this.#mustBeOpen();
    return false;
  }

  async putLive(live: readonly LivePipeline[], gone: readonly string[], stored_at: EpochMs): Promise<void> {
    this.#mustBeOpen();
    for (const file of gone) this.#live.delete(file);
    for (const row of live) {
      await this.putPipelineVersion({ ...row, stored_at });
      this.#live.set(row.file, row);
    }
  }

  async listLive(): Promise<readonly LivePipeline[]> {
    this.#mustBeOpen();
    return [...this.#live.values()].sort((a, b) => compare(a.file, b.file));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Whether nothing that goes on rests on a run. */
  #isFree({ run_id, state, unsent, parent_run_id, backfill_id }: RunRow): boolean {
    const isActive = (row: RunRow | undefined): boolean => row?.state === "queued" || row?.state === "running";
    if (state === "queued" || state === "running" || unsent !== undefined) return false;
    if (this.#runs.get(run_id)?.lease.owner !== undefined) return false;
    if (this.#rows().some((row) => row.parent_run_id === run_id && isActive(row))) return false;
    if (parent_run_id !== undefined && isActive(this.#runs.get(parent_run_id)?.row)) return false;
    return backfill_id === undefined || this.#backfills.get(backfill_id)?.state !== "running";
  }

  #store(owner: string, write: RunWrite): RunWriteResult {
    const known = this.#runs.get(write.run_id);
    const conflict = findConflict(known, owner, write);
    if (conflict !== undefined) return { ok: false, conflict };
    const taken = known === undefined ? this.#takenBefore(write.run) : undefined;
    if (taken !== undefined) return { ok: false, conflict: taken };
    const stored = known ?? newlyStored(owner, write);
    this.#runs.set(write.run_id, stored);
    stored.row = withNote(write.run, stored.row.note);
    for (const event of write.events) stored.events.push(event);
    for (const row of write.task_runs) stored.taskRuns.set(row.key, row);
    for (const row of write.attempts) stored.attempts.set(attemptName(row.key, row.attempt), row);
    return { ok: true };
  }

  #takenBefore({ pipeline, slot, idempotency_key: key }: RunRow): "slot" | "key" | undefined {
    const rows = this.#rows().filter((row) => row.pipeline === pipeline);
    if (slot !== undefined && rows.some((row) => row.slot === slot)) return "slot";
    return key !== undefined && rows.some((row) => row.idempotency_key === key) ? "key" : undefined;
  }

  #lease(owner: string, now: EpochMs, until: EpochMs, run_id: RunId): RunLease | undefined {
    const lease = this.#runs.get(run_id)?.lease;
    if (lease === undefined || (lease.owner !== undefined && lease.until > now)) return undefined;
    lease.owner = owner;
    lease.epoch += 1;
    lease.until = until;
    return { run_id, owner, epoch: lease.epoch, until };
  }

  #held({ run_id, owner, epoch }: RunLease): Lease | undefined {
    const lease = this.#runs.get(run_id)?.lease;
    return lease?.owner === owner && lease.epoch === epoch ? lease : undefined;
  }

  #rows(): RunRow[] {
    return [...this.#runs.values()].map((stored) => stored.row);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreError("closed", "The store in memory is closed.");
  }
}

function findConflict(
  known: Stored | undefined,
  owner: string,
  write: RunWrite,
): "lease" | "seq" | "attempt" | undefined {
  if (write.expected_seq === 0) return known && "seq";
  if (known?.lease.owner !== owner || known.lease.epoch !== write.lease_epoch) return "lease";
  if (known.row.seq !== write.expected_seq) return "seq";
  const late = write.attempts.some((row) => {
    const stored = known.attempts.get(attemptName(row.key, row.attempt));
    return stored !== undefined && stored.epoch !== row.epoch;
  });
  return late ? "attempt" : undefined;
}

function newlyStored(owner: string, write: RunWrite): Stored {
  return {
    row: write.run,
    lease: { owner, epoch: FIRST_LEASE_EPOCH, until: write.lease_until ?? NO_END },
    events: [],
    taskRuns: new Map(),
    attempts: new Map(),
  };
}

function briefOf(row: RunRow): RunBrief {
  const { run_id, pipeline, state, trigger, logical_date, created_at, started_at, finished_at } = row;
  return {
    ...{ run_id, pipeline, state, trigger, logical_date, created_at },
    ...(started_at !== undefined && { started_at }),
    ...(finished_at !== undefined && { finished_at }),
  };
}

function withNote(run: RunRow, note: RunNote | undefined): RunRow {
  if (run.note === note) return run;
  const { note: _, ...row } = run;
  return note === undefined ? row : { ...row, note };
}

function isUnfinished(stored: Stored | undefined): boolean {
  const { state, unsent } = stored?.row ?? {};
  return state === "queued" || state === "running" || unsent !== undefined;
}

function attemptName(key: TaskKey, attempt: number): string {
  return `${key}#${attempt}`;
}

type Dated = Pick<RunRow, "created_at"> & { readonly run_id: string };

function newestFirst(a: Dated, b: Dated): number {
  return b.created_at - a.created_at || compare(b.run_id, a.run_id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Takes at most so many of the rows out that are old; the result is how many. */
function drop<T>(rows: T[], limit: number, isOld: (row: T) => boolean): number {
  const old = new Set(rows.filter(isOld).slice(0, limit));
  rows.splice(0, rows.length, ...rows.filter((row) => !old.has(row)));
  return old.size;
}

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
import { checkWrite } from "./check-write.ts";
import { type Connection, mustBeInPlace } from "./connection.ts";
import { explain } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import * as history from "./history.ts";
import * as reads from "./reads.ts";
import type { Statements } from "./statements.ts";
import * as writes from "./writes.ts";

/** How a store reaches its file. */
export type Access =
  | {
      readonly mode: "write";
      readonly connection: Connection /** Lets go of the data folder. */;
      readonly release: () => void;
    }
  /** Asked again at each question until there is a store. */
  | { readonly mode: "read"; readonly connect: () => Connection | undefined };

/**
 * The Store port on one SQLite file. Reads answer at once and see what is committed; writes wait for
 * the group commit. A store that is open for reading rejects every write with "read_only".
 */
export class SqliteStore implements Store {
  readonly #folder: string;
  readonly #access: Access;
  readonly #commits: GroupCommit | undefined;
  #connection: Connection | undefined;
  #closed = false;

  constructor(folder: string, access: Access) {
    this.#folder = folder;
    this.#access = access;
    if (access.mode === "write") {
      this.#connection = access.connection;
      this.#commits = new GroupCommit(access.connection.db);
    }
  }

  async commit(owner: string, batch: readonly RunWrite[]): Promise<readonly RunWriteResult[]> {
    batch.forEach(checkWrite);
    return this.#write("store what was decided", (sql) => batch.map((write) => writes.storeRun(sql, owner, write)));
  }

  async leaseRuns(
    owner: string,
    now: EpochMs,
    until: EpochMs,
    run_ids?: readonly RunId[],
  ): Promise<readonly RunLease[]> {
    return this.#write("take over runs", (sql) => writes.leaseRuns(sql, owner, now, until, run_ids));
  }

  async leaseRun(owner: string, now: EpochMs, until: EpochMs, run_id: RunId): Promise<RunLease | undefined> {
    return this.#write("take over a run", (sql) => writes.leaseRun(sql, owner, now, until, run_id));
  }

  async renewLeases(leases: readonly RunLease[], until: EpochMs): Promise<readonly RunLease[]> {
    return this.#write("renew leases", (sql) => writes.renewLeases(sql, leases, until));
  }

  async releaseLeases(leases: readonly RunLease[]): Promise<void> {
    return this.#write("give leases back", (sql) => writes.releaseLeases(sql, leases));
  }

  async claimAttempt(attempt: AttemptKey): Promise<number | undefined> {
    return this.#write("take over an attempt", (sql) => writes.claimAttempt(sql, attempt));
  }

  async putPipelineVersion(row: PipelineVersionRow): Promise<void> {
    return this.#write("store a pipeline's version", (sql) => writes.putPipelineVersion(sql, row));
  }

  async readEvents(run_id: RunId, after_seq = 0): Promise<readonly RunEvent[]> {
    return this.#read([], (sql) => reads.readEvents(sql, run_id, after_seq));
  }

  async listRuns(filter: RunFilter): Promise<Page<RunRow>> {
    return this.#read({ rows: [] }, (sql) => reads.listRuns(sql, filter));
  }

  async newestRuns(pipelines: readonly string[], count: number): Promise<readonly RunBrief[]> {
    return this.#read([], (sql) => reads.newestRuns(sql, pipelines, count));
  }

  async getRun(run_id: RunId): Promise<RunRow | undefined> {
    return this.#read(undefined, (sql) => reads.getRun(sql, run_id));
  }

  async setRunNote(run_id: RunId, note: RunNote | undefined): Promise<boolean> {
    return this.#write("store a run's note", (sql) => writes.setRunNote(sql, run_id, note));
  }

  async findRuns(prefix: string): Promise<readonly RunRow[]> {
    return this.#read([], (sql) => reads.findRuns(sql, prefix));
  }

  async listSchedules(): Promise<readonly ScheduleRow[]> {
    return this.#read([], reads.listSchedules);
  }

  async putSchedule(
    row: ScheduleRow,
    skipped: readonly SkippedSlotsRow[] = [],
    taken_back: readonly SkippedSlotsRow[] = [],
  ): Promise<void> {
    return this.#write("store what was decided of slots", (sql) => writes.putSchedule(sql, row, skipped, taken_back));
  }

  async listSkippedSlots(limit: number, pipeline?: string): Promise<readonly SkippedSlotsRow[]> {
    return this.#read([], (sql) => reads.listSkippedSlots(sql, limit, pipeline));
  }

  async getRunByKey(pipeline: string, idempotency_key: string): Promise<RunRow | undefined> {
    return this.#read(undefined, (sql) => reads.getRunByKey(sql, pipeline, idempotency_key));
  }

  async putBackfill(row: BackfillRow): Promise<void> {
    return this.#write("store a backfill", (sql) => writes.putBackfill(sql, row));
  }

  async getBackfill(backfill_id: string): Promise<BackfillRow | undefined> {
    return this.#read(undefined, (sql) => reads.getBackfill(sql, backfill_id));
  }

  async listBackfills(limit: number, pipeline?: string): Promise<readonly BackfillRow[]> {
    return this.#read([], (sql) => reads.listBackfills(sql, limit, pipeline));
  }

  async addAudit(row: AuditRow): Promise<void> {
    return this.#write("store who changed what", (sql) => writes.addAudit(sql, row));
  }

  async listAudit(limit: number): Promise<readonly AuditRow[]> {
    return this.#read([], (sql) => reads.listAudit(sql, limit));
  }

  async getRunBefore(pipeline: string, logical_date: EpochMs): Promise<RunRow | undefined> {
    return this.#read(undefined, (sql) => reads.getRunBefore(sql, pipeline, logical_date));
  }

  async listRunsOfSlot(pipeline: string, logical_date: EpochMs): Promise<readonly RunRow[]> {
    return this.#read([], (sql) => reads.listRunsOfSlot(sql, pipeline, logical_date));
  }

  async listTakenSlots(pipeline: string, first: EpochMs, last: EpochMs): Promise<readonly EpochMs[]> {
    return this.#read([], (sql) => reads.listTakenSlots(sql, pipeline, first, last));
  }

  async countRuns(pipeline: string, since: EpochMs, stretch_ms: number): Promise<readonly RunCount[]> {
    return this.#read([], (sql) => reads.countRuns(sql, pipeline, since, stretch_ms));
  }

  async listChildRuns(run_id: RunId): Promise<readonly RunRow[]> {
    return this.#read([], (sql) => reads.listChildRuns(sql, run_id));
  }

  async listTaskRuns(run_id: RunId): Promise<readonly TaskRunRow[]> {
    return this.#read([], (sql) => reads.listTaskRuns(sql, run_id));
  }

  async listAttempts(run_id: RunId, key?: TaskKey): Promise<readonly AttemptRow[]> {
    return this.#read([], (sql) => reads.listAttempts(sql, run_id, key));
  }

  async getPipelineVersion(version: string): Promise<PipelineVersionRow | undefined> {
    return this.#read(undefined, (sql) => reads.getPipelineVersion(sql, version));
  }

  async findOldRuns(old: OldRuns): Promise<readonly RunId[]> {
    return this.#read([], (sql) => history.findOldRuns(sql, old));
  }

  async deleteRuns(run_ids: readonly RunId[]): Promise<readonly RunId[]> {
    return this.#write("delete old runs", (sql) => history.deleteRuns(sql, run_ids));
  }

  async removeRemains(limit: number): Promise<number> {
    return this.#write("remove what is left of old runs", (sql) => history.removeRemains(sql, limit));
  }

  async deleteVersions(before: EpochMs, keep: readonly string[], limit: number): Promise<number> {
    return this.#write("delete old versions", (sql) => history.deleteVersions(sql, before, keep, limit));
  }

  async deleteRecords(kind: Records, before: EpochMs, limit: number): Promise<number> {
    return this.#write("delete old records", (sql) => history.deleteRecords(sql, kind, before, limit));
  }

  async shrink(): Promise<boolean> {
    const more = await this.#write("shrink the store", (_, { db }) => history.shrink(db));
    // Outside of every transaction.
    if (!more) this.#read(undefined, (_, { db }) => history.cutLog(db));
    return more;
  }

  async putLive(live: readonly LivePipeline[], gone: readonly string[], now: EpochMs): Promise<void> {
    return this.#write("store what is live", (sql) => history.putLive(sql, live, gone, now));
  }

  async listLive(): Promise<readonly LivePipeline[]> {
    return this.#read([], reads.listLive);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#commits?.close();
    this.#closed = true;
    try {
      this.#connection?.db.close();
    } finally {
      if (this.#access.mode === "write") this.#access.release();
    }
  }

  /** `none` is the answer while there is no store. */
  #read<T>(none: T, ask: (sql: Statements, connection: Connection) => T): T {
    this.#mustBeOpen();
    if (this.#access.mode === "read") this.#connection ??= this.#access.connect();
    if (this.#connection === undefined) return none;
    try {
      return ask(this.#connection.sql, this.#connection);
    } catch (error) {
      throw explain(error, "read the store", this.#connection.path);
    }
  }

  async #write<T>(doing: string, change: (sql: Statements, connection: Connection) => T): Promise<T> {
    this.#mustBeOpen();
    const connection = this.#connection;
    if (this.#commits === undefined || connection === undefined) {
      throw new StoreError("read_only", `${this.#folder}: could not ${doing}: the store is open for reading only.`);
    }
    try {
      mustBeInPlace(connection);
      return await this.#commits.submit(() => change(connection.sql, connection));
    } catch (error) {
      throw explain(error, doing, connection.path);
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreError("closed", `${this.#folder}: the store is closed.`);
  }
}

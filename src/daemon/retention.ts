import { setImmediate } from "node:timers/promises";
import type { Retention } from "../config/index.ts";
import type { RunId, RunState } from "../core/index.ts";
import { type Clock, RECORDS, type Store } from "../engine/index.ts";
import { putRunFilesAside, removeFilesPutAside, runsWithFiles } from "../executors/index.ts";

/** What was deleted in one go. */
export interface Deleted {
  readonly runs: number;
  /** Runs that stay and whose files went, and runs that nobody knows any more. */
  readonly logs: number;
  readonly versions: number;
  /** Skipped slots, backfills and who changed what. */
  readonly records: number;
}

export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  /** The data folder. */
  readonly data: string;
  /** Asked each time. */
  readonly settings: () => Retention;
  /** The versions that are live. */
  readonly liveVersions: () => readonly string[];
  /** Versions are gone from the store. */
  readonly onVersionsDeleted: () => void;
  /** Told when something was deleted. */
  readonly onDeleted: (deleted: Deleted) => void;
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/** Deletes what is old, from time to time. */
export interface RetentionKeeper {
  /** Deletes what is old now. Rejects with a `StoreError`, or the file system's own. */
  sweep(): Promise<Deleted>;
  /** Resolves when nothing is being deleted any more. */
  close(): Promise<void>;
}

/** Not in the way of a start, in milliseconds. */
const FIRST_MS = 10_000;
/** From the end of one time to the next, in milliseconds. */
const INTERVAL_MS = 3_600_000;
/** Runs that are found in one question, and those that are deleted in one transaction: a few milliseconds. */
const FOUND_RUNS = 1_000;
const DELETED_RUNS = 25;
/** Rows that are deleted in one transaction: a few milliseconds. */
const DELETED_ROWS = 500;
/** Folders that are looked at before somebody else has a turn. */
const LOOKED_FOLDERS = 50;
/** A clock that is so much later than the last time it was looked at, or the newest run, may be wrong, in milliseconds. */
const GAP_MS = 7 * 86_400_000;
/** So many times nothing is deleted then: for a day somebody, or the network's time, can set it right. */
const HELD_TIMES = 24;
/**
 * Files of runs that the store doesn't know stay so long, in milliseconds: a run is stored before it has files, but a store may
 * have been restored from a backup, and be replaced by a later one.
 */
const UNKNOWN_MS = 86_400_000;

/** Deletes what is old: soon, and then every hour until it is closed. What fails is tried again the next time. */
export function startRetention(parts: RetentionParts): RetentionKeeper {
  return new Keeper(parts);
}

class Keeper implements RetentionKeeper {
  readonly #parts: RetentionParts;
  /** Those that were live the last time: a run may be about to begin with one. */
  #liveBefore: readonly string[];
  #sweeping: Promise<unknown> = Promise.resolve();
  #cancel: () => void = () => {};
  #closed = false;
  /** When it last looked. */
  #last: number | undefined;
  /** How many times more nothing is deleted. */
  #held = 0;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#liveBefore = parts.liveVersions();
    this.#sweepAfter(FIRST_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#sweeping;
  }

  async sweep(): Promise<Deleted> {
    const runs = await this.#deleteRuns();
    const versions = await this.#deleteVersions();
    const records = await this.#deleteRecords();
    const logs = await this.#deleteFiles();
    await this.#pieces(async () => this.#parts.store.shrink());
    return { runs, logs, versions, records };
  }

  #sweepAfter(delay_ms: number): void {
    const { clock, onDeleted, onTrouble } = this.#parts;
    if (this.#closed) return;
    this.#cancel = clock.wakeIn(delay_ms, () => {
      this.#sweeping = this.#mayDelete()
        .then(async (may) => {
          if (!may) return;
          const deleted = await this.sweep();
          if (Object.values(deleted).some((count) => count > 0)) onDeleted(deleted);
        })
        .catch((error: unknown) => onTrouble("what is old could not be deleted; it is tried again in an hour", error))
        .then(() => this.#sweepAfter(INTERVAL_MS));
    });
  }

  /** Whether the clock can be trusted: by one that is months late everything would be old. */
  async #mayDelete(): Promise<boolean> {
    const { store, clock, onTrouble } = this.#parts;
    const now = clock.now();
    const last = this.#last ?? (await store.listRuns({ limit: 1 })).rows[0]?.created_at ?? now;
    this.#last = now;
    if (now - last > GAP_MS) {
      this.#held = HELD_TIMES;
      const days = Math.floor((now - last) / 86_400_000);
      onTrouble(
        `the clock says that nothing happened for ${days} days: in case it is wrong, nothing is deleted for a day`,
        undefined,
      );
    } else if (last - now > GAP_MS) this.#held = 0;
    if (this.#held === 0) return true;
    this.#held--;
    return false;
  }

  async #deleteRuns(): Promise<number> {
    const { store, clock, data, settings } = this.#parts;
    const { runs_ms, keep_runs: keep, max_runs: max } = settings();
    const old = { before: clock.now() - runs_ms, keep, ...(max !== undefined && { max }), limit: FOUND_RUNS };
    let count = 0;
    // Left by a daemon that died in between.
    await this.#removeRemains();
    await this.#pieces(async () => {
      const found = [...(await store.findOldRuns(old))];
      let deletedAny = false;
      await this.#pieces(async () => {
        const deleted = await store.deleteRuns(found.splice(0, DELETED_RUNS));
        for (const run_id of deleted) putRunFilesAside(data, run_id);
        count += deleted.length;
        deletedAny ||= deleted.length > 0;
        return found.length > 0;
      });
      await this.#removeRemains();
      return deletedAny;
    });
    return count;
  }

  #removeRemains(): Promise<void> {
    return this.#pieces(async () => (await this.#parts.store.removeRemains(DELETED_ROWS)) > 0);
  }

  async #deleteVersions(): Promise<number> {
    const { store, clock, settings, liveVersions, onVersionsDeleted } = this.#parts;
    const live = liveVersions();
    const keep = [...new Set([...this.#liveBefore, ...live])];
    this.#liveBefore = live;
    const before = clock.now() - settings().runs_ms;
    const count = await this.#rows((limit) => store.deleteVersions(before, keep, limit));
    if (count > 0) onVersionsDeleted();
    return count;
  }

  async #deleteRecords(): Promise<number> {
    const { store, clock, settings } = this.#parts;
    const { runs_ms, audit_ms } = settings();
    let count = 0;
    for (const kind of RECORDS) {
      const before = clock.now() - (kind === "audit" ? audit_ms : runs_ms);
      count += await this.#rows((limit) => store.deleteRecords(kind, before, limit));
    }
    return count;
  }

  async #deleteFiles(): Promise<number> {
    const { data } = this.#parts;
    let [count, looked] = [0, 0];
    for await (const { run_id, changed_at } of runsWithFiles(data)) {
      if (this.#closed) break;
      if (await this.#areFilesOld(run_id, changed_at)) count += Number(putRunFilesAside(data, run_id));
      if (++looked % LOOKED_FOLDERS === 0) await setImmediate();
    }
    await removeFilesPutAside(data);
    return count;
  }

  /** Of a run that is known, nothing happens between the answer and what is made of it. */
  async #areFilesOld(run_id: RunId, changed_at: () => Promise<number>): Promise<boolean> {
    const { store, clock, settings } = this.#parts;
    if ((await store.getRun(run_id)) === undefined && clock.now() - (await changed_at()) < UNKNOWN_MS) return false;
    const row = await store.getRun(run_id);
    if (row === undefined) return true;
    return !isActive(row.state) && (row.finished_at ?? clock.now()) < clock.now() - settings().logs_ms;
  }

  /** Deletes rows until there are no more; the result is how many. */
  async #rows(deleteRows: (limit: number) => Promise<number>): Promise<number> {
    let count = 0;
    await this.#pieces(async () => {
      const deleted = await deleteRows(DELETED_ROWS);
      count += deleted;
      return deleted === DELETED_ROWS;
    });
    return count;
  }

  /** Does one piece after another, as long as there is more, and lets everybody else have a turn in between. */
  async #pieces(doOne: () => Promise<boolean>): Promise<void> {
    while (!this.#closed && (await doOne())) await setImmediate();
  }
}

function isActive(state: RunState): boolean {
  return state === "queued" || state === "running";
}

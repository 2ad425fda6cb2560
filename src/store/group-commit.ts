import type { DatabaseSync } from "node:sqlite";

interface Job {
  /** Runs inside the transaction. Synchronous: nothing else may come in between. */
  readonly run: () => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So long after the last commit nobody is likely to wait, in milliseconds: a burst has its answers by then. */
const QUIET_MS = 500;

/**
 * Puts the writes of everybody who asks in the same turn of the event loop into one transaction, and
 * so into one sync of the disk. What the first of them waits for is the end of that turn, not a time.
 *
 * Bringing the write-ahead log into the main file takes as long as a burst's commit: it waits for a quiet moment.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  #waiting: Job[] = [];
  #quiet: NodeJS.Timeout | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs `run` in a transaction and resolves with its answer once that is on the disk. Rejects with SQLite's own errors; then nothing of it is stored. */
  submit<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run, resolve: resolve as Job["resolve"], reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Stores what waits, now. */
  flush(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length === 0) return;
    this.#commit(jobs);
    this.#quiet ??= setTimeout(() => this.#checkpoint(), QUIET_MS).unref();
    this.#quiet.refresh();
  }

  /** Stores what waits, and nothing more in quiet moments. */
  close(): void {
    this.flush();
    clearTimeout(this.#quiet);
  }

  /** What can't be brought over now, because somebody reads it or the disk is full, stays in the log. */
  #checkpoint(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {}
  }

  #commit(jobs: readonly Job[]): void {
    let answers: readonly unknown[];
    try {
      answers = this.#transaction(jobs);
    } catch (error) {
      if (jobs.length === 1) jobs[0]?.reject(error);
      // One bad write must not take the others down with it: each gets a transaction of its own.
      else for (const job of jobs) this.#commit([job]);
      return;
    }
    for (const [index, job] of jobs.entries()) job.resolve(answers[index]);
  }

  #transaction(jobs: readonly Job[]): readonly unknown[] {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const answers = jobs.map((job) => job.run());
      this.#db.exec("COMMIT");
      return answers;
    } catch (error) {
      // Some errors end the transaction by themselves.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

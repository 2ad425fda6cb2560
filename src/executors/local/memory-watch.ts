import type { Clock } from "../../engine/index.ts";
import { listProcesses, memoryOf, type ProcessInfo } from "./process-table.ts";

/** A process that has lived for so long is looked at first; most end before, and cost nothing. */
const FIRST_MS = 1_000;
/** And then this often: what is asked for and given back in between is not seen. */
const INTERVAL_MS = 5_000;

type Process = Pick<ProcessInfo, "pid" | "parent" | "group">;

interface ProcessTable {
  listProcesses(): readonly Process[];
  memoryOf(pid: number): number;
}

const TABLE: ProcessTable | undefined = process.platform === "linux" ? { listProcesses, memoryOf } : undefined;

interface Watched {
  peak_bytes: number | undefined;
}

/** What is seen of the processes of an attempt. */
export interface WatchedMemory {
  /** The most that they had together at any look; undefined when there was none. */
  peakBytes(): number | undefined;
  stop(): void;
}

/** Looks at the memory of attempts' processes, all in one look. Only Linux tells. */
export class MemoryWatch {
  readonly #clock: Clock;
  /** Undefined where nothing can be seen. */
  readonly #table: ProcessTable | undefined;
  /** By the process that leads the attempt's others. */
  readonly #watched = new Map<number, Watched>();
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, table: ProcessTable | undefined = TABLE) {
    this.#clock = clock;
    this.#table = table;
  }

  watch(leader: number): WatchedMemory {
    const watched: Watched = { peak_bytes: undefined };
    this.#watched.set(leader, watched);
    if (this.#table !== undefined) this.#callOff ??= this.#clock.wakeIn(FIRST_MS, () => this.#look());
    return {
      peakBytes: () => watched.peak_bytes,
      stop: () => {
        if (this.#watched.get(leader) === watched) this.#watched.delete(leader);
        if (this.#watched.size > 0) return;
        this.#callOff?.();
        this.#callOff = undefined;
      },
    };
  }

  #look(): void {
    if (this.#table === undefined) return;
    const all = new Map(this.#table.listProcesses().map((one) => [one.pid, one]));
    const sums = new Map<number, number>();
    for (const one of all.values()) {
      const leader = this.#leaderOf(one, all);
      if (leader !== undefined) sums.set(leader, (sums.get(leader) ?? 0) + this.#table.memoryOf(one.pid));
    }
    for (const [leader, bytes] of sums) {
      const watched = this.#watched.get(leader);
      if (watched !== undefined) watched.peak_bytes = Math.max(watched.peak_bytes ?? 0, bytes);
    }
    this.#callOff = this.#clock.wakeIn(INTERVAL_MS, () => this.#look());
  }

  /** Of the attempt are the leader's group, and whoever descends from it. */
  #leaderOf(process: Process, all: ReadonlyMap<number, Process>): number | undefined {
    // A look is not of one moment: parents may seem to go round in a circle.
    const seen = new Set<number>();
    for (let one: Process | undefined = process; one !== undefined && !seen.has(one.pid); one = all.get(one.parent)) {
      if (this.#watched.has(one.pid)) return one.pid;
      if (this.#watched.has(one.group)) return one.group;
      seen.add(one.pid);
    }
    return undefined;
  }
}

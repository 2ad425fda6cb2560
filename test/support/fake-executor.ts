import { createHash } from "node:crypto";
import type { AttemptOutcome, EpochMs, StopReason } from "../../src/core/index.ts";
import type { AttemptKey, AttemptReport, AttemptWork, Executor } from "../../src/engine/index.ts";
import type { JsonObject } from "../../src/lib/index.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What an attempt of the fake world does. An attempt says it in its config, as `does`; else its name and the seed draw it. */
export interface FakeDoing {
  /** How long it takes. Never, when it is absent. */
  readonly takes_ms?: number;
  /** When it gives its slot back. Never, when it is absent. */
  readonly waits_in_ms?: number;
  /** What comes of it when it is left alone. */
  readonly outcome: AttemptOutcome;
  /** How long it takes to end once it is told to; it ignores SIGTERM when this is absent. */
  readonly ends_in_ms?: number;
}

interface FakeProcess {
  readonly doing: FakeDoing;
  readonly ends_at: EpochMs | undefined;
  waits: boolean;
  onWait: (() => void) | undefined;
  ended: AttemptOutcome | undefined;
  onEnd: (() => void) | undefined;
}

/** Drawn attempts take up to this long. */
const TAKES_MS_MAX = 60_000;

/**
 * A machine in memory, on a virtual clock: processes that outlive the executor that started them. Two
 * worlds with the same seed do the same.
 */
export class FakeWorld {
  readonly clock: VirtualClock;
  readonly #seed: number;
  readonly #processes = new Map<string, FakeProcess>();
  /** How often a process was started, by attempt. */
  readonly starts = new Map<string, number>();

  constructor(clock: VirtualClock, seed = 1) {
    this.clock = clock;
    this.#seed = seed;
  }

  /** An executor of this world, as a process of the engine has one. */
  executor(): Executor {
    return new FakeExecutor(this);
  }

  /** The machine goes down: every process is gone and left nothing. */
  lose(): void {
    for (const [id, process] of this.#processes) {
      if (process.ended === undefined) this.end(id, process, { state: "lost", message: "its process is gone" });
    }
    this.#processes.clear();
  }

  /** What runs for as long as it likes likes to end. */
  finish(): void {
    for (const [id, process] of this.#processes) this.end(id, process, process.doing.outcome);
  }

  find(id: string): FakeProcess | undefined {
    return this.#processes.get(id);
  }

  spawn(id: string, config: JsonObject): FakeProcess {
    const doing = (config.does as unknown as FakeDoing | undefined) ?? this.#draw(id);
    const ends_at = doing.takes_ms === undefined ? undefined : this.clock.now() + doing.takes_ms;
    const process: FakeProcess = {
      doing,
      ends_at,
      waits: false,
      onWait: undefined,
      ended: undefined,
      onEnd: undefined,
    };
    this.#processes.set(id, process);
    this.starts.set(id, (this.starts.get(id) ?? 0) + 1);
    if (doing.waits_in_ms !== undefined) {
      this.clock.wakeAt(this.clock.now() + doing.waits_in_ms, () => {
        process.waits = true;
        process.onWait?.();
      });
    }
    if (ends_at !== undefined) this.clock.wakeAt(ends_at, () => this.end(id, process, doing.outcome));
    return process;
  }

  /** Ends a process, unless it has ended or is gone. */
  end(id: string, process: FakeProcess, outcome: AttemptOutcome): void {
    if (process.ended !== undefined || this.#processes.get(id) !== process) return;
    process.ended = outcome;
    process.onEnd?.();
  }

  #draw(id: string): FakeDoing {
    const digest = createHash("sha256").update(`${this.#seed}/${id}`).digest();
    const share = (at: number): number => digest.readUInt32BE(at) / 2 ** 32;
    const failure = { reason: "exit_code", message: "the script ended with exit code 1", exit_code: 1 } as const;
    return {
      takes_ms: Math.floor(share(0) * TAKES_MS_MAX),
      outcome: share(4) < 0.8 ? { state: "success", outputs: {} } : { state: "failed", failure },
      ...(share(8) < 0.8 && { ends_in_ms: Math.floor(share(12) * 1_000) }),
    };
  }
}

class FakeExecutor implements Executor {
  readonly #world: FakeWorld;
  readonly #known = new Map<string, { epoch: number; why?: StopReason }>();
  #listener: ((report: AttemptReport) => void) | undefined;

  constructor(world: FakeWorld) {
    this.#world = world;
  }

  onReport(listener: (report: AttemptReport) => void): void {
    this.#listener = listener;
  }

  start(work: AttemptWork): void {
    this.#take(work, (id) => this.#world.find(id) ?? this.#world.spawn(id, work.config));
  }

  adopt(work: AttemptWork): void {
    this.#take(work, (id) => this.#world.find(id));
  }

  stop(attempt: AttemptKey, why: StopReason, grace_ms: number): void {
    const id = idOf(attempt);
    const known = this.#known.get(id);
    const process = this.#world.find(id);
    if (known === undefined || known.why !== undefined || process === undefined) return;
    known.why = why;
    const { clock } = this.#world;
    const { ends_in_ms = Number.POSITIVE_INFINITY } = process.doing;
    const signal = ends_in_ms <= grace_ms ? "SIGTERM" : "SIGKILL";
    clock.wakeAt(clock.now() + Math.min(ends_in_ms, grace_ms), () =>
      this.#world.end(id, process, stopped(why, signal)),
    );
  }

  kill(attempt: AttemptKey): void {
    const id = idOf(attempt);
    const why = this.#known.get(id)?.why;
    const process = this.#world.find(id);
    if (why !== undefined && process !== undefined) this.#world.end(id, process, stopped(why, "SIGKILL"));
  }

  async detach(): Promise<void> {
    this.#listener = undefined;
    this.#known.clear();
  }

  #take(work: AttemptWork, find: (id: string) => FakeProcess | undefined): void {
    const id = idOf(work);
    const known = this.#known.get(id);
    if (known !== undefined) {
      known.epoch = work.epoch;
      if (this.#world.find(id)?.waits === true) this.#report(work, { type: "waits" });
    }
    if (this.#listener === undefined || known !== undefined) return;
    this.#known.set(id, { epoch: work.epoch });
    const process = find(id);
    if (process === undefined) {
      this.#reportEnd(work, { state: "lost", message: "its process is gone" });
      return;
    }
    process.onWait = () => this.#report(work, { type: "waits" });
    process.onEnd = () => {
      if (process.ended !== undefined) this.#reportEnd(work, process.ended);
    };
    if (process.ended !== undefined) process.onEnd();
    else if (process.waits) process.onWait();
  }

  #reportEnd(work: AttemptWork, outcome: AttemptOutcome): void {
    this.#report(work, { type: "ended", outcome }, () => this.#known.delete(idOf(work)));
  }

  /** Never before the call that caused it has returned. */
  #report(
    { run_id, key, attempt }: AttemptWork,
    what: { readonly type: "waits" } | { readonly type: "ended"; readonly outcome: AttemptOutcome },
    then?: () => void,
  ): void {
    queueMicrotask(() => {
      const known = this.#known.get(idOf({ run_id, key, attempt }));
      if (known === undefined) return;
      then?.();
      this.#listener?.({ run_id, key, attempt, epoch: known.epoch, ...what });
    });
  }
}

function stopped(why: StopReason, signal: string): AttemptOutcome {
  return { state: "failed", failure: { reason: why, message: `it was ended by ${signal}`, signal } };
}

function idOf({ run_id, key, attempt }: AttemptKey): string {
  return `${run_id}/${key}/${attempt}`;
}

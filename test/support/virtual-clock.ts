import type { EpochMs } from "../../src/core/index.ts";
import type { Clock } from "../../src/engine/index.ts";

/** A clock that stands still until a test moves it. Wake-ups fire in order of time, then of registration. */
export class VirtualClock implements Clock {
  private time: EpochMs;
  private order = 0;
  private readonly timers = new Map<number, { at: EpochMs; wake: () => void }>();

  constructor(start: EpochMs = Date.UTC(2026, 0, 1)) {
    this.time = start;
  }

  now(): EpochMs {
    return this.time;
  }

  wakeAt(at: EpochMs, wake: () => void): () => void {
    const id = this.order++;
    this.timers.set(id, { at, wake });
    return () => this.timers.delete(id);
  }

  wakeIn(delay_ms: number, wake: () => void): () => void {
    return this.wakeAt(this.time + delay_ms, wake);
  }

  /** When the next wake-up is due; undefined when nothing waits. */
  nextAt(): EpochMs | undefined {
    let next: EpochMs | undefined;
    for (const { at } of this.timers.values()) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves to `at` (also backwards) and fires what is due there. */
  moveTo(at: EpochMs): void {
    this.time = at;
    this.fireDue();
  }

  advance(by_ms: number): void {
    this.moveTo(this.time + by_ms);
  }

  /** Fires every wake-up that is due, those that were registered meanwhile included. */
  fireDue(): void {
    for (;;) {
      let due: [number, { at: EpochMs; wake: () => void }] | undefined;
      for (const entry of this.timers) {
        if (entry[1].at <= this.time && (due === undefined || entry[1].at < due[1].at)) due = entry;
      }
      if (due === undefined) return;
      this.timers.delete(due[0]);
      due[1].wake();
    }
  }

  /** How many wake-ups are registered. */
  get pending(): number {
    return this.timers.size;
  }
}

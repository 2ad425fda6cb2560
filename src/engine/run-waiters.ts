import type { FinalRunState, Run, RunId } from "../core/index.ts";
import type { RunResult } from "./ports.ts";

interface Waiter {
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Who waits for the end of which run. */
export class RunWaiters {
  readonly #waiting = new Map<RunId, Waiter[]>();

  wait(run_id: RunId): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(run_id) ?? [];
      waiting.push({ resolve, reject });
      this.#waiting.set(run_id, waiting);
    });
  }

  resolve(result: RunResult): void {
    for (const { resolve } of this.#take(result.run_id)) resolve(result);
  }

  reject(run_id: RunId, error: unknown): void {
    for (const { reject } of this.#take(run_id)) reject(error);
  }

  #take(run_id: RunId): readonly Waiter[] {
    const waiting = this.#waiting.get(run_id) ?? [];
    this.#waiting.delete(run_id);
    return waiting;
  }
}

/** How a run that has ended did so. */
export function resultOf(run_id: RunId, { state, why }: Pick<Run, "state" | "why">): RunResult {
  return { run_id, state: state as FinalRunState, ...(why !== undefined && { why }) };
}

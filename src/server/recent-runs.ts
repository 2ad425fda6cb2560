import { setImmediate } from "node:timers/promises";
import type { EpochMs, Run, RunId, RunState, RunTrigger } from "../core/index.ts";
import type { RunRow, Store } from "../engine/index.ts";

/** A run as lists of pipelines show it. */
export interface RunSummary {
  readonly run_id: RunId;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly logical_date: EpochMs;
  readonly created_at: EpochMs;
  readonly started_at?: EpochMs;
  readonly finished_at?: EpochMs;
}

/** Runs that are kept of each pipeline. */
export const KEPT = 20;
/** Pipelines whose runs are read at a time: others get their turn in between. */
const AT_ONCE = 100;

/** The newest runs of each pipeline, kept at hand: thousands of pipelines are listed without a question for each. */
export class RecentRuns {
  readonly #store: Store;
  /** Newest first. Of pipelines that were asked for. */
  readonly #runs = new Map<string, RunSummary[]>();
  readonly #loading = new Map<string, Promise<void>>();
  /** When a run last ended with success; undefined when none has. Of pipelines that were asked for. */
  readonly #successes = new Map<string, EpochMs | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The newest runs of these pipelines, newest first. */
  async of(pipelines: readonly string[]): Promise<ReadonlyMap<string, readonly RunSummary[]>> {
    const unknown = pipelines.filter((name) => !this.#runs.has(name));
    for (let at = 0; at < unknown.length; at += AT_ONCE) {
      if (at > 0) await setImmediate();
      // Somebody else may have asked for them meanwhile.
      const still = unknown.slice(at, at + AT_ONCE).filter((name) => !this.#runs.has(name) && !this.#loading.has(name));
      if (still.length > 0) await this.#load(still);
    }
    await Promise.all(pipelines.map((name) => this.#loading.get(name)));
    return new Map(pipelines.map((name) => [name, this.#runs.get(name) ?? []]));
  }

  /** When a run of each of these pipelines last ended with success; not there when none has. */
  async lastSuccess(pipelines: readonly string[]): Promise<ReadonlyMap<string, EpochMs>> {
    await Promise.all(pipelines.filter((name) => !this.#successes.has(name)).map((name) => this.#loadSuccess(name)));
    const found = pipelines.map((name) => [name, this.#successes.get(name)] as const);
    return new Map(found.filter((each): each is [string, EpochMs] => each[1] !== undefined));
  }

  /** Takes note of how a run is now. */
  changed(run: Run): void {
    const name = run.created.pipeline;
    if (run.state === "success" && run.finished_at !== undefined) {
      this.#successes.set(name, Math.max(run.finished_at, this.#successes.get(name) ?? 0));
    }
    const runs = this.#runs.get(name);
    if (runs === undefined) return;
    const { trigger, logical_date } = run.created;
    // A run is more than its own properties: what it has is read by name.
    const { id: run_id, state, created_at, started_at, finished_at } = run;
    const summary = summaryOf({ run_id, state, created_at, started_at, finished_at, trigger, logical_date });
    const at = runs.findIndex((each) => each.run_id === run_id);
    if (at >= 0) runs[at] = summary;
    else if (runs.every((each) => each.created_at <= summary.created_at)) runs.unshift(summary);
    if (runs.length > KEPT) runs.pop();
  }

  #load(names: readonly string[]): Promise<void> {
    const loading = this.#read(names).finally(() => {
      for (const name of names) this.#loading.delete(name);
    });
    for (const name of names) this.#loading.set(name, loading);
    return loading;
  }

  async #read(names: readonly string[]): Promise<void> {
    const found = Map.groupBy(await this.#store.newestRuns(names, KEPT), ({ pipeline }) => pipeline);
    for (const name of names) this.#runs.set(name, (found.get(name) ?? []).map(summaryOf));
  }

  async #loadSuccess(name: string): Promise<void> {
    const success = (run: { readonly state: RunState }): boolean => run.state === "success";
    const known = this.#runs.get(name)?.find(success)?.finished_at;
    const asked = { pipelines: [name], states: ["success"], limit: 1 } as const;
    const at = known ?? (await this.#store.listRuns(asked)).rows[0]?.finished_at;
    // What has changed meanwhile is known already.
    if (!this.#successes.has(name)) this.#successes.set(name, at);
  }
}

type Summarised = Pick<RunRow, "run_id" | "state" | "trigger" | "logical_date" | "created_at"> & {
  readonly started_at?: EpochMs | undefined;
  readonly finished_at?: EpochMs | undefined;
};

function summaryOf({
  run_id,
  state,
  trigger,
  logical_date,
  created_at,
  started_at,
  finished_at,
}: Summarised): RunSummary {
  return {
    ...{ run_id, state, trigger, logical_date, created_at },
    ...(started_at !== undefined && { started_at }),
    ...(finished_at !== undefined && { finished_at }),
  };
}

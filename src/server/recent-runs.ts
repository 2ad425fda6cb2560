import { type EpochMs, RUN_STATES, type Run, type RunId, type RunState, type RunTrigger } from "../core/index.ts";
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
const KEPT = 20;
/** So many pipelines are asked for together first: in one look at the newest runs of all. */
const MANY = 100;
/** Runs that such a look has at most. */
const LOOK = 5_000;
/** Runs that are read at a time. */
const PAGE = 1_000;

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
    if (unknown.length >= MANY) await this.#loadMany(unknown);
    await Promise.all(pipelines.map((name) => this.#known(name)));
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

  #known(name: string): Promise<void> | undefined {
    if (this.#runs.has(name)) return undefined;
    const loading = this.#loading.get(name) ?? this.#load(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  /** What the newest runs of all tell: everything of pipelines with many among them, and of all when there are no more. */
  async #loadMany(names: readonly string[]): Promise<void> {
    const rows: RunRow[] = [];
    let next: string | undefined;
    do {
      const page = await this.#store.listRuns({
        states: RUN_STATES,
        limit: PAGE,
        ...(next !== undefined && { after: next }),
      });
      rows.push(...page.rows);
      next = page.next;
    } while (next !== undefined && rows.length < LOOK);
    const found = Map.groupBy(rows, ({ pipeline }) => pipeline);
    for (const name of names) {
      const mine = found.get(name) ?? [];
      const isAll = next === undefined || mine.length >= KEPT;
      // What has changed meanwhile is known already.
      if (isAll && !this.#runs.has(name)) this.#runs.set(name, mine.slice(0, KEPT).map(summaryOf));
    }
  }

  async #loadSuccess(name: string): Promise<void> {
    const success = (run: { readonly state: RunState }): boolean => run.state === "success";
    const known = this.#runs.get(name)?.find(success)?.finished_at;
    const asked = { pipelines: [name], states: ["success"], limit: 1 } as const;
    const at = known ?? (await this.#store.listRuns(asked)).rows[0]?.finished_at;
    // What has changed meanwhile is known already.
    if (!this.#successes.has(name)) this.#successes.set(name, at);
  }

  async #load(name: string): Promise<void> {
    const { rows } = await this.#store.listRuns({ pipelines: [name], states: RUN_STATES, limit: KEPT });
    this.#runs.set(name, rows.map(summaryOf));
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

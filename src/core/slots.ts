import { IndexedHeap } from "./indexed-heap.ts";
import { invariant } from "./invariant.ts";
import type { Input, Run, TaskRun } from "./model.ts";
import type { EpochMs, RunId, TaskKey } from "./names.ts";
import { type RunRecord, recordOf } from "./run-record.ts";
import { isFinal, isLive } from "./task-run.ts";

/** How many attempts may be live at once. */
export interface SlotLimits {
  /** Over all runs. At least 1. */
  readonly concurrency: number;
  /** Slots of each pool, by name. A pool that is not named here has none. */
  readonly pools: Readonly<Record<string, number>>;
}

/** An input that the queue has for a run. */
export interface SlotDecision {
  readonly run_id: RunId;
  readonly input: Extract<Input, { readonly type: "slots_granted" | "slots_refused" }>;
}

/** A task run that holds slots, or waits for them. */
export interface SlotHolder {
  readonly run_id: RunId;
  readonly key: TaskKey;
  /** Of its pool; 1 without one. */
  readonly slots: number;
}

/** How a limit is used. */
export interface SlotUse {
  /** The pool; absent: the concurrency over all runs. */
  readonly pool?: string;
  readonly slots: number;
  readonly used: number;
  readonly holders: readonly SlotHolder[];
  /** Who waits, the first to come first. */
  readonly queued: readonly (SlotHolder & { readonly queued_at: EpochMs })[];
}

/** Decides who comes first. */
interface Place {
  readonly priority: number;
  readonly queued_at: EpochMs;
  readonly run_id: RunId;
  /** Position of the task in its pipeline, then of the item in its task. */
  readonly order: number;
  readonly index: number;
}

/** Task runs that every limit treats alike: of one run, of one task if that has a limit of its own, of one pool and size. */
interface Lane {
  readonly name: string;
  readonly run_id: RunId;
  readonly max_active_tasks: number;
  /** Names the mapped task that has a `max_parallel`. */
  readonly group: string | undefined;
  readonly max_parallel: number;
  readonly pool: string | undefined;
  readonly pool_slots: number;
  readonly queued: IndexedHeap<TaskKey, Place>;
  readonly live: Set<TaskKey>;
  /** They gave their slots back, and count for `max_parallel` alone: empty where there is none. */
  readonly waiting: Set<TaskKey>;
}

/**
 * Decides across runs which queued task runs get a slot. What is taken follows from the set of live
 * attempts at each decision and is never counted up and down, so it cannot leak. An attempt that waits
 * holds no slot; of its `for_each` it is still one of `max_parallel`.
 *
 * A higher priority comes first, then whoever has waited longer. What is held back by a limit of its
 * run, of its `for_each` or of its pool lets others pass; only within a pool is nobody overtaken for
 * want of slots, so that a task which needs many of them is not starved by small ones.
 */
export class SlotQueue {
  #limits: SlotLimits;
  readonly #lanes = new Map<string, Lane>();
  /** By run: the lane of each task run that is queued, holds a slot or waits within a `max_parallel`. */
  readonly #lane_of = new Map<RunId, Map<TaskKey, Lane>>();

  constructor(limits: SlotLimits) {
    this.#limits = limits;
    this.setLimits(limits);
  }

  /** Other limits from now on. What holds a slot keeps it, also beyond them. */
  setLimits(limits: SlotLimits): void {
    invariant(limits.concurrency >= 1, () => `a concurrency of ${limits.concurrency} lets nothing run`);
    this.#limits = limits;
  }

  /** Takes a run up as it is: what is queued in it, what holds a slot and what waits. `isHeld` as in `update`. */
  addRun(run: Run, isHeld: (key: TaskKey) => boolean = () => false): void {
    for (const key of run.task_runs.keys()) this.update(run, key, isHeld(key));
  }

  /** Brings one task run in step with its run. Idempotent. One that is held asks for no slot while it is queued. */
  update(run: Run, key: TaskKey, is_held = false): void {
    this.#leave(run.id, key);
    const record = recordOf(run);
    const task = record.task_runs.get(key);
    if (task === undefined) return;
    if (isLive(task)) this.#enter(record, task).live.add(key);
    else if (task.state === "waiting" && maxParallelOf(record, task) !== undefined) {
      this.#enter(record, task).waiting.add(key);
    }
    // In a run that was ended because of an internal error nothing is begun any more.
    else if (task.state === "queued" && !is_held && !isFinal(run.state)) {
      this.#enter(record, task).queued.set(key, placeOf(record, task));
    }
  }

  /** How the concurrency and each pool are used now. What needs a pool stands in both. Costs as much as there are task runs in them. */
  use(): readonly SlotUse[] {
    const { concurrency, pools } = this.#limits;
    const lanes = [...this.#lanes.values()];
    const named = Object.entries(pools).map(([pool, slots]) => ({
      pool,
      ...useOf(
        slots,
        lanes.filter((lane) => lane.pool === pool),
        ({ pool_slots }) => pool_slots,
      ),
    }));
    return [useOf(concurrency, lanes, () => 1), ...named];
  }

  /** Forgets a run. */
  withdrawRun(run_id: RunId): void {
    for (const key of [...(this.#lane_of.get(run_id)?.keys() ?? [])]) this.#leave(run_id, key);
  }

  /**
   * Who gets a slot now, and who can never get one, as inputs for their runs. Changes nothing by
   * itself: `update` follows what the runs make of it. Costs as much as there are lanes and grants.
   */
  grant(): SlotDecision[] {
    const refused: SlotDecision[] = [];
    const heads = new IndexedHeap<Lane, Place>(comparePlaces);
    for (const lane of this.#lanes.values()) {
      const first = lane.queued.peek();
      if (first === undefined) continue;
      const message = this.#impossible(lane);
      if (message === undefined) heads.set(lane, first.value);
      else for (const key of lane.queued.keys()) refused.push(refusal(lane.run_id, key, message));
    }
    return [...refused, ...this.#grantTo(heads)];
  }

  #grantTo(heads: IndexedHeap<Lane, Place>): SlotDecision[] {
    const taken = new Taken(this.#limits, this.#lanes.values());
    const granted: { readonly lane: Lane; readonly key: TaskKey; readonly value: Place }[] = [];
    for (let head = heads.peek(); head !== undefined && !taken.isFull; head = heads.peek()) {
      const lane = head.key;
      const next = taken.hasRoom(lane) ? lane.queued.peek() : undefined;
      if (next !== undefined) {
        taken.add(lane, 1);
        granted.push({ lane, ...next });
        lane.queued.delete(next.key);
      }
      const following = next && lane.queued.peek();
      if (following === undefined) heads.delete(lane);
      else heads.set(lane, following.value);
    }
    for (const { lane, key, value } of granted) lane.queued.set(key, value);
    const by_run = Map.groupBy(granted, ({ lane }) => lane.run_id);
    return Array.from(by_run, ([run_id, grants]) => ({
      run_id,
      input: { type: "slots_granted", keys: grants.map(({ key }) => key) },
    }));
  }

  /** Why nothing of this lane can ever run; undefined when it can. */
  #impossible({ pool, pool_slots }: Lane): string | undefined {
    if (pool === undefined) return undefined;
    const slots = Object.hasOwn(this.#limits.pools, pool) ? this.#limits.pools[pool] : undefined;
    if (slots === undefined) return `it needs pool ${pool}, which is not configured`;
    return pool_slots > slots ? `it needs ${pool_slots} slots of pool ${pool}, which has ${slots}` : undefined;
  }

  #leave(run_id: RunId, key: TaskKey): void {
    const lanes = this.#lane_of.get(run_id);
    const lane = lanes?.get(key);
    if (lanes === undefined || lane === undefined) return;
    lane.queued.delete(key);
    lane.live.delete(key);
    lane.waiting.delete(key);
    if (lane.queued.size + lane.live.size + lane.waiting.size === 0) this.#lanes.delete(lane.name);
    lanes.delete(key);
    if (lanes.size === 0) this.#lane_of.delete(run_id);
  }

  #enter(record: RunRecord, task: TaskRun): Lane {
    const lane = this.#laneFor(record, task);
    let lanes = this.#lane_of.get(record.id);
    if (lanes === undefined) {
      lanes = new Map();
      this.#lane_of.set(record.id, lanes);
    }
    lanes.set(task.key, lane);
    return lane;
  }

  #laneFor(record: RunRecord, task: TaskRun): Lane {
    const { pool, pool_slots } = record.planned(task.task).plan;
    const max_parallel = maxParallelOf(record, task);
    const group = max_parallel === undefined ? undefined : `${record.id} ${task.task}`;
    const name = JSON.stringify([record.id, group, pool, pool_slots]);
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = {
      name,
      run_id: record.id,
      max_active_tasks: record.plan.max_active_tasks,
      group,
      max_parallel: max_parallel ?? Number.POSITIVE_INFINITY,
      pool,
      pool_slots,
      queued: new IndexedHeap(comparePlaces),
      live: new Set(),
      waiting: new Set(),
    };
    this.#lanes.set(name, lane);
    return lane;
  }
}

/** What is taken of each limit, worked out anew for every decision. */
class Taken {
  readonly #limits: SlotLimits;
  #all = 0;
  readonly #runs = new Map<RunId, number>();
  readonly #groups = new Map<string, number>();
  readonly #pools = new Map<string, number>();
  /** Pools that somebody waits for: nobody behind them gets what is left. */
  readonly #closed_pools = new Set<string>();

  constructor(limits: SlotLimits, lanes: Iterable<Lane>) {
    this.#limits = limits;
    for (const lane of lanes) {
      this.add(lane, lane.live.size);
      if (lane.group !== undefined) increase(this.#groups, lane.group, lane.waiting.size);
    }
  }

  get isFull(): boolean {
    return this.#all >= this.#limits.concurrency;
  }

  add(lane: Lane, count: number): void {
    this.#all += count;
    increase(this.#runs, lane.run_id, count);
    if (lane.group !== undefined) increase(this.#groups, lane.group, count);
    if (lane.pool !== undefined) increase(this.#pools, lane.pool, count * lane.pool_slots);
  }

  /** Whether one more of this lane fits. */
  hasRoom(lane: Lane): boolean {
    if ((this.#runs.get(lane.run_id) ?? 0) >= lane.max_active_tasks) return false;
    if (lane.group !== undefined && (this.#groups.get(lane.group) ?? 0) >= lane.max_parallel) return false;
    if (lane.pool === undefined) return true;
    const free = (this.#limits.pools[lane.pool] ?? 0) - (this.#pools.get(lane.pool) ?? 0);
    if (free < lane.pool_slots) this.#closed_pools.add(lane.pool);
    return !this.#closed_pools.has(lane.pool);
  }
}

function useOf(slots: number, lanes: readonly Lane[], each: (lane: Lane) => number): Omit<SlotUse, "pool"> {
  const holders = lanes.flatMap((lane) =>
    [...lane.live].map((key) => ({ run_id: lane.run_id, key, slots: each(lane) })),
  );
  const queued = lanes
    .flatMap((lane) => lane.queued.entries().map(({ key, value }) => ({ lane, key, value })))
    .sort((a, b) => comparePlaces(a.value, b.value))
    .map(({ lane, key, value }) => ({ run_id: lane.run_id, key, slots: each(lane), queued_at: value.queued_at }));
  return { slots, used: holders.reduce((sum, holder) => sum + holder.slots, 0), holders, queued };
}

function increase<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function refusal(run_id: RunId, key: TaskKey, message: string): SlotDecision {
  return { run_id, input: { type: "slots_refused", key, message } };
}

function maxParallelOf(record: RunRecord, task: TaskRun): number | undefined {
  return record.planned(task.task).plan.for_each?.max_parallel;
}

function placeOf(record: RunRecord, task: TaskRun): Place {
  const { plan, order } = record.planned(task.task);
  return {
    priority: plan.priority,
    queued_at: task.queued_at ?? 0,
    run_id: record.id,
    order,
    index: task.index ?? 0,
  };
}

function comparePlaces(a: Place, b: Place): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.queued_at !== b.queued_at) return a.queued_at - b.queued_at;
  if (a.run_id !== b.run_id) return a.run_id < b.run_id ? -1 : 1;
  return a.order - b.order || a.index - b.index;
}

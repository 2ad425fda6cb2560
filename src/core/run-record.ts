import { IndexedHeap } from "./indexed-heap.ts";
import { InvariantError, invariant } from "./invariant.ts";
import type { NotificationRequested, Run, RunCreated, RunPlan, RunState, TaskRun } from "./model.ts";
import type { EpochMs, RunId, TaskId, TaskKey } from "./names.ts";
import { excludedBy, PlanIndex, type PlannedTask } from "./plan-index.ts";
import { isFinal, isLive, itemKey, timerOf } from "./task-run.ts";
import type { Tally } from "./trigger-rules.ts";

/** The items of a mapped task since it was last expanded. */
export interface Expansion {
  readonly count: number;
  /** How many items stand where; cancelled ones count as `upstream_failed`. */
  readonly tally: Tally;
}

/** The fields of a run that change, other than its task runs. */
interface Head {
  state: RunState;
  seq: number;
  started_at: EpochMs | undefined;
  finished_at: EpochMs | undefined;
  deadline_at: EpochMs | undefined;
  cancelled_by: string | undefined;
  timed_out: boolean;
  why: string | undefined;
  retries: number;
  /** Time of the last event. Decisions are never stamped earlier, even if the clock is set back. */
  last_at: EpochMs;
}

/** Names the run's own timer among those of its task runs. No task key is empty. */
export const RUN_TIMER = "" as TaskKey;

interface Timer {
  readonly at: EpochMs;
  readonly key: TaskKey;
}

/**
 * A run with the indexes that make one input cost only what it touches. All of them follow from the
 * head, the task runs and the expansions, and are kept in step by `put` alone, so that a replay
 * rebuilds them and they cannot drift.
 */
export class RunRecord implements Run {
  readonly id: RunId;
  readonly plan: RunPlan;
  readonly head: Head = {
    state: "queued",
    seq: 0,
    started_at: undefined,
    finished_at: undefined,
    deadline_at: undefined,
    cancelled_by: undefined,
    timed_out: false,
    why: undefined,
    retries: 0,
    last_at: 0,
  };

  /** Whole task runs that are not decided. */
  readonly open = new Set<PlannedTask>();
  /** Whole task runs that make the run fail. */
  readonly bad = new Set<PlannedTask>();
  /** Task runs that wait for a slot. */
  readonly queued = new Set<TaskKey>();
  /** Task runs with a live attempt. */
  readonly live = new Set<TaskKey>();
  readonly timers = new IndexedHeap<TaskKey, Timer>((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));

  readonly #notifications = new Map<number, NotificationRequested>();
  readonly #task_runs = new Map<TaskKey, TaskRun>();
  readonly #expansions = new Map<TaskId, Expansion>();
  /** By the order of the task: how its upstream tasks stand. */
  readonly #tallies: Tally[] = [];
  /** What a branch leaves out; follows from the branch's task run, which never changes in place. */
  readonly #excluded = new WeakMap<TaskRun, ReadonlySet<PlannedTask>>();
  #index: PlanIndex | undefined;
  #created: { readonly created: RunCreated; readonly at: EpochMs } | undefined;
  /** While trying out: how to take back what was done since, last first. */
  #undo: (() => void)[] | undefined;

  constructor(plan: RunPlan, id: RunId) {
    this.plan = plan;
    this.id = id;
  }

  get created(): RunCreated {
    return this.#begun().created;
  }
  get created_at(): EpochMs {
    return this.#begun().at;
  }
  get state(): RunState {
    return this.head.state;
  }
  get seq(): number {
    return this.head.seq;
  }
  get started_at(): EpochMs | undefined {
    return this.head.started_at;
  }
  get finished_at(): EpochMs | undefined {
    return this.head.finished_at;
  }
  get deadline_at(): EpochMs | undefined {
    return this.head.deadline_at;
  }
  get cancelled_by(): string | undefined {
    return this.head.cancelled_by;
  }
  get timed_out(): boolean {
    return this.head.timed_out;
  }
  get why(): string | undefined {
    return this.head.why;
  }
  get retries(): number {
    return this.head.retries;
  }
  get notifications(): ReadonlyMap<number, NotificationRequested> {
    return this.#notifications;
  }
  get task_runs(): ReadonlyMap<TaskKey, TaskRun> {
    return this.#task_runs;
  }

  #begun(): { readonly created: RunCreated; readonly at: EpochMs } {
    invariant(this.#created !== undefined, () => `run ${this.id} was used before its first event`);
    return this.#created;
  }

  /** Takes the first event: from here on there is a task run for every task. */
  begin(created: RunCreated, at: EpochMs): void {
    invariant(this.#created === undefined, () => `run ${this.id} was created twice`);
    this.#created = { created, at };
    this.#index = PlanIndex.of(this.plan, created.only);
    for (const { needs } of this.tasks) {
      this.#tallies.push({ open: needs.length, success: 0, failed: 0, upstream_failed: 0, skipped: 0 });
    }
    for (const planned of this.tasks) {
      const { id } = planned.plan;
      const key = id as string as TaskKey;
      this.#task_runs.set(key, { key, task: id, state: "none", attempt: 0, retries_used: 0, lost_count: 0 });
      this.open.add(planned);
    }
  }

  /** In the pipeline's order. */
  get tasks(): readonly PlannedTask[] {
    return this.#index?.tasks ?? [];
  }

  find(id: TaskId): PlannedTask | undefined {
    return this.#index?.get(id);
  }

  planned(id: TaskId): PlannedTask {
    const planned = this.find(id);
    invariant(planned !== undefined, () => `run ${this.id} has no task ${id}`);
    return planned;
  }

  taskRun(key: TaskKey): TaskRun {
    const task = this.#task_runs.get(key);
    invariant(task !== undefined, () => `run ${this.id} has no task run ${key}`);
    return task;
  }

  /** The task as a whole. */
  whole(planned: PlannedTask): TaskRun {
    return this.taskRun(planned.plan.id as string as TaskKey);
  }

  tally(planned: PlannedTask): Tally {
    const tally = this.#tallies[planned.order];
    invariant(tally !== undefined, () => `run ${this.id} has no tally for task ${planned.plan.id}`);
    return tally;
  }

  expansion(id: TaskId): Expansion | undefined {
    return this.#expansions.get(id);
  }

  /** The items that a mapped task has now; none before it is expanded. */
  items(id: TaskId): TaskRun[] {
    const count = this.#expansions.get(id)?.count ?? 0;
    return Array.from({ length: count }, (_, index) => this.taskRun(itemKey(id, index)));
  }

  /** Every item that a mapped task ever had. */
  *everyItem(id: TaskId): Iterable<TaskRun> {
    for (let index = 0; ; index++) {
      const item = this.#task_runs.get(itemKey(id, index));
      if (item === undefined) return;
      yield item;
    }
  }

  /** Whether a decided branch leaves this dependant of it out. */
  excludes(branch: PlannedTask, dependant: PlannedTask): boolean {
    const whole = this.whole(branch);
    const chosen = chosenBy(branch, whole);
    if (chosen === undefined) return false;
    let excluded = this.#excluded.get(whole);
    if (excluded === undefined) {
      excluded = excludedBy(branch, chosen);
      this.#excluded.set(whole, excluded);
    }
    return excluded.has(dependant);
  }

  /** Remembers a message that is to be sent, or forgets one that is settled. */
  setNotification(number: number, request: NotificationRequested | undefined): void {
    const before = this.#notifications.get(number);
    if (request === undefined) this.#notifications.delete(number);
    else this.#notifications.set(number, request);
    this.#undo?.push(() => this.setNotification(number, before));
  }

  /** Puts a task run in the place of its predecessor and brings every index in step. */
  put(next: TaskRun): void {
    const prev = this.#task_runs.get(next.key);
    this.#task_runs.set(next.key, next);
    this.#reindex(next.key, prev, next);
    this.#undo?.push(() => (prev === undefined ? this.#drop(next) : this.put(prev)));
  }

  #drop(task: TaskRun): void {
    this.#task_runs.delete(task.key);
    this.#reindex(task.key, task, undefined);
  }

  /** Says which items a mapped task has, after they were put; `undefined`: it is not expanded any more. */
  setExpansion(id: TaskId, count: number | undefined): void {
    const prev = this.#expansions.get(id);
    const tally = { open: count ?? 0, success: 0, failed: 0, upstream_failed: 0, skipped: 0 };
    this.#restoreExpansion(id, count === undefined ? undefined : { count, tally });
    this.#undo?.push(() => this.#restoreExpansion(id, prev));
  }

  #restoreExpansion(id: TaskId, expansion: Expansion | undefined): void {
    if (expansion === undefined) this.#expansions.delete(id);
    else this.#expansions.set(id, expansion);
  }

  /** Arms the timer of the run's own deadline, or disarms it. */
  setRunTimer(at: EpochMs | undefined): void {
    const prev = this.head.deadline_at;
    this.head.deadline_at = at;
    this.#setTimer(RUN_TIMER, at);
    this.#undo?.push(() => this.#setTimer(RUN_TIMER, prev));
  }

  #setTimer(key: TaskKey, at: EpochMs | undefined): void {
    if (at === undefined) this.timers.delete(key);
    else this.timers.set(key, { at, key });
  }

  #reindex(key: TaskKey, prev: TaskRun | undefined, next: TaskRun | undefined): void {
    member(this.queued, key, next?.state === "queued");
    member(this.live, key, next !== undefined && isLive(next));
    this.#setTimer(key, next && timerOf(next));
    const either = next ?? prev;
    invariant(either !== undefined, () => `task run ${key} came from nowhere`);
    const planned = this.planned(either.task);
    if (either.index === undefined) this.#reindexWhole(planned, prev, next);
    else this.#reindexItem(either.index, planned, prev, next);
  }

  #reindexWhole(planned: PlannedTask, prev: TaskRun | undefined, next: TaskRun | undefined): void {
    if (prev === undefined || next === undefined) throw new InvariantError(`task ${planned.plan.id} came or went`);
    member(this.open, planned, !isFinal(next.state));
    member(this.bad, planned, isBad(planned, next));
    const before = seenAs(planned, prev);
    const after = seenAs(planned, next);
    if (before === after) return;
    for (const dependant of planned.dependants) move(this.tally(dependant), before, after);
  }

  #reindexItem(index: number, planned: PlannedTask, prev: TaskRun | undefined, next: TaskRun | undefined): void {
    const expansion = this.#expansions.get(planned.plan.id);
    if (expansion === undefined || index >= expansion.count || prev === undefined || next === undefined) return;
    move(expansion.tally, itemSeenAs(prev), itemSeenAs(next));
  }

  /** Does what it is told on this very run, and takes all of it back. Costs only what was touched. */
  tryOut<T>(work: () => T): T {
    invariant(this.#undo === undefined, () => `run ${this.id} is being decided already`);
    const undo: (() => void)[] = [];
    const head = { ...this.head };
    this.#undo = undo;
    try {
      return work();
    } finally {
      this.#undo = undefined;
      for (const takeBack of undo.reverse()) takeBack();
      Object.assign(this.head, head);
    }
  }
}

/** The record behind a run that this room made. */
export function recordOf(run: Run): RunRecord {
  invariant(run instanceof RunRecord, () => `run ${run.id} was not made by newRun or replay`);
  return run;
}

function member<T>(set: Set<T>, value: T, belongs: boolean): void {
  if (belongs) set.add(value);
  else set.delete(value);
}

function move(tally: Tally, from: keyof Tally, to: keyof Tally): void {
  tally[from]--;
  tally[to]++;
}

/** How the tasks that need it see a task. An allowed failure counts as a success: the run goes on. */
export function seenAs(planned: PlannedTask, whole: TaskRun): keyof Tally {
  switch (whole.state) {
    case "failed":
      return planned.plan.allow_failure ? "success" : "failed";
    case "success":
    case "skipped":
    case "upstream_failed":
      return whole.state;
    case "cancelled":
      return "upstream_failed";
    default:
      return "open";
  }
}

function itemSeenAs(item: TaskRun): keyof Tally {
  switch (item.state) {
    case "success":
    case "failed":
    case "skipped":
      return item.state;
    case "cancelled":
      return "upstream_failed";
    default:
      return "open";
  }
}

function isBad(planned: PlannedTask, whole: TaskRun): boolean {
  const { state } = whole;
  return (state === "failed" || state === "upstream_failed" || state === "cancelled") && !planned.plan.allow_failure;
}

/** What a branch chose; undefined when it leaves nothing out. A branch whose failure is allowed chose nothing. */
function chosenBy(branch: PlannedTask, whole: TaskRun): readonly TaskId[] | undefined {
  if (whole.state === "success") return whole.chosen;
  return whole.state === "failed" && branch.plan.allow_failure ? [] : undefined;
}

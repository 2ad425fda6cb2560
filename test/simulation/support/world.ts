import type { AttemptOutcome, RunId, RunPlan, StopReason, TaskId, TaskKey } from "../../../src/core/index.ts";
import { Graph } from "./oracle.ts";
import type { Random } from "./random.ts";

/** Names an attempt in the world. */
export interface AttemptName {
  readonly run_id: RunId;
  readonly key: TaskKey;
  readonly attempt: number;
}

/** What comes back from the world. */
export type WorldReport = AttemptName &
  ({ readonly type: "ended"; readonly outcome: AttemptOutcome } | { readonly type: "waits" });

/** An attempt in the world, and what it is going to do. */
interface Process {
  readonly name: AttemptName;
  readonly pool: string | undefined;
  readonly pool_slots: number;
  readonly task: TaskId;
  /** When it gives its slot back and goes on inside the engine; never, if it is infinite. */
  readonly waits_at: number;
  /** Infinite: it waits for somebody's answer. */
  ends_at: number;
  does: AttemptOutcome;
  /** It has given its slot back. */
  waits: boolean;
  /** It waited inside an engine that is dead, and no engine has taken it up. */
  asleep: boolean;
  /** It has ended, and its result lies in a file. */
  over: boolean;
}

/**
 * What really happens: processes that start, end, wait, ignore signals and die with their machine.
 * Outside of the machine under test, and the judge of what it believes. Its time only goes forward.
 */
export class World {
  readonly #random: Random;
  /** How likely each kind of trouble is, 0..1. */
  readonly #spice: number;
  /** Processes that run, or ended while nobody took note. */
  readonly #processes = new Map<string, Process>();
  /** Every attempt that ever succeeded, with all that it handed on or was answered. */
  readonly #succeeded = new Map<string, AttemptOutcome[]>();
  #reports: WorldReport[] = [];
  time = 0;

  constructor(random: Random, spice: number) {
    this.#random = random;
    this.#spice = spice;
  }

  /** Starts an attempt unless it runs already. */
  start(name: AttemptName, plan: RunPlan): void {
    const id = idOf(name);
    if (this.#processes.has(id)) return;
    const { id: task, pool, pool_slots } = taskOf(plan, name.key);
    const ends_at = this.time + this.#random.int(200);
    const waits = this.#random.chance(this.#spice / 2);
    this.#processes.set(id, {
      name,
      pool,
      pool_slots,
      task,
      waits_at: waits ? ends_at : Number.POSITIVE_INFINITY,
      ends_at: waits ? this.#endOfWait(ends_at) : ends_at,
      does: this.#fate(plan, task),
      waits: false,
      asleep: false,
      over: false,
    });
  }

  /** Some wait for no time at all, and some until somebody answers. */
  #endOfWait(since: number): number {
    if (this.#random.chance(0.3)) return Number.POSITIVE_INFINITY;
    return this.#random.chance(0.2) ? since : since + this.#random.int(500);
  }

  /** What an attempt is going to do. */
  #fate(plan: RunPlan, task: TaskId): AttemptOutcome {
    const random = this.#random;
    if (random.chance(0.65)) return this.#success(plan, task);
    if (random.chance(this.#spice)) return { state: "skipped", message: "it skipped itself" };
    if (random.chance(this.#spice / 2)) return { state: "lost", message: "its machine is gone" };
    const reason = random.pick(["exit_code", "signal", "spawn_failed", "output_invalid", "timeout"] as const);
    return { state: "failed", failure: { reason, message: "it went wrong" } };
  }

  #success(plan: RunPlan, id: TaskId): AttemptOutcome {
    const outputs = { value: this.#random.int(1000) };
    const task = plan.tasks.find((one) => one.id === id);
    if (!task?.branch) return { state: "success", outputs };
    const dependants = new Graph(plan, undefined).dependantsOf(id);
    if (this.#random.chance(this.#spice / 10)) return { state: "success", outputs, chosen: [id] };
    return { state: "success", outputs, chosen: dependants.filter(() => this.#random.chance(0.5)) };
  }

  /** Asks a process to end. Some do at once, some finish what they do first. */
  stop(name: AttemptName, why: StopReason, grace_ms: number): void {
    const process = this.#processes.get(idOf(name));
    if (process === undefined || process.over || process.asleep) return;
    const ends_at = this.time + this.#random.int(Math.min(grace_ms, 50));
    if (ends_at >= process.ends_at) return;
    process.ends_at = ends_at;
    if (this.#random.chance(0.8)) {
      process.does = { state: "failed", failure: { reason: "signal", message: `stopped: ${why}`, signal: "SIGTERM" } };
    }
  }

  /** When the next process ends or begins to wait. Infinite when it waits for an answer. */
  nextEnd(): number | undefined {
    const moments = this.held().map(({ waits, waits_at, ends_at }) => (waits ? ends_at : Math.min(waits_at, ends_at)));
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** Lets time pass. What begins to wait by then, and what ends, is reported. */
  advance(ms: number): void {
    this.time += ms;
    for (const process of this.held()) {
      if (!process.waits && process.waits_at <= this.time && process.waits_at <= process.ends_at) {
        process.waits = true;
        this.#reports.push({ ...process.name, type: "waits" });
      }
      if (process.ends_at > this.time) continue;
      process.over = true;
      if (process.does.state === "success") this.#succeed(process.name, process.does);
      this.#reports.push(endOf(process));
    }
  }

  #succeed(name: AttemptName, outcome: AttemptOutcome): void {
    this.#succeeded.set(idOf(name), [...this.successesOf(name), outcome]);
  }

  /** Takes what was reported since. */
  takeReports(): WorldReport[] {
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  /** The engine has taken note of a report for good: the world may forget the process. */
  acknowledge(name: AttemptName): void {
    if (this.#processes.get(idOf(name))?.over) this.#processes.delete(idOf(name));
  }

  /** The engine's process dies; each of its attempts may die with it. What waits inside it goes no further by itself. */
  crash(): void {
    this.#reports = [];
    for (const [id, process] of this.#processes) {
      if (!process.over && this.#random.chance(this.#spice)) this.#processes.delete(id);
      else process.asleep = process.waits && !process.over;
    }
  }

  /** After a restart: forgets what the engine has taken note of already. */
  keepOnly(open: readonly AttemptName[]): void {
    const ids = new Set(open.map(idOf));
    for (const [id, { over, asleep }] of this.#processes)
      if ((over || asleep) && !ids.has(id)) this.#processes.delete(id);
  }

  /** Somebody answers an attempt that waits: what comes of that is true, whether the engine takes note of it or not. */
  answer(name: AttemptName, outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.state === "success") this.#succeed(name, outcome);
    return outcome;
  }

  /** Finds an attempt after a restart: it runs, or waits on, or left its result, or is lost. From here on it is known again. */
  adopt(name: AttemptName, plan: RunPlan): void {
    const process = this.#processes.get(idOf(name)) ?? this.#lost(name, plan);
    if (process.over) this.#reports.push(endOf(process));
    else if (process.waits) {
      process.asleep = false;
      this.#reports.push({ ...process.name, type: "waits" });
    }
  }

  #lost(name: AttemptName, plan: RunPlan): Process {
    const { id: task, pool, pool_slots } = taskOf(plan, name.key);
    const does = { state: "lost", message: "nobody knows what became of it" } as const;
    const { time } = this;
    const state = { waits_at: time, ends_at: time, waits: false, asleep: false, over: true };
    const lost = { name, pool, pool_slots, task, does, ...state };
    this.#processes.set(idOf(name), lost);
    return lost;
  }

  /** Whether this very attempt has really succeeded, and with what: as it ended, and as it was answered. */
  successesOf(name: AttemptName): readonly AttemptOutcome[] {
    return this.#succeeded.get(idOf(name)) ?? [];
  }

  /** What an engine has to do with: processes that run now, and what waits inside it. */
  held(): readonly Process[] {
    return [...this.#processes.values()].filter(({ over, asleep }) => !over && !asleep);
  }

  /** Processes that run now, each in a slot. */
  running(): readonly Process[] {
    return this.held().filter(({ waits }) => !waits);
  }
}

function idOf({ run_id, key, attempt }: AttemptName): string {
  return `${run_id}/${key}#${attempt}`;
}

function endOf({ name, does }: Process): WorldReport {
  return { ...name, type: "ended", outcome: does };
}

/** The task that a task run belongs to. */
export function taskOf(plan: RunPlan, key: TaskKey): RunPlan["tasks"][number] {
  const id = key.replace(/\[\d+\]$/, "");
  const task = plan.tasks.find((one) => one.id === id);
  if (task === undefined) throw new Error(`the plan has no task ${id}`);
  return task;
}

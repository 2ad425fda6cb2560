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
  (
    | { readonly type: "ended"; readonly outcome: AttemptOutcome }
    | { readonly type: "waits"; readonly wake_at?: number }
  );

/** The process of an attempt, and what it is going to do. */
interface Process {
  readonly name: AttemptName;
  readonly pool: string | undefined;
  readonly pool_slots: number;
  readonly task: TaskId;
  ends_at: number;
  does: AttemptOutcome | { readonly state: "waits"; readonly wake_in_ms?: number };
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
  /** Every attempt that ever succeeded, with what it handed on. */
  readonly #succeeded = new Map<string, AttemptOutcome>();
  /** Attempts that wait, and how often each has looked. */
  readonly #looks = new Map<string, number>();
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
    const task = taskOf(plan, name.key);
    const looks = (this.#looks.get(id) ?? 0) + 1;
    this.#looks.set(id, looks);
    this.#processes.set(id, {
      name,
      pool: task.pool,
      pool_slots: task.pool_slots,
      task: task.id,
      ends_at: this.time + this.#random.int(200),
      does: this.#fate(plan, task.id, looks),
      over: false,
    });
  }

  /** What an attempt is going to do. Sensors look at most a few times, so that every world comes to rest. */
  #fate(plan: RunPlan, task: TaskId, looks: number): Process["does"] {
    const random = this.#random;
    if (random.chance(this.#spice / 2) && looks < 4) {
      return { state: "waits", ...(random.chance(0.8) && { wake_in_ms: random.int(150) - 20 }) };
    }
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
    if (process === undefined || process.over) return;
    const ends_at = this.time + this.#random.int(Math.min(grace_ms, 50));
    if (ends_at >= process.ends_at) return;
    process.ends_at = ends_at;
    if (this.#random.chance(0.8)) {
      process.does = { state: "failed", failure: { reason: "signal", message: `stopped: ${why}`, signal: "SIGTERM" } };
    } else if (process.does.state === "waits") {
      process.does = { state: "skipped", message: "it was about to wait" };
    }
  }

  /** When the next process ends. */
  nextEnd(): number | undefined {
    const ends = [...this.#processes.values()].filter((process) => !process.over).map((process) => process.ends_at);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Lets time pass. What ends by then is reported. */
  advance(ms: number): void {
    this.time += ms;
    for (const process of this.#processes.values()) {
      if (process.over || process.ends_at > this.time) continue;
      process.over = true;
      if (process.does.state === "success") this.#succeeded.set(idOf(process.name), process.does);
      this.#reports.push(reportOf(process, this.time));
    }
  }

  /** Takes what was reported since. `clock` is what the engine believes the time to be. */
  takeReports(clock: number): WorldReport[] {
    const reports = this.#reports.map((report) =>
      report.type === "waits" && report.wake_at !== undefined
        ? { ...report, wake_at: report.wake_at - this.time + clock }
        : report,
    );
    this.#reports = [];
    return reports;
  }

  /** The engine has taken note of a report for good: the world may forget the process. */
  acknowledge(name: AttemptName): void {
    if (this.#processes.get(idOf(name))?.over) this.#processes.delete(idOf(name));
  }

  /** The engine's process dies; each of its attempts may die with it. */
  crash(): void {
    this.#reports = [];
    for (const [id, process] of this.#processes) {
      if (!process.over && this.#random.chance(this.#spice)) this.#processes.delete(id);
    }
  }

  /** After a restart: forgets what the engine has taken note of already. */
  keepOnly(open: readonly AttemptName[]): void {
    const ids = new Set(open.map(idOf));
    for (const [id, process] of this.#processes) if (process.over && !ids.has(id)) this.#processes.delete(id);
  }

  /** Somebody answers an attempt that waits for an answer. */
  answer(name: AttemptName, outcome: AttemptOutcome): WorldReport {
    if (outcome.state === "success") this.#succeeded.set(idOf(name), outcome);
    return { ...name, type: "ended", outcome };
  }

  /** Finds an attempt after a restart: it runs, or left its result, or is lost. From here on it is known again. */
  adopt(name: AttemptName, plan: RunPlan): void {
    const process = this.#processes.get(idOf(name)) ?? this.#lost(name, plan);
    if (process.over) this.#reports.push(reportOf(process, this.time));
  }

  #lost(name: AttemptName, plan: RunPlan): Process {
    const { id: task, pool, pool_slots } = taskOf(plan, name.key);
    const does = { state: "lost", message: "nobody knows what became of it" } as const;
    const lost = { name, pool, pool_slots, task, ends_at: this.time, does, over: true };
    this.#processes.set(idOf(name), lost);
    return lost;
  }

  /** Whether this very attempt has really succeeded, and with what. */
  successOf(name: AttemptName): AttemptOutcome | undefined {
    return this.#succeeded.get(idOf(name));
  }

  /** Processes that run now. */
  running(): readonly {
    readonly name: AttemptName;
    readonly task: TaskId;
    readonly pool: string | undefined;
    readonly pool_slots: number;
  }[] {
    return [...this.#processes.values()].filter((process) => !process.over);
  }
}

function idOf({ run_id, key, attempt }: AttemptName): string {
  return `${run_id}/${key}#${attempt}`;
}

function reportOf({ name, does }: Process, time: number): WorldReport {
  if (does.state !== "waits") return { ...name, type: "ended", outcome: does };
  return { ...name, type: "waits", ...(does.wake_in_ms !== undefined && { wake_at: time + does.wake_in_ms }) };
}

/** The task that a task run belongs to. */
export function taskOf(plan: RunPlan, key: TaskKey): RunPlan["tasks"][number] {
  const id = key.replace(/\[\d+\]$/, "");
  const task = plan.tasks.find((one) => one.id === id);
  if (task === undefined) throw new Error(`the plan has no task ${id}`);
  return task;
}

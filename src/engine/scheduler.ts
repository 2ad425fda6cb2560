import { type EpochMs, IndexedHeap } from "../core/index.ts";
import type { Pipeline, Schedule } from "../language/index.ts";
import { Listeners } from "../lib/index.ts";
import {
  decideSlots,
  firstWatermark,
  hasSlots,
  isFarAhead,
  nextSlot,
  type SkippedRange,
  type SlotAnswer,
  slotBefore,
  slotsBetween,
  withoutSlots,
} from "../schedule/index.ts";
import { EngineError } from "./errors.ts";
import type { Clock, RunRow, ScheduleRow, Store } from "./ports.ts";

/** What the scheduler has of the world. */
export interface SchedulerHost {
  readonly store: Store;
  readonly clock: Clock;
  /** Creates the run of a slot; resolves once it is committed. Rejects with "SLOT_TAKEN" when the slot has one. */
  createRun(pipeline: Pipeline, slot: SlotRun): Promise<void>;
  /** Runs of a pipeline that have not ended, and those of them that have not started. */
  load(pipeline: string): { readonly unfinished: number; readonly queued: number };
  /** Cancels the runs of a pipeline that have started. */
  cancelStarted(pipeline: string): Promise<void>;
  /** Told of what went wrong and is tried again. */
  onTrouble(message: string, cause: unknown): void;
}

/** What a scheduled run is for. */
export interface SlotRun {
  /** Tells it from every other scheduled run of the pipeline. */
  readonly slot: EpochMs;
  readonly logical_date: EpochMs;
  readonly data_interval_start: EpochMs;
  readonly data_interval_end: EpochMs;
}

/** What the scheduler did, after it is stored. */
export type SchedulerEvent =
  | { readonly type: "slot_run"; readonly pipeline: string; readonly slot: EpochMs; readonly delay_ms: number }
  | ({ readonly type: "slots_skipped"; readonly pipeline: string } & SkippedRange)
  | { readonly type: "paused" | "resumed"; readonly pipeline: string; readonly by: string };

/** After a failure of the store or of a pipeline, in milliseconds. */
const TRY_AGAIN_MS = 5_000;

/** The longest wait, in milliseconds: a clock that is set forward wakes nobody. */
const LOOK_MAX_MS = 60_000;

interface Scheduled {
  pipeline: Pipeline;
  row: ScheduleRow;
  /** One decision at a time: each rests on the one before. */
  deciding: boolean;
  /** Asked for while it was deciding. */
  again: boolean;
}

/** Records of skipped slots that are taken back at once, when a clock was ahead: the newest, which are those. */
const TAKEN_BACK_MAX = 1_000;

/**
 * Starts runs when the schedules of pipelines are due. One heap of wake-ups for all; a pipeline costs nothing until its
 * time comes. What is decided of a slot is stored before it is told; a crash in between asks the same question again,
 * and a slot that has its run already gets no second one.
 */
export class Scheduler {
  readonly #host: SchedulerHost;
  readonly #live = new Map<string, Scheduled>();
  /** Of pipelines that are not live too: a file that comes back goes on where it was. */
  readonly #rows: Map<string, ScheduleRow>;
  /** Pipelines that run after one. */
  readonly #followers = new Map<string, readonly string[]>();
  readonly #wakes = new IndexedHeap<string, EpochMs>((a, b) => a - b);
  readonly #listeners: Listeners<SchedulerEvent>;
  readonly #deciding = new Set<Promise<void>>();
  #timer: { readonly at: EpochMs; readonly cancel: () => void } | undefined;
  #closed = false;

  private constructor(host: SchedulerHost, rows: readonly ScheduleRow[]) {
    this.#host = host;
    this.#listeners = new Listeners(host.onTrouble);
    this.#rows = new Map(rows.map((row) => [row.pipeline, row]));
  }

  /** Reads what was decided before. Nothing is due until pipelines are set. Rejects with a `StoreError`. */
  static async open(host: SchedulerHost): Promise<Scheduler> {
    return new Scheduler(host, await host.store.listSchedules());
  }

  /** These pipelines are live, and no others: of the others nothing comes due. */
  setPipelines(pipelines: Iterable<Pipeline>): void {
    const gone = new Set(this.#live.keys());
    for (const pipeline of pipelines) {
      gone.delete(pipeline.name);
      const known = this.#live.get(pipeline.name);
      const isSame = known?.pipeline.version === pipeline.version;
      // The same version may have been read from another commit.
      if (known !== undefined) known.pipeline = pipeline;
      if (isSame) continue;
      if (known === undefined) {
        const row = this.#rows.get(pipeline.name) ?? this.#newRow(pipeline);
        this.#live.set(pipeline.name, { pipeline, row, deciding: false, again: false });
      }
      this.#wakeAt(pipeline.name, this.#host.clock.now());
    }
    for (const name of gone) {
      this.#live.delete(name);
      this.#wakes.delete(name);
    }
    this.#followers.clear();
    for (const { pipeline } of this.#live.values()) {
      for (const name of pipeline.schedule?.after ?? []) {
        this.#followers.set(name, [...(this.#followers.get(name) ?? []), pipeline.name]);
      }
    }
    this.#setTimer();
  }

  /** A run of a pipeline has ended: there may be room for another, and others may have waited for it. */
  runEnded(pipeline: string): void {
    const now = this.#host.clock.now();
    if (this.#live.has(pipeline)) this.#wakeAt(pipeline, now);
    for (const name of this.#followers.get(pipeline) ?? []) this.#wakeAt(name, now);
    this.#setTimer();
  }

  /** How the schedule of a live pipeline stands; undefined for one that is not live. */
  row(pipeline: string): ScheduleRow | undefined {
    return this.#live.get(pipeline)?.row;
  }

  /** The next slot of a live pipeline; undefined without one, and while it is paused. */
  next(pipeline: string): EpochMs | undefined {
    const scheduled = this.#live.get(pipeline);
    const schedule = scheduled?.pipeline.schedule;
    if (scheduled === undefined || schedule === undefined || scheduled.row.paused_at !== undefined) return undefined;
    return hasSlots(schedule) ? nextSlot(schedule, scheduled.row.decided_until) : undefined;
  }

  /** Slots of the pipeline that come due are skipped from now on. Resolves once that is stored. */
  async pause(pipeline: string, by: string, why?: string): Promise<void> {
    const paused_at = this.#host.clock.now();
    await this.#change(pipeline, { paused_at, paused_by: by, ...(why !== undefined && { paused_why: why }) });
    this.#listeners.tell({ type: "paused", pipeline, by });
  }

  /** Ends a pause. What came due meanwhile is not made up for. Resolves once that is stored. */
  async resume(pipeline: string, by: string): Promise<void> {
    const scheduled = this.#find(pipeline);
    if (scheduled.row.paused_at === undefined) return;
    await this.#change(pipeline, {});
    this.#listeners.tell({ type: "resumed", pipeline, by });
  }

  /** Calls the listener with what is done, after it is stored. Returns how to stop. */
  subscribe(listener: (event: SchedulerEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Starts nothing more. Resolves when what was being decided is stored. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await Promise.all(this.#deciding);
  }

  #newRow({ name, schedule }: Pipeline): ScheduleRow {
    const now = this.#host.clock.now();
    const decided_until =
      schedule === undefined ? now : firstWatermark({ timetable: schedule, catchup: schedule.catchup, now });
    return { pipeline: name, known_since: now, decided_until };
  }

  #find(pipeline: string): Scheduled {
    const scheduled = this.#live.get(pipeline);
    if (scheduled === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline });
    return scheduled;
  }

  /** What came due before counts as before: it is decided first. */
  async #change(pipeline: string, pause: Pick<ScheduleRow, "paused_at" | "paused_by" | "paused_why">): Promise<void> {
    const scheduled = this.#find(pipeline);
    await this.#decide(pipeline, scheduled);
    const { known_since, decided_until } = scheduled.row;
    await this.#put(scheduled, { pipeline, known_since, decided_until, ...pause }, []);
    this.#wakeAt(pipeline, this.#host.clock.now());
    this.#setTimer();
  }

  // -------------------------------------------------------------------------------------------
  // Waking

  #wakeAt(pipeline: string, at: EpochMs): void {
    this.#wakes.set(pipeline, at);
  }

  #setTimer(): void {
    const soonest = this.#wakes.peek()?.value;
    const at = soonest === undefined ? undefined : Math.min(soonest, this.#host.clock.now() + LOOK_MAX_MS);
    if (at === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#closed || at === undefined) return;
    const cancel = this.#host.clock.wakeAt(at, () => this.#wake());
    this.#timer = { at, cancel };
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#host.clock.now();
    for (let next = this.#wakes.peek(); next !== undefined && next.value <= now; next = this.#wakes.peek()) {
      this.#wakes.delete(next.key);
      const scheduled = this.#live.get(next.key);
      if (scheduled !== undefined) void this.#decide(next.key, scheduled);
    }
    this.#setTimer();
  }

  // -------------------------------------------------------------------------------------------
  // Deciding

  /** Decides what has come due of one pipeline. Never rejects: what fails is tried again. */
  async #decide(name: string, scheduled: Scheduled): Promise<void> {
    if (scheduled.deciding) {
      scheduled.again = true;
      return;
    }
    scheduled.deciding = true;
    const work = this.#carryOut(scheduled)
      .catch((error: unknown) => {
        this.#host.onTrouble(`the schedule of ${name} is tried again`, error);
        return this.#host.clock.now() + TRY_AGAIN_MS;
      })
      .then((wake_at) => {
        scheduled.deciding = false;
        if (this.#live.get(name) !== scheduled) return;
        const at = scheduled.again ? this.#host.clock.now() : wake_at;
        scheduled.again = false;
        if (at !== undefined) this.#wakeAt(name, at);
        this.#setTimer();
      });
    this.#deciding.add(work);
    await work;
    this.#deciding.delete(work);
  }

  /** The result is when to look again. */
  async #carryOut(scheduled: Scheduled): Promise<EpochMs | undefined> {
    const { pipeline } = scheduled;
    const { name, schedule } = pipeline;
    if (this.#closed) return undefined;
    // From when on it is known counts for good.
    if (!this.#rows.has(name)) await this.#put(scheduled, scheduled.row, []);
    if (schedule === undefined) return undefined;
    const now = this.#host.clock.now();
    if (schedule.after.length > 0) return this.#follow(scheduled, schedule.after, now);
    if (isFarAhead(scheduled.row.decided_until, now)) await this.#takeBack(scheduled, schedule, now);
    const { row } = scheduled;
    const answer = decideSlots({
      pipeline: name,
      timetable: schedule,
      catchup: schedule.catchup,
      overlap: pipeline.overlap,
      max_active_runs: pipeline.max_active_runs,
      decided_until: row.decided_until,
      now,
      paused: row.paused_at !== undefined,
      ...this.#host.load(name),
    });
    const skipped = [...(await this.#withoutRuns(name, schedule, answer.skipped))];
    for (const slot of answer.run) {
      const data_interval_start = slotBefore(schedule, slot) ?? slot;
      const run = { slot, logical_date: slot, data_interval_start, data_interval_end: slot };
      const reason = await this.#start(pipeline, run);
      if (reason !== undefined) skipped.push({ reason, first: slot, last: slot, count: 1 });
    }
    await this.#keep(scheduled, { ...answer, skipped }, now);
    return answer.wake_at;
  }

  /** The clock was hours ahead: slots from now on come again, and none of them was skipped. */
  async #takeBack(scheduled: Scheduled, schedule: Schedule, now: EpochMs): Promise<void> {
    const { row } = scheduled;
    const found = await this.#host.store.listSkippedSlots(TAKEN_BACK_MAX, row.pipeline);
    const wrong = found.filter(({ last }) => last > now);
    const kept = wrong.flatMap((range) => {
      const slots = slotsBetween(schedule, range.first - 1, now, range.count);
      const last = slots.at(-1);
      return last === undefined ? [] : [{ ...range, last, count: slots.length }];
    });
    await this.#put(scheduled, { ...row, decided_until: now }, kept, wrong);
  }

  /**
   * Slots that are skipped now, without those that have their run: they were decided before, and that was not kept, or by a clock
   * that was ahead.
   */
  async #withoutRuns(
    pipeline: string,
    schedule: Schedule,
    skipped: SlotAnswer["skipped"],
  ): Promise<SlotAnswer["skipped"]> {
    const [first, last] = [skipped[0]?.first, skipped.at(-1)?.last];
    if (first === undefined || last === undefined) return skipped;
    return withoutSlots(schedule, skipped, await this.#host.store.listTakenSlots(pipeline, first, last));
  }

  /**
   * Starts a run once all that it follows have succeeded since the last time. What tells it from others is the moment
   * of the last of those successes, so that the same one never counts twice.
   */
  async #follow(scheduled: Scheduled, after: readonly string[], now: EpochMs): Promise<undefined> {
    const { pipeline, row } = scheduled;
    let newest: RunRow | undefined;
    let slot = row.decided_until;
    for (const name of after) {
      const { rows } = await this.#host.store.listRuns({ pipelines: [name], states: ["success"], limit: 1 });
      const [run] = rows;
      if (run?.finished_at === undefined || run.finished_at <= row.decided_until) return undefined;
      slot = Math.max(slot, run.finished_at);
      if (newest === undefined || run.logical_date > newest.logical_date) newest = run;
    }
    if (newest === undefined) return undefined;
    const { logical_date, data_interval_start, data_interval_end } = newest;
    const busy = this.#host.load(pipeline.name).unfinished >= pipeline.max_active_runs;
    const refused =
      row.paused_at !== undefined ? "paused" : busy && pipeline.overlap === "skip" ? "overlap" : undefined;
    const run = { slot, logical_date, data_interval_start, data_interval_end };
    const reason = refused ?? (await this.#start(pipeline, run));
    const skipped = reason === undefined ? [] : [{ reason, first: slot, last: slot, count: 1 } as const];
    await this.#keep(scheduled, { run: [], skipped, decided_until: slot }, now);
    return undefined;
  }

  /** The result is why the slot makes no run; undefined when it has one. */
  async #start(pipeline: Pipeline, run: SlotRun): Promise<"invalid" | undefined> {
    const { overlap, max_active_runs, name } = pipeline;
    const { slot } = run;
    if (overlap === "cancel_running" && this.#host.load(name).unfinished >= max_active_runs) {
      await this.#host.cancelStarted(name);
    }
    try {
      await this.#host.createRun(pipeline, run);
    } catch (error) {
      // An engine that was killed right after has made it.
      if (error instanceof EngineError && error.code === "SLOT_TAKEN") return undefined;
      if (!(error instanceof EngineError && error.code === "PARAMS_INVALID")) throw error;
      this.#host.onTrouble(`the slot ${new Date(slot).toISOString()} of ${name} makes no run`, error);
      return "invalid";
    }
    this.#listeners.tell({ type: "slot_run", pipeline: name, slot, delay_ms: this.#host.clock.now() - slot });
    return undefined;
  }

  async #keep(scheduled: Scheduled, { skipped, decided_until }: SlotAnswer, decided_at: EpochMs): Promise<void> {
    const { row } = scheduled;
    const pipeline = row.pipeline;
    if (skipped.length === 0 && decided_until === row.decided_until) return;
    await this.#put(
      scheduled,
      { ...row, decided_until },
      skipped.map((range) => ({ pipeline, ...range, decided_at })),
    );
    for (const range of skipped) this.#listeners.tell({ type: "slots_skipped", pipeline, ...range });
  }

  async #put(scheduled: Scheduled, ...decided: Parameters<Store["putSchedule"]>): Promise<void> {
    await this.#host.store.putSchedule(...decided);
    const [row] = decided;
    scheduled.row = row;
    this.#rows.set(row.pipeline, row);
  }
}

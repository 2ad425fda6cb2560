import { setImmediate } from "node:timers/promises";
import type { EpochMs, RunId, RunState } from "../core/index.ts";
import { checkParams, type Pipeline, type Schedule } from "../language/index.ts";
import { type JsonObject, Listeners } from "../lib/index.ts";
import { hasSlots, slotBefore, slotsBetween } from "../schedule/index.ts";
import { EngineError } from "./errors.ts";
import type { BackfillRow, BackfillState, Clock, RunRow, Store } from "./ports.ts";

/** What backfills have of the world. */
export interface BackfillsHost {
  readonly store: Store;
  readonly clock: Clock;
  /** A new id; sorts by time of creation. */
  newId(now: EpochMs): string;
  /** A live pipeline. */
  pipelineOf(name: string): Pipeline | undefined;
  /**
   * Creates a run, or finds the one that has its idempotency key; resolves once it is committed. Rejects with "SLOT_TAKEN"
   * when the slot has one, with "PARAMS_INVALID" when the pipeline takes its params no more.
   */
  createRun(pipeline: Pipeline, run: BackfillRun): Promise<void>;
  cancelRun(run_id: RunId, by: string): Promise<void>;
  /** Told of what went wrong, and of what is tried again. */
  onTrouble(message: string, cause: unknown): void;
}

/** What a run of a backfill is made from. */
export interface BackfillRun {
  readonly backfill_id: string;
  readonly idempotency_key: string;
  readonly by: string;
  readonly params: JsonObject;
  readonly logical_date: EpochMs;
  readonly data_interval_start: EpochMs;
  readonly data_interval_end: EpochMs;
  /** Absent: a run has the slot already. */
  readonly slot?: EpochMs;
}

export interface BackfillRequest {
  readonly pipeline: string;
  /** Slots from this moment to that one, both included; none that has not come yet. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly reprocess: BackfillRow["reprocess"];
  /** How many of its runs may be unfinished at once, 1 to 100. Absent: the pipeline's `max_active_runs`. */
  readonly max_active?: number;
  /** The newest slot first. */
  readonly reverse: boolean;
  readonly params: JsonObject;
}

/** What becomes of a slot: "run_again" has a run, and gets another; "left_out" has one, and keeps it. */
export type SlotFate = "run" | "run_again" | "left_out";

export interface BackfillSlot {
  readonly slot: EpochMs;
  readonly fate: SlotFate;
  /** The newest run that it has. */
  readonly run_id?: RunId;
  readonly state?: RunState;
}

/** Slots of one backfill. */
const SLOTS_MAX = 10_000;
/** Unfinished runs of one backfill: as many of a pipeline may be queued before its schedule leaves slots out. */
const ACTIVE_MAX = 100;
/** The longest range, in milliseconds: a hundred years. A schedule that is seldom due would be looked through for ever. */
const RANGE_MAX_MS = 100 * 366 * 86_400_000;
/** Slots that are looked up in one turn of the event loop. */
const LOOKED_UP_AT_ONCE = 100;
/** Backfills that are looked through for those that have not ended. */
const LISTED_MAX = 1_000;
/** After a failure of the store or of a pipeline, in milliseconds. */
const TRY_AGAIN_MS = 5_000;

const UNFINISHED: readonly RunState[] = ["queued", "running"];

/** A backfill that has not ended. */
interface Going {
  row: BackfillRow;
  cancelled_by: string | undefined;
  /** Settles when nothing more is to be done for now. Never rejects. */
  working: Promise<void> | undefined;
  /** Asked for while it was working. */
  again: boolean;
  /** Why the last round came to nothing. */
  failure: unknown;
  stopWaiting: (() => void) | undefined;
}

/**
 * Makes runs for slots of the past. Which slots is decided when a backfill is started; its runs are then made in order,
 * so many at once. How far it is stands in the store; a run that was made and not counted before a crash is found again
 * by its idempotency key.
 */
export class Backfills {
  readonly #host: BackfillsHost;
  readonly #going = new Map<string, Going>();
  readonly #listeners: Listeners<BackfillRow>;
  #closed = false;

  private constructor(host: BackfillsHost) {
    this.#host = host;
    this.#listeners = new Listeners(host.onTrouble);
  }

  /** Reads which backfills have not ended. Nothing is done before `resume`. Rejects with a `StoreError`. */
  static async open(host: BackfillsHost): Promise<Backfills> {
    const backfills = new Backfills(host);
    for (const row of await host.store.listBackfills(LISTED_MAX)) {
      if (row.finished_at === undefined) backfills.#add(row);
    }
    return backfills;
  }

  /** Goes on with what an earlier process left. */
  resume(): void {
    for (const going of this.#going.values()) void this.#look(going);
  }

  /** The slots of a range, oldest first, and what a backfill would do with each now. Rejects as `start` does. */
  async preview(request: BackfillRequest): Promise<readonly BackfillSlot[]> {
    const { pipeline, slots } = this.#check(request);
    const found: BackfillSlot[] = [];
    for (const [at, slot] of slots.entries()) {
      // Thousands of questions to the store: others get their turn in between.
      if (at % LOOKED_UP_AT_ONCE === LOOKED_UP_AT_ONCE - 1) await setImmediate();
      const runs = await this.#host.store.listRunsOfSlot(pipeline.name, slot);
      const [newest] = runs;
      const had = newest !== undefined && { run_id: newest.run_id, state: newest.state };
      found.push({ slot, fate: fateOf(request.reprocess, runs), ...had });
    }
    return found;
  }

  /**
   * Starts a backfill; resolves once it is stored. One that leaves every slot out has ended at once. Rejects with
   * "PIPELINE_UNKNOWN", "PARAMS_INVALID", or "BACKFILL_REFUSED" for a range, a number or a schedule that can't be.
   */
  async start(request: BackfillRequest, by: string): Promise<BackfillRow> {
    const { max_active } = this.#check(request);
    const slots = (await this.preview(request)).filter(({ fate }) => fate !== "left_out").map(({ slot }) => slot);
    const { pipeline, from, to, reprocess, reverse, params } = request;
    if (this.#closed) throw new EngineError("ENGINE_CLOSED");
    const now = this.#host.clock.now();
    const row: BackfillRow = {
      backfill_id: this.#host.newId(now),
      pipeline,
      state: "running",
      by,
      created_at: now,
      from,
      to,
      reprocess,
      max_active,
      params,
      slots: reverse ? slots.reverse() : slots,
      decided: 0,
    };
    if (slots.length === 0) {
      const ended: BackfillRow = { ...row, state: "success", finished_at: now };
      await this.#host.store.putBackfill(ended);
      this.#listeners.tell(ended);
      return ended;
    }
    await this.#host.store.putBackfill(row);
    this.#listeners.tell(row);
    void this.#look(this.#add(row));
    return row;
  }

  /**
   * Makes no further runs, and cancels those that have not ended. Resolves once that is stored and they are told. Rejects
   * with "BACKFILL_NOT_FOUND", or with "BACKFILL_ENDED".
   */
  async cancel(backfill_id: string, by: string): Promise<void> {
    const going = this.#going.get(backfill_id);
    const row = going?.row ?? (await this.#host.store.getBackfill(backfill_id));
    if (row === undefined) throw new EngineError("BACKFILL_NOT_FOUND", { backfill: backfill_id });
    if (going !== undefined && row.state === "running") {
      going.cancelled_by = by;
      await this.#look(going);
    }
    const { state } = going?.row ?? row;
    if (going !== undefined && state === "running") throw going.failure ?? new EngineError("ENGINE_CLOSED");
    if (row.state !== "running" || state !== "cancelled") {
      throw new EngineError("BACKFILL_ENDED", { backfill: backfill_id, state });
    }
  }

  /** A run of a backfill has ended: the next one may follow. */
  runEnded(backfill_id: string): void {
    const going = this.#going.get(backfill_id);
    if (going !== undefined) void this.#look(going);
  }

  /** Calls the listener with each backfill that starts or ends, after that is stored. Returns how to stop. */
  subscribe(listener: (row: BackfillRow) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Makes no more runs. Resolves when what was under way is stored. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#going.values()];
    for (const { stopWaiting } of all) stopWaiting?.();
    await Promise.all(all.map(({ working }) => working));
  }

  #check(request: BackfillRequest): {
    readonly pipeline: Pipeline;
    readonly slots: readonly EpochMs[];
    readonly max_active: number;
  } {
    const { pipeline: name, from, to, params } = request;
    const pipeline = this.#host.pipelineOf(name);
    if (pipeline === undefined) throw new EngineError("PIPELINE_UNKNOWN", { pipeline: name });
    const { schedule } = pipeline;
    const max_active = request.max_active ?? Math.min(pipeline.max_active_runs, ACTIVE_MAX);
    const checked = checkParams(pipeline, params);
    if (!checked.ok) {
      throw new EngineError("PARAMS_INVALID", { pipeline: name, problems: checked.problems.join("; ") });
    }
    const refuse = (why: string): EngineError => new EngineError("BACKFILL_REFUSED", { pipeline: name, why });
    if (schedule === undefined || !hasSlots(schedule)) throw refuse("its schedule has no times of its own");
    if (!Number.isInteger(max_active) || max_active < 1 || max_active > ACTIVE_MAX) {
      throw refuse(`1 to ${ACTIVE_MAX} of its runs may go at once, not ${max_active}`);
    }
    if (request.reverse && (schedule.depends_on_past || pipeline.tasks.some((task) => task.depends_on_past))) {
      throw refuse("its runs depend on the past, so they can't be made in reverse");
    }
    if (!(from <= to)) throw refuse("the range ends before it begins");
    if (to - from > RANGE_MAX_MS) throw refuse("the range is longer than a hundred years");
    const slots = slotsBetween(schedule, from - 1, Math.min(to, this.#host.clock.now()), SLOTS_MAX + 1);
    if (slots.length === 0) throw refuse("no slot that has come yet lies in the range");
    if (slots.length > SLOTS_MAX) throw refuse(`more than ${SLOTS_MAX} slots lie in the range`);
    return { pipeline, slots, max_active };
  }

  #add(row: BackfillRow): Going {
    const going: Going = {
      row,
      cancelled_by: undefined,
      working: undefined,
      again: false,
      failure: undefined,
      stopWaiting: undefined,
    };
    this.#going.set(row.backfill_id, going);
    return going;
  }

  // -------------------------------------------------------------------------------------------
  // Going on

  /** Does what is to be done of a backfill; settles when that is nothing more for now. Never rejects. */
  #look(going: Going): Promise<void> {
    going.again = true;
    going.working ??= this.#work(going).finally(() => {
      going.working = undefined;
    });
    return going.working;
  }

  async #work(going: Going): Promise<void> {
    going.stopWaiting?.();
    going.stopWaiting = undefined;
    while (going.again && !this.#closed) {
      going.again = false;
      try {
        await this.#round(going);
        going.failure = undefined;
      } catch (error) {
        going.failure = error;
        // A store that closes under our feet is no trouble.
        if (this.#closed) return;
        const { backfill_id, pipeline } = going.row;
        this.#host.onTrouble(`backfill ${backfill_id} of ${pipeline} is tried again`, error);
        going.stopWaiting?.();
        going.stopWaiting = this.#host.clock.wakeIn(TRY_AGAIN_MS, () => void this.#look(going));
      }
    }
  }

  async #round(going: Going): Promise<void> {
    const { store } = this.#host;
    const { backfill_id } = going.row;
    while (!this.#closed && this.#going.has(backfill_id)) {
      const { row } = going;
      if (row.state === "cancelled") return this.#cancelRuns(going);
      if (going.cancelled_by !== undefined) {
        await this.#put(going, { ...row, state: "cancelled" });
        continue;
      }
      const unfinished = await store.listRuns({ backfill_id, states: UNFINISHED, limit: row.max_active });
      const slot = row.slots[row.decided];
      if (unfinished.rows.length >= (slot === undefined ? 1 : row.max_active)) return;
      if (slot !== undefined) await this.#runNext(going, slot);
      else {
        const { rows } = await store.listRuns({ backfill_id, states: ["failed", "cancelled"], limit: 1 });
        await this.#end(going, rows.length === 0 ? "success" : "failed");
      }
    }
  }

  async #runNext(going: Going, slot: EpochMs): Promise<void> {
    const { row } = going;
    const pipeline = this.#host.pipelineOf(row.pipeline);
    if (pipeline === undefined) return this.#giveUp(going, "the pipeline is no longer live", undefined);
    try {
      await this.#run(row, pipeline, slot);
    } catch (error) {
      if (!isCoded(error, "PARAMS_INVALID")) throw error;
      return this.#giveUp(going, "the pipeline takes its params no more", error);
    }
    await this.#put(going, { ...row, decided: row.decided + 1 });
  }

  async #run(row: BackfillRow, pipeline: Pipeline, slot: EpochMs): Promise<void> {
    const { backfill_id, by, params, reprocess } = row;
    const look = (): Promise<readonly RunRow[]> => this.#host.store.listRunsOfSlot(row.pipeline, slot);
    const run: BackfillRun = {
      backfill_id,
      idempotency_key: `backfill:${backfill_id}:${slot}`,
      by,
      params,
      ...intervalOf(pipeline.schedule, slot),
    };
    const runs = await look();
    // Somebody else has made one since the backfill was started.
    if (fateOf(reprocess, runs) === "left_out") return;
    const isTaken = runs.some((each) => each.slot === slot);
    try {
      await this.#host.createRun(pipeline, isTaken ? run : { ...run, slot });
    } catch (error) {
      if (!isCoded(error, "SLOT_TAKEN")) throw error;
      // The schedule was quicker; or so many runs are newer that the one which has the slot was not among them.
      if (fateOf(reprocess, await look()) !== "left_out") await this.#host.createRun(pipeline, run);
    }
  }

  async #cancelRuns(going: Going): Promise<void> {
    const { backfill_id } = going.row;
    // The newest first: those that wait to start don't start as others end.
    const { rows } = await this.#host.store.listRuns({ backfill_id, states: UNFINISHED, limit: LISTED_MAX });
    for (const { run_id } of rows) {
      try {
        await this.#host.cancelRun(run_id, going.cancelled_by ?? "backfill");
      } catch (error) {
        this.#host.onTrouble(`run ${run_id} of backfill ${backfill_id} could not be cancelled`, error);
      }
    }
    await this.#end(going, "cancelled");
  }

  #giveUp(going: Going, why: string, cause: unknown): Promise<void> {
    const { backfill_id, pipeline, decided, slots } = going.row;
    const how_far = `${decided} of ${slots.length} slots`;
    this.#host.onTrouble(`backfill ${backfill_id} of ${pipeline} has failed after ${how_far}: ${why}`, cause);
    return this.#end(going, "failed");
  }

  async #end(going: Going, state: BackfillState): Promise<void> {
    await this.#put(going, { ...going.row, state, finished_at: this.#host.clock.now() });
    this.#going.delete(going.row.backfill_id);
    this.#listeners.tell(going.row);
  }

  async #put(going: Going, row: BackfillRow): Promise<void> {
    await this.#host.store.putBackfill(row);
    going.row = row;
  }
}

/** What becomes of a slot that has these runs, newest first. */
function fateOf(reprocess: BackfillRow["reprocess"], [newest]: readonly RunRow[]): SlotFate {
  if (newest === undefined) return "run";
  const hasFailed = newest.state === "failed" || newest.state === "cancelled";
  return reprocess === "all" || (reprocess === "failed" && hasFailed) ? "run_again" : "left_out";
}

/** As of a run that the schedule makes. */
function intervalOf(
  schedule: Schedule | undefined,
  slot: EpochMs,
): Pick<BackfillRun, "logical_date" | "data_interval_start" | "data_interval_end"> {
  const before = schedule === undefined ? undefined : slotBefore(schedule, slot);
  return { logical_date: slot, data_interval_start: before ?? slot, data_interval_end: slot };
}

function isCoded(error: unknown, code: EngineError["code"]): boolean {
  return error instanceof EngineError && error.code === code;
}

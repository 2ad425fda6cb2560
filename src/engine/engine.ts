import { setImmediate } from "node:timers/promises";
import {
  type AttemptOutcome,
  createRun,
  decide,
  type EpochMs,
  evolve,
  type Input,
  isFinal,
  newRun,
  type Run,
  type RunEvent,
  type RunId,
  replay,
  type SlotLimits,
  SlotQueue,
  type SlotUse,
  type TaskKey,
  touched,
} from "../core/index.ts";
import { Listeners } from "../lib/index.ts";
import {
  dismissEnded,
  failedInput,
  inherit,
  inputOf,
  killStoppingOf,
  type Performer,
  performIntents,
  takeUpWaiting,
} from "./attempts.ts";
import { type DrivenRun, isSettled, newDrivenRun, type TakenInput, wakeRunAt } from "./driven-run.ts";
import { EngineError } from "./errors.ts";
import { commitAll, type Insistence, insist, readLiveAttempts, readRun, takeOverAttempts, writeOf } from "./journal.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { countOpenTasks, type OpenTasks } from "./open-tasks.ts";
import type { AttemptReport, RunLease, RunResult, RunWrite, WriteConflict } from "./ports.ts";
import type { Program, ResolvedTask } from "./program.ts";
import { answerOf, type RunAction, refusalOf } from "./run-action.ts";
import { RunGate, startedFirst, takenBefore } from "./run-gate.ts";
import { RunWaiters, resultOf } from "./run-waiters.ts";
import { StoredVersions } from "./stored-versions.ts";
import type { CommittedEvent, EngineOptions, NewRun, World } from "./world.ts";

/**
 * The loop, and the only place that puts side effects in order: it takes the inputs that are
 * waiting, decides, stores the events and the rows of the whole batch in one transaction, and then
 * performs the intents. A crash between the last two loses nothing: intents are derived again from
 * what is stored.
 *
 * A run in memory is ahead of the store between decision and commit. Nobody sees it in that time:
 * listeners, waiters and executors are told after the commit, and a commit that conflicts throws the
 * run in memory away and reads it again.
 */
export class Engine {
  readonly #world: World;
  readonly #options: EngineOptions;
  readonly #runs = new Map<RunId, DrivenRun>();
  readonly #dirty = new Set<DrivenRun>();
  readonly #listeners: Listeners<CommittedEvent>;
  readonly #versions: StoredVersions;
  readonly #waiters = new RunWaiters();
  readonly #gate: RunGate;
  readonly #slots: SlotQueue;
  readonly #performer: Performer;
  readonly #insistence: Insistence;
  readonly #leases: LeaseKeeper;
  #turning: Promise<void> | undefined;
  readonly #closing = new AbortController();
  /** Runs that are being leased and read for somebody's action. */
  readonly #takingUp = new Map<RunId, Promise<DrivenRun>>();

  constructor(world: World, options: EngineOptions) {
    this.#world = world;
    this.#options = options;
    this.#listeners = new Listeners(options.onTrouble);
    this.#versions = new StoredVersions(world.store);
    this.#gate = new RunGate({
      open: options.gated !== true,
      runBefore: (pipeline, logical_date) =>
        insist(this.#insistence, "the run before", () => world.store.getRunBefore(pipeline, logical_date)),
      taskRuns: (run_id) => insist(this.#insistence, "its tasks", () => world.store.listTaskRuns(run_id)),
      driven: (run_id) => this.#runs.get(run_id),
      onTasks: (driven) => this.#wakeLoop(this.#countSlots(driven)),
    });
    this.#slots = new SlotQueue({ concurrency: options.concurrency, pools: options.pools });
    this.#performer = {
      executor: world.executor,
      notifier: world.notifier,
      unsent: (driven, notification, problem) =>
        this.#push(driven, { input: { type: "notification_reported", notification, problem } }),
      wakeAt: (driven, at) => wakeRunAt(driven, at, world.clock, () => this.#push(driven, { input: { type: "tick" } })),
      failed: (driven, ...failure) => this.#push(driven, { input: failedInput(...failure) }),
    };
    this.#leases = new LeaseKeeper(world, options, {
      // A new run has no lease before it is stored.
      held: () => [...this.#runs.values()].filter((driven) => driven.published > 0),
      onLost: (driven) => this.#abandon(driven),
    });
    this.#insistence = { clock: world.clock, onTrouble: options.onTrouble, closing: this.#closing.signal };
    world.executor.onReport((report) => this.#takeReport(report));
    world.notifier.onReport(({ run_id, ...report }) => {
      const driven = this.#runs.get(run_id);
      if (driven !== undefined) this.#push(driven, { input: { type: "notification_reported", ...report } });
    });
  }

  /** Creates a run and starts to drive it. Resolves once it is committed. */
  async createRun({ program, created }: NewRun): Promise<RunId> {
    this.#refuseWhenClosing();
    const { clock, ids } = this.#world;
    const { pipeline } = program;
    const now = clock.now();
    await this.#versions.put(program, now);
    const id = ids.runId(now);
    const events = createRun({ ...created, pipeline: pipeline.name, version: pipeline.version }, now);
    const lease = { run_id: id, owner: this.#options.owner, epoch: 1, until: this.#leases.until(now) };
    const driven = this.#drive(program, newRun(program.plan, id), lease);
    this.#apply(driven, events);
    await this.#gate.enter(driven);
    await this.#take(driven, { type: "tick" });
    return id;
  }

  /** Versions of pipelines were deleted from the store: those that runs begin with from now on are stored again. */
  forgetVersions(): void {
    this.#versions.forget();
  }

  /** How the concurrency and the pools are used now. */
  slotUse(): readonly SlotUse[] {
    return this.#slots.use();
  }

  /** Other limits from now on. What runs goes on, also beyond them. */
  setLimits(limits: SlotLimits): void {
    this.#slots.setLimits(limits);
    for (const driven of this.#runs.values()) this.#push(driven, { input: { type: "tick" } });
  }

  /** Which runs of a pipeline this engine drives. */
  get gate(): Pick<RunGate, "load" | "started" | "startedSince"> {
    return this.#gate;
  }

  /** How many task runs have not ended. Costs as much as there are task runs in the runs that go on. */
  openTasks(): OpenTasks {
    return countOpenTasks(this.#runs.values());
  }

  /**
   * Takes up runs that are not finished and that nobody drives: all of them, or those named.
   * Finished tasks stay finished; live attempts are adopted. Returns the runs that it took up. A run that
   * can't be taken up keeps no other from it; its error is thrown at the end.
   */
  async resume(run_ids?: readonly RunId[]): Promise<readonly RunId[]> {
    this.#refuseWhenClosing();
    // After the machine slept our own leases may have ended: nobody is to take them, not even we.
    await this.#leases.renew();
    const take = () => this.#leases.take(run_ids);
    const leases = run_ids === undefined ? await insist(this.#insistence, "leases", take) : await take();
    const loaded: DrivenRun[] = [];
    const resumed: RunId[] = [];
    const errors: unknown[] = [];
    const attempt = async (run_id: RunId, take: () => Promise<unknown>): Promise<void> => {
      try {
        await take();
      } catch (error) {
        this.#options.onTrouble(`run ${run_id} could not be taken up`, error);
        errors.push(error);
      }
    };
    for (const lease of leases) await attempt(lease.run_id, async () => loaded.push(await this.#load(lease)));
    for (const driven of startedFirst(loaded)) {
      await attempt(driven.run.id, async () => {
        await this.#gate.enter(driven);
        await this.#take(driven, { type: "tick" });
        resumed.push(driven.run.id);
      });
    }
    if (errors.length > 0) throw errors[0];
    return resumed.sort();
  }

  /** Carries a person's action out. Resolves once what it changed is committed. */
  async act(run_id: RunId, action: RunAction): Promise<void> {
    return this.#actOn(run_id, () => action);
  }

  /**
   * Gives a person's answer to an attempt that waits for one: `judge` makes its outcome of what the task runs with, or
   * throws why the answer can't be taken. Resolves once it is committed.
   */
  async answer(run_id: RunId, key: TaskKey, by: string, judge: (task: ResolvedTask) => AttemptOutcome): Promise<void> {
    return this.#actOn(run_id, (driven) => answerOf(driven, key, by, judge));
  }

  async #actOn(run_id: RunId, actionFor: (driven: DrivenRun) => RunAction): Promise<void> {
    this.#refuseWhenClosing();
    const known = this.#runs.get(run_id);
    const taking = known === undefined ? this.#takingUp.get(run_id) : undefined;
    if (taking !== undefined) {
      await taking.catch(() => undefined);
      return this.#actOn(run_id, actionFor);
    }
    const driven = known ?? (await this.#takeUp(run_id));
    let action: RunAction;
    try {
      action = actionFor(driven);
      const refusal = refusalOf(driven.run, action);
      if (refusal !== undefined) throw refusal;
    } catch (error) {
      if (known === undefined) this.#letGo(driven);
      throw error;
    }
    return this.#take(driven, action);
  }

  /** Calls the listener with every event after it is committed, in order per run. Returns how to stop. */
  subscribe(listener: (committed: CommittedEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Resolves when the run has ended and all of it is stored; at once if that is so already. */
  async finished(run_id: RunId): Promise<RunResult> {
    const driven = this.#runs.get(run_id);
    if (driven === undefined) {
      const row = await this.#world.store.getRun(run_id);
      if (row === undefined) throw new EngineError("RUN_NOT_FOUND", { run: run_id });
      if (row.state === "queued" || row.state === "running") throw new EngineError("RUN_HELD", { run: run_id });
      return resultOf(run_id, row);
    }
    const result = this.#waiters.wait(run_id);
    this.#settle(driven);
    return result;
  }

  /** Ends every attempt that was told to stop, without waiting for its grace. */
  killStopping(): void {
    for (const driven of this.#runs.values()) killStoppingOf(driven, this.#world.executor);
  }

  /** Stops deciding, lets go of what runs without stopping it, and gives the leases back. The store stays open. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const driven of this.#runs.values()) driven.wake?.cancel();
    await this.#turning;
    this.#world.notifier.close();
    await this.#world.executor.detach();
    const closed = new EngineError("ENGINE_CLOSED");
    const driven = [...this.#runs.values()];
    for (const one of driven) {
      this.#forget(one);
      this.#disappoint(one, closed);
    }
    await this.#leases.release(driven);
  }

  #refuseWhenClosing(): void {
    if (this.#closing.signal.aborted) throw new EngineError("ENGINE_CLOSED");
  }

  // Taking runs up and letting them go

  #drive(program: Program, run: Run, lease: RunLease): DrivenRun {
    this.#refuseWhenClosing();
    const driven = newDrivenRun(program, run, lease);
    this.#runs.set(run.id, driven);
    this.#leases.keep();
    return driven;
  }

  /** Reads a leased run back from its journal, and takes over what is live of it. */
  async #load(lease: RunLease): Promise<DrivenRun> {
    const { store } = this.#world;
    try {
      const { program, run } = await readRun(this.#world, lease);
      const live = await insist(this.#insistence, "an attempt's claim", () => takeOverAttempts(store, run.id));
      const driven = this.#drive(program, run, lease);
      inherit(driven, live);
      this.#countSlots(driven);
      return driven;
    } catch (error) {
      // Nobody else could take the run up before the lease ends.
      await store.releaseLeases([lease]).catch(() => undefined);
      throw error;
    }
  }

  #takeUp(run_id: RunId): Promise<DrivenRun> {
    const taking = this.#leaseOne(run_id).finally(() => this.#takingUp.delete(run_id));
    this.#takingUp.set(run_id, taking);
    return taking;
  }

  async #leaseOne(run_id: RunId): Promise<DrivenRun> {
    const { store, clock } = this.#world;
    const now = clock.now();
    const lease = await store.leaseRun(this.#options.owner, now, this.#leases.until(now), run_id);
    if (lease !== undefined) {
      const driven = await this.#load(lease);
      await this.#gate.enter(driven);
      return driven;
    }
    const known = await store.getRun(run_id);
    throw new EngineError(known === undefined ? "RUN_NOT_FOUND" : "RUN_HELD", { run: run_id });
  }

  /** Lets a run go when nothing more can come of it. */
  #settle(driven: DrivenRun): void {
    if (!isSettled(driven)) return;
    this.#letGo(driven);
    this.#waiters.resolve(resultOf(driven.run.id, driven.run));
  }

  #letGo(driven: DrivenRun): void {
    this.#forget(driven);
    void this.#leases.release([driven]);
  }

  /** False once the run was let go: it may be driven again, by somebody else or here. */
  #drives(driven: DrivenRun): boolean {
    return this.#runs.get(driven.run.id) === driven;
  }

  /** Forgets a run that somebody else drives now. */
  #abandon(driven: DrivenRun): void {
    if (!this.#drives(driven)) return;
    const run = driven.run.id;
    this.#forget(driven);
    this.#options.onTrouble(`run ${run} is no longer driven here: its lease was taken over`, undefined);
    this.#disappoint(driven, new EngineError("RUN_HELD", { run }));
  }

  #forget(driven: DrivenRun): void {
    for (const next of this.#gate.leave(driven)) this.#push(next, { input: { type: "tick" } });
    driven.wake?.cancel();
    this.#slots.withdrawRun(driven.run.id);
    this.#dirty.delete(driven);
    this.#runs.delete(driven.run.id);
    if (this.#runs.size === 0) this.#leases.rest();
  }

  /** Tells whoever waits for something of this run that it does not come. */
  #disappoint({ run, deciding, inputs }: DrivenRun, error: Error): void {
    for (const { reject } of [...deciding.splice(0), ...inputs.splice(0)]) reject?.(error);
    this.#waiters.reject(run.id, error);
  }

  // Inputs

  /** Takes an input; resolves once what was decided of it is committed. */
  async #take(driven: DrivenRun, input: Input): Promise<void> {
    this.#refuseWhenClosing();
    return new Promise((resolve, reject) => this.#push(driven, { input, resolve, reject }));
  }

  #push(driven: DrivenRun, taken: TakenInput): void {
    driven.inputs.push(taken);
    this.#wakeLoop(driven);
  }

  #takeReport(report: AttemptReport): void {
    const driven = this.#runs.get(report.run_id);
    const input = driven && inputOf(driven, report);
    if (driven !== undefined && input !== undefined) this.#push(driven, { input });
  }

  // The loop

  /** Has the loop look at this run. Inputs of the same tick of the event loop share a turn. */
  #wakeLoop(driven: DrivenRun): void {
    this.#dirty.add(driven);
    if (this.#closing.signal.aborted) return;
    this.#turning ??= Promise.resolve().then(async () => {
      try {
        while (this.#dirty.size > 0 && !this.#closing.signal.aborted) {
          // Whatever else this tick of the event loop brings shares the turn, and signals get through between turns.
          await setImmediate();
          await this.#turn();
        }
      } catch (error) {
        this.#options.onTrouble("the loop stopped in the middle of a turn", error);
      } finally {
        this.#turning = undefined;
      }
    });
  }

  async #turn(): Promise<void> {
    const now = this.#world.clock.now();
    const batch = new Set(this.#dirty);
    this.#dirty.clear();
    for (const driven of batch) {
      driven.deciding.push(...driven.inputs.splice(0));
      for (const { input } of driven.deciding) {
        if (input.type === "attempt_reported") driven.told.delete(input.key);
        // A tick would start it. What a person does to it counts.
        if (input.type !== "tick" || !this.#gate.holds(driven)) this.#decide(driven, input, now);
        if (input.type === "notification_reported") driven.sending.delete(input.notification);
      }
    }
    for (const { run_id, input } of this.#slots.grant()) {
      const driven = this.#runs.get(run_id);
      if (driven === undefined) continue;
      this.#decide(driven, input, now);
      batch.add(driven);
      if (input.type === "slots_refused") this.#dirty.add(driven); // What follows may want a slot in its turn.
    }
    const changed = [...batch].filter((driven) => driven.pending.length > 0);
    const writes = changed.map((driven) => writeOf(driven));
    const commit = (some: readonly RunWrite[]) => this.#world.store.commit(this.#options.owner, some);
    const results = await commitAll(this.#insistence, commit, writes);
    for (const [i, driven] of changed.entries()) {
      const result = results[i];
      if (result?.ok === false) {
        batch.delete(driven);
        await this.#conflicted(driven, result.conflict);
      }
    }
    for (const driven of batch) if (this.#drives(driven)) this.#committed(driven);
  }

  #decide(driven: DrivenRun, input: Input, now: EpochMs): void {
    try {
      this.#apply(driven, decide(driven.run, input, now));
    } catch (error) {
      // A bug of ours in one run must not take the others down: that run fails, loudly.
      const { run } = driven;
      this.#options.onTrouble(`run ${run.id} met a broken invariant`, error);
      if (isFinal(run.state)) return;
      const why = `internal error: ${error instanceof Error ? error.message : String(error)}`;
      this.#apply(driven, [{ type: "run_finished", state: "failed", why, seq: run.seq + 1, at: now }]);
      this.#countSlots(driven);
    }
  }

  /** Evolves the run in memory and keeps the slots in step. */
  #apply(driven: DrivenRun, events: readonly RunEvent[]): void {
    for (const event of events) {
      driven.run = evolve(driven.run, event);
      driven.pending.push(event);
    }
    for (const key of touched(driven.run, events)) {
      this.#slots.update(driven.run, key, this.#gate.holdsTask(driven, key));
    }
  }

  /** Brings the slots in step with a run of which all may have changed. */
  #countSlots(driven: DrivenRun): DrivenRun {
    this.#slots.withdrawRun(driven.run.id);
    this.#slots.addRun(driven.run, (key) => this.#gate.holdsTask(driven, key));
    return driven;
  }

  /** What was decided of a run is stored: tell everybody, then make the world follow. */
  #committed(driven: DrivenRun): void {
    this.#stored(driven, driven.pending.splice(0));
    for (const { resolve } of driven.deciding.splice(0)) resolve?.();
    for (const next of this.#gate.settle(driven)) this.#push(next, { input: { type: "tick" } });
    if (!this.#gate.holds(driven)) performIntents(driven, this.#performer);
    this.#settle(driven);
  }

  /** These events of a run are stored, and nobody was told of them yet. */
  #stored(driven: DrivenRun, events: readonly RunEvent[]): void {
    for (const event of events) this.#publish(driven, event);
    takeUpWaiting(driven, this.#performer);
    dismissEnded(driven, events, this.#performer);
  }

  #publish(driven: DrivenRun, event: RunEvent): void {
    driven.published = event.seq;
    this.#listeners.tell({ event, run: driven.run, program: driven.program });
  }

  /**
   * Nothing of what was decided of a run is stored, or all of it is and the acknowledgement was lost.
   * Either way its journal says how things stand: read it again and decide the same inputs again;
   * those that it knows already change nothing.
   */
  async #conflicted(driven: DrivenRun, conflict: WriteConflict | Error): Promise<void> {
    if (conflict === "lease") return this.#abandon(driven);
    if (conflict === "slot" || conflict === "key" || conflict instanceof Error) {
      this.#forget(driven);
      return this.#disappoint(driven, conflict instanceof Error ? conflict : takenBefore(driven.run, conflict));
    }
    const { store } = this.#world;
    const read = () => Promise.all([store.readEvents(driven.run.id), readLiveAttempts(store, driven.run.id)]);
    const [events, attempts] = await insist(this.#insistence, "a run's journal", read);
    driven.pending.length = 0;
    driven.run = replay(driven.program.plan, driven.run.id, events);
    driven.live.clear();
    for (const [key, live] of attempts) driven.live.set(key, live);
    this.#countSlots(driven);
    this.#stored(driven, events.slice(driven.published));
    driven.inputs.unshift(...driven.deciding.splice(0));
    this.#wakeLoop(driven);
  }
}

import assert from "node:assert/strict";
import {
  isFinal,
  type Run,
  type RunId,
  type RunPlan,
  replay,
  type StopReason,
  type TaskKey,
} from "../../../src/core/index.ts";
import {
  type AttemptKey,
  type AttemptReport,
  type AttemptWork,
  Engine,
  EngineError,
  type Executor,
  type RunAction,
  type Store,
  StoreError,
} from "../../../src/engine/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { programOf, ScriptedNotifier } from "../../support/engine-world.ts";
import { FaultyStore, NO_FAULTS, type StoreFaults } from "../../support/faulty-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { Random } from "./random.ts";
import { POOLS, randomPlan } from "./random-plan.ts";
import { World } from "./world.ts";

/** Decisions of chance in the part where things go wrong. */
const TROUBLED_STEPS = 60;
/** Steps within which a run must end once nothing goes wrong any more. */
const QUIET_STEPS_MAX = 5_000;
/** Longer than a lease: what a dead engine held can be taken. */
const RESTART_MS = 31_000;
/** Slots over all runs. */
const CONCURRENCY = 3;

/** Carries attempts out in the simulated world; dies with its engine, while the world goes on. */
class WorldExecutor implements Executor {
  readonly #world: World;
  readonly #plan: RunPlan;
  readonly #epochs = new Map<string, number>();
  #listener: ((report: AttemptReport) => void) | undefined;
  dead = false;

  constructor(world: World, plan: RunPlan) {
    this.#world = world;
    this.#plan = plan;
  }

  start(work: AttemptWork): void {
    if (this.dead) return;
    this.#epochs.set(idOf(work), work.epoch);
    for (const { name } of this.#world.held()) {
      assert(name.key !== work.key || name.attempt === work.attempt, `two attempts of ${work.key} are live at once`);
    }
    this.#world.start(work, this.#plan);
    assert(
      this.#world.running().length <= CONCURRENCY,
      `more attempts are live than there are slots: ${this.#world.running().map((r) => `${r.name.run_id}/${r.name.key}#${r.name.attempt}`)}`,
    );
    for (const [pool, slots] of Object.entries(POOLS)) {
      const used = this.#world.running().reduce((sum, one) => sum + (one.pool === pool ? one.pool_slots : 0), 0);
      assert(used <= slots, `pool ${pool} is overfull`);
    }
  }

  adopt(work: AttemptWork): void {
    if (this.dead) return;
    this.#epochs.set(idOf(work), work.epoch);
    this.#world.adopt(work, this.#plan);
  }

  stop(attempt: AttemptKey, why: StopReason, grace_ms: number): void {
    if (!this.dead) this.#world.stop(attempt, why, grace_ms);
  }

  kill(): void {}

  onReport(listener: (report: AttemptReport) => void): void {
    this.#listener = listener;
  }

  async detach(): Promise<void> {
    this.dead = true;
  }

  deliver(random: Random): void {
    for (const report of random.shuffled(this.#world.takeReports())) {
      const epoch = this.#epochs.get(idOf(report));
      if (epoch === undefined) continue;
      for (let times = random.chance(0.1) ? 2 : 1; times > 0; times--) this.#listener?.({ ...report, epoch });
    }
  }
}

function idOf({ run_id, key, attempt }: AttemptKey): string {
  return `${run_id}/${key}#${attempt}`;
}

/** One life of the engine. */
interface Life {
  readonly engine: Engine;
  readonly store: FaultyStore;
  readonly executor: WorldExecutor;
  readonly clock: VirtualClock;
}

/**
 * One random run on the real loop, in a world where the store refuses, answers late or not at all,
 * processes die, reports come twice and out of order, clocks jump, people meddle and the engine is
 * killed at any point. Then the trouble ends, and the run must too. Throws an `AssertionError` when
 * it does not, or when anything was promised that did not happen. Returns the events of its journal.
 */
export async function simulateLoop(seed: number): Promise<number> {
  const simulation = new Simulation(new Random(seed));
  await simulation.trouble();
  await simulation.peace();
  return simulation.judge();
}

class Simulation {
  readonly #random: Random;
  readonly #plan: RunPlan;
  readonly #world: World;
  readonly #data: Store = createMemoryStore();
  readonly #faults: StoreFaults;
  #life: Life;
  #lives = 0;
  /** What the loop met that must never happen. */
  readonly #violations: unknown[] = [];
  #run_id: RunId | undefined;

  constructor(random: Random) {
    this.#random = random;
    const spice = random.pick([0, 0.1, 0.3]);
    this.#plan = randomPlan(random);
    this.#world = new World(random, spice);
    const fault = () => (random.chance(0.5) ? 0 : spice / 3);
    this.#faults = {
      ...NO_FAULTS,
      refused: fault(),
      answer_lost: fault(),
      delayed: fault(),
      lease_stolen: fault() / 3,
    };
    this.#life = this.#boot(Date.UTC(2026, 0, 1), this.#faults);
  }

  #boot(now: number, faults: StoreFaults): Life {
    const life = ++this.#lives;
    const clock = new VirtualClock(now);
    const store = new FaultyStore({ inner: this.#data, random: () => this.#random.next(), clock, faults });
    const executor = new WorldExecutor(this.#world, this.#plan);
    const engine = new Engine(
      {
        store,
        executor,
        notifier: new ScriptedNotifier(),
        clock,
        ids: { runId: () => `run-${life}` as RunId },
        loadProgram: () => programOf(this.#plan),
      },
      {
        owner: `life-${life}`,
        concurrency: CONCURRENCY,
        pools: POOLS,
        onTrouble: (message, cause) => {
          if (/invariant|in the middle/.test(message)) this.#violations.push(cause);
        },
      },
    );
    engine.subscribe(({ event, run }) => {
      if (event.type === "run_created") this.#run_id = run.id;
      if (event.type !== "attempt_ended") return;
      this.#world.acknowledge({ run_id: run.id, key: event.key, attempt: event.attempt });
    });
    return { engine, store, executor, clock };
  }

  async trouble(): Promise<void> {
    this.#ask(() => this.#create());
    for (let i = 0; i < TROUBLED_STEPS; i++) {
      await this.#rest(this.#random.int(6));
      const die = this.#random.next();
      if (die < 0.04) this.#crash();
      else if (die < 0.08) this.#jump();
      else if (die < 0.16) this.#meddle();
      else if (die < 0.26) this.#ask(() => this.#life.engine.resume());
      else if (die < 0.3) await this.#answer();
      else this.#passTime();
    }
  }

  /** Nothing goes wrong any more: the run must come to its end. */
  async peace(): Promise<void> {
    this.#crash(NO_FAULTS);
    for (let i = 0; i < QUIET_STEPS_MAX; i++) {
      await this.#rest(3);
      // What was lost before it was stored was never promised.
      if (this.#run_id === undefined) {
        const [stored] = (await this.#data.listRuns({ limit: 1 })).rows;
        if (stored === undefined) this.#ask(() => this.#create());
        this.#run_id = stored?.run_id;
      }
      const row = this.#run_id && (await this.#data.getRun(this.#run_id));
      if (row && row.state !== "queued" && row.state !== "running" && this.#world.held().length === 0) return;
      if (i % 10 === 0) this.#ask(() => this.#life.engine.resume());
      await this.#rest(6);
      await this.#answer();
      this.#passTime();
    }
    assert.fail("the run did not end");
  }

  /** Holds what is stored against what happened. */
  async judge(): Promise<number> {
    const run_id = this.#run_id;
    assert(run_id !== undefined);
    const events = await this.#data.readEvents(run_id);
    assert.deepEqual(
      events.map((event) => event.seq),
      events.map((_, index) => index + 1),
      "the journal has a gap",
    );
    const run = replay(this.#plan, run_id, events);
    await this.#judgeTables(run);
    for (const event of events) {
      if (event.type !== "attempt_ended" || event.outcome.state !== "success") continue;
      const { key, attempt } = event;
      assert(this.#world.successesOf({ run_id, key, attempt }).length > 0, `${key}#${attempt} did not succeed`);
    }
    for (const task of run.task_runs.values()) assert(isFinal(task.state), `${task.key} was forgotten`);
    return events.length;
  }

  async #judgeTables(run: Run): Promise<void> {
    const row = await this.#data.getRun(run.id);
    assert.equal(row?.state, run.state);
    assert.equal(row?.seq, run.seq);
    for (const stored of await this.#data.listTaskRuns(run.id)) {
      const { state, attempt, outputs } = run.task_runs.get(stored.key) ?? {};
      assert.deepEqual({ state, attempt, outputs }, pick(stored), `the row of ${stored.key} is not the fold`);
    }
    for (const attempt of await this.#data.listAttempts(run.id)) {
      assert(attempt.finished_at !== undefined, `${attempt.key}#${attempt.attempt} is still live in its table`);
    }
  }

  async #create(): Promise<void> {
    const now = this.#life.clock.now();
    const dates = { logical_date: now, data_interval_start: now, data_interval_end: now };
    const created = { trigger: "manual", by: "simulation", params: {}, ...dates } as const;
    await this.#life.engine.createRun({ program: programOf(this.#plan), created });
  }

  /** Does something that may be refused. */
  #ask(what: () => Promise<unknown>): void {
    what().catch((error: unknown) => {
      if (!(error instanceof EngineError || error instanceof StoreError)) this.#violations.push(error);
    });
  }

  #crash(faults = this.#faults): void {
    this.#life.store.kill();

    this.#life.executor.dead = true;
    this.#world.crash();
    this.#life = this.#boot(this.#life.clock.now() + RESTART_MS, faults);
    this.#ask(() => this.#life.engine.resume());
  }

  #jump(): void {
    this.#life.clock.advance(this.#random.int(20_000) - 10_000);
  }

  #passTime(): void {
    const { clock, executor } = this.#life;
    const timer = clock.nextAt();
    const ends = this.#world.nextEnd();
    const waits = [timer === undefined ? undefined : timer - clock.now(), ends && ends - this.#world.time];
    const ms = Math.max(0, Math.min(...waits.filter((wait) => wait !== undefined), 10_000));
    this.#world.advance(ms);
    clock.advance(ms);
    executor.deliver(this.#random);
  }

  #meddle(): void {
    const { engine } = this.#life;
    const run_id = this.#run_id;
    if (run_id === undefined) return;
    const task = this.#random.pick(this.#plan.tasks).id;
    const by = "somebody";
    const actions: readonly RunAction[] = [
      { type: "cancel_requested", by },
      { type: "retry_requested", by, what: this.#random.chance(0.5) ? "failed" : { from: [task] } },
      {
        type: "mark_requested",
        by,
        key: task as string as TaskKey,
        state: this.#random.pick(["success", "failed", "skipped"] as const),
      },
    ];
    const action = this.#random.pick(actions);
    this.#ask(() => engine.act(run_id, action));
  }

  /** Somebody answers what waits. */
  async #answer(): Promise<void> {
    const run_id = this.#run_id;
    if (run_id === undefined || !this.#random.chance(0.2)) return;
    for (const { key, attempt, state } of await this.#data.listTaskRuns(run_id)) {
      if (state !== "waiting") continue;
      const outcome = { state: "success", outputs: {}, chosen: [] } as const;
      const judge = () => this.#world.answer({ run_id, key, attempt }, outcome);
      this.#ask(() => this.#life.engine.answer(run_id, key, "somebody", judge));
    }
  }

  async #rest(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    const [violation] = this.#violations;
    if (violation !== undefined) throw violation;
  }
}

function pick({ state, attempt, outputs }: { state: string; attempt: number; outputs?: unknown }) {
  return { state, attempt, outputs };
}

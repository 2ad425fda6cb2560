import {
  type AttemptOutcome,
  createRun,
  decide,
  evolve,
  type Input,
  type Intent,
  intents,
  liveAttempts,
  newRun,
  type Run,
  type RunEvent,
  type RunPlan,
  replay,
  SlotQueue,
  type TaskId,
  type TaskKey,
  touched,
  waitingAttempts,
} from "../../../src/core/index.ts";
import { CREATED, runId } from "../../support/plans.ts";
import { Checker } from "./checker.ts";
import { dumpRun } from "./dump.ts";
import { Random } from "./random.ts";
import { POOLS, randomPlan } from "./random-plan.ts";
import { taskOf, World, type WorldReport } from "./world.ts";

/** Steps with faults of one simulation, at most. */
const FAULTY_STEPS_MAX = 60;
/** Steps without faults after which a run that is still open is stuck. */
const CALM_STEPS_MAX = 3_000;

interface Driven {
  readonly plan: RunPlan;
  readonly only: readonly TaskId[] | undefined;
  readonly checker: Checker;
  readonly journal: RunEvent[];
  run: Run;
}

/**
 * Several runs that share slots, driven as the loop drives them but in one thread of one function,
 * through a world where everything goes wrong that can. Everything follows from the seed. Throws at
 * the first promise that does not hold.
 */
export class CoreSimulation {
  readonly #random: Random;
  readonly #world: World;
  readonly #spice: number;
  readonly #concurrency: number;
  readonly #driven: Driven[] = [];
  #slots: SlotQueue;
  #mail: WorldReport[] = [];
  /** What the clock shows beyond the world's own time. */
  #skew = 1_000_000;
  /** Faults still happen. */
  #faulty = true;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#spice = this.#random.pick([0, 0.05, 0.2]);
    this.#world = new World(this.#random, this.#spice);
    this.#concurrency = this.#random.pick([1, 2, 4, 100]);
    this.#slots = new SlotQueue({ concurrency: this.#concurrency, pools: POOLS });
  }

  /** Runs the simulation; returns how many pipeline runs it drove to their end, and how many events they made. */
  simulate(): { readonly runs: number; readonly events: number } {
    const runs = 1 + this.#random.int(3);
    for (let i = 0; i < runs; i++) this.#create(`run${i}`);
    for (let step = this.#random.int(FAULTY_STEPS_MAX); step > 0; step--) this.#faultyStep();
    this.#calmDown();
    // What people do to finished runs, and to the end once more.
    for (let acts = this.#random.int(3); acts > 0; acts--) this.#act();
    this.#calmDown();
    for (const driven of this.#driven) this.#compareWithReplay(driven);
    return { runs, events: this.#driven.reduce((sum, { journal }) => sum + journal.length, 0) };
  }

  get #now(): number {
    return this.#world.time + this.#skew;
  }

  #create(name: string): void {
    const id = runId(name);
    const plan = randomPlan(this.#random);
    const some = plan.tasks.filter(() => this.#random.chance(0.5)).map((task) => task.id);
    const only = this.#random.chance(0.1) ? some : undefined;
    const checker = new Checker(plan, only, id, this.#world);
    const driven: Driven = { plan, only, checker, journal: [], run: newRun(plan, id) };
    this.#driven.push(driven);
    this.#store(driven, createRun({ ...CREATED, ...(only && { only }) }, this.#now));
    this.#give(driven, { type: "tick" });
  }

  // ---------------------------------------------------------------------------------------------
  // What happens

  #faultyStep(): void {
    const random = this.#random;
    const chance = random.next();
    if (chance < 0.3) this.#pass(random.int(60));
    else if (chance < 0.6) this.#deliverOne();
    else if (chance < 0.75) this.#grant();
    else if (chance < 0.85) this.#give(random.pick(this.#driven), { type: "tick" });
    else if (chance < 0.87 || !random.chance(2 * this.#spice)) this.#nonsense();
    else random.pick([() => this.#act(), () => this.#jump(), () => this.#restart()])();
  }

  #pass(ms: number): void {
    this.#world.advance(ms);
    this.#mail.push(...this.#world.takeReports());
  }

  /** Reports arrive in any order, and now and then once more. */
  #deliverOne(): void {
    if (this.#mail.length === 0) return;
    const at = this.#random.int(this.#mail.length);
    const report = this.#mail[at];
    if (report === undefined) return;
    const again = report.type === "ended" && this.#random.chance(this.#spice);
    if (!again) this.#mail.splice(at, 1);
    this.#deliver(report);
  }

  #deliver(report: WorldReport): void {
    const driven = this.#driven.find(({ run }) => run.id === report.run_id);
    if (driven === undefined) throw new Error(`nobody drives ${report.run_id}`);
    const { key, attempt } = report;
    const done =
      report.type === "ended"
        ? this.#give(driven, { type: "attempt_reported", key, attempt, outcome: report.outcome })
        : this.#give(driven, { type: "attempt_waits", key, attempt });
    if (!done) return;
    if (report.type === "ended") this.#world.acknowledge(report);
    // What the decision began is begun after the world was told to forget.
    this.#perform(driven);
  }

  #grant(): void {
    for (const { run_id, input } of this.#slots.grant()) {
      const driven = this.#driven.find(({ run }) => run.id === run_id);
      // A crash on the way ends the turn: what was granted is granted anew.
      if (driven !== undefined && !this.#give(driven, input)) return;
    }
    this.#claimLimits();
  }

  /** Somebody does something to a run. */
  #act(): void {
    const random = this.#random;
    const driven = random.pick(this.#driven);
    const task = () => random.pick(driven.plan.tasks).id;
    const by = "somebody";
    const chance = random.next();
    if (chance < 0.25) this.#give(driven, { type: "cancel_requested", by });
    else if (chance < 0.4) this.#give(driven, { type: "retry_requested", by, what: "failed" });
    else if (chance < 0.6) this.#give(driven, { type: "retry_requested", by, what: { from: [task(), task()] } });
    else if (chance < 0.7) this.#answer(driven);
    else {
      const key = random.pick([...driven.run.task_runs.keys()]);
      const state = random.pick(["success", "failed", "skipped"] as const);
      this.#give(driven, { type: "mark_requested", key, state, by });
    }
  }

  #jump(): void {
    this.#skew += this.#random.pick([-1, 1]) * this.#random.int(5_000);
  }

  /** Inputs that mean nothing: about what is not there, not due, long over or yet to come. */
  #nonsense(): void {
    const random = this.#random;
    const driven = random.pick(this.#driven);
    const task = random.pick([...driven.run.task_runs.values()]);
    const { key } = task;
    const attempt = task.attempt + random.pick([-2, -1, 1, 2]);
    const outcome = { state: "success", outputs: { value: "nonsense" } } as const;
    const input = random.pick<Input>([
      { type: "attempt_reported", key, attempt, outcome },
      { type: "attempt_waits", key, attempt },
      { type: "attempt_reported", key: "nobody" as TaskKey, attempt: 1, outcome },
      { type: "mark_requested", key: "nobody" as TaskKey, state: "success", by: "nobody" },
      { type: "retry_requested", by: "nobody", what: { from: ["nobody" as TaskId] } },
      { type: "slots_granted", keys: ["nobody" as TaskKey] },
      ...(task.state === "waiting" ? [] : [{ type: "answer_given", key, by: "nobody", outcome } as const]),
      ...(task.state === "queued" ? [] : [{ type: "slots_granted", keys: [key] } as const]),
      ...(task.state === "queued" ? [] : [{ type: "slots_refused", key, message: "nonsense" } as const]),
    ]);
    const events = decide(driven.run, input, this.#now);
    if (events.length > 0) throw new Error(`${input.type} means nothing and led to ${events[0]?.type}`);
  }

  // ---------------------------------------------------------------------------------------------
  // Deciding, storing, doing

  /** Decides and does what follows. False when the engine died on the way. */
  #give(driven: Driven, input: Input): boolean {
    const { run } = driven;
    const before = this.#random.chance(0.02) ? dumpRun(run) : undefined;
    const events = decide(run, input, this.#now);
    if (before !== undefined && before !== dumpRun(run)) throw new Error(`deciding ${input.type} changed the run`);
    const dies = this.#faulty && this.#random.chance(this.#spice / 5);
    if (dies && this.#random.chance(0.5)) {
      this.#restart();
      return false;
    }
    this.#store(driven, events);
    if (dies) {
      this.#restart();
      return false;
    }
    this.#dismiss(driven, events);
    this.#perform(driven);
    return true;
  }

  /** What waits inside the engine and has ended is told to stop; its report comes late, and changes nothing. */
  #dismiss({ run, plan }: Driven, events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.type !== "attempt_ended") continue;
      const { key, attempt } = event;
      this.#world.stop({ run_id: run.id, key, attempt }, "cancelled", taskOf(plan, key).grace_ms);
    }
  }

  #store(driven: Driven, events: readonly RunEvent[]): void {
    for (const event of events) {
      driven.journal.push(event);
      driven.run = evolve(driven.run, event);
      driven.checker.check(event);
    }
    for (const key of touched(driven.run, events)) this.#slots.update(driven.run, key);
    driven.checker.settled();
    this.#compareWithChecker(driven);
  }

  #compareWithChecker({ run, checker }: Driven): void {
    for (const [key, { state, attempt }] of run.task_runs) {
      const watched = checker.tasks.get(key);
      if (watched?.state !== state || watched.attempt !== attempt) {
        throw new Error(
          `${run.id}: ${key} is ${state}#${attempt}, its events say ${watched?.state}#${watched?.attempt}`,
        );
      }
    }
  }

  #perform(driven: Driven): void {
    const { run, plan } = driven;
    for (const intent of intents(run)) {
      if (intent.type === "wake_at" || intent.type === "notify") continue;
      const { key, attempt } = intent;
      const name = { run_id: run.id, key, attempt };
      if (intent.type === "start_attempt") this.#world.start(name, plan);
      else this.#world.stop(name, intent.why, intent.grace_ms);
    }
  }

  /** The engine's process dies and another takes up what is stored. */
  #restart(): void {
    this.#world.crash();
    this.#mail = [];
    this.#slots = new SlotQueue({ concurrency: this.#concurrency, pools: POOLS });
    for (const driven of this.#driven) {
      this.#compareWithReplay(driven);
      driven.run = replay(driven.plan, driven.run.id, driven.journal);
      this.#slots.addRun(driven.run);
    }
    const open = this.#driven.flatMap(({ run, plan }) =>
      [...liveAttempts(run), ...waitingAttempts(run)].map(({ key, attempt }) => ({
        name: { run_id: run.id, key, attempt },
        plan,
      })),
    );
    this.#world.keepOnly(open.map(({ name }) => name));
    for (const { name, plan } of open) this.#world.adopt(name, plan);
    this.#mail.push(...this.#world.takeReports());
    for (const driven of this.#driven) {
      for (const intent of intents(driven.run)) if (intent.type === "stop_attempt") this.#stop(driven, intent);
      if (driven.run.state === "queued") this.#give(driven, { type: "tick" });
    }
  }

  #stop({ run }: Driven, { key, attempt, why, grace_ms }: Extract<Intent, { type: "stop_attempt" }>): void {
    this.#world.stop({ run_id: run.id, key, attempt }, why, grace_ms);
  }

  #compareWithReplay({ plan, run, journal }: Driven): void {
    if (dumpRun(replay(plan, run.id, journal)) !== dumpRun(run)) {
      throw new Error(`${run.id}: the replay of the journal is not the run`);
    }
  }

  /** What really runs never exceeds any limit. */
  #claimLimits(): void {
    const running = this.#world.running();
    this.#claimAtMost(running.length, this.#concurrency, "the engine's concurrency");
    for (const [pool, slots] of Object.entries(POOLS)) {
      const used = running.reduce((sum, one) => sum + (one.pool === pool ? one.pool_slots : 0), 0);
      this.#claimAtMost(used, slots, `pool ${pool}`);
    }
    for (const { run, plan } of this.#driven) {
      const own = running.filter((one) => one.name.run_id === run.id);
      this.#claimAtMost(own.length, plan.max_active_tasks, `max_active_tasks of ${run.id}`);
      for (const { id, for_each } of plan.tasks) {
        const items = new Set(own.filter((one) => one.task === id).map((one) => one.name.key));
        // What waits holds no slot, and is one of them.
        for (const task of run.task_runs.values())
          if (task.task === id && task.state === "waiting") items.add(task.key);
        this.#claimAtMost(items.size, for_each?.max_parallel ?? items.size, `max_parallel of ${id}`);
      }
    }
  }

  #claimAtMost(used: number, limit: number, what: string): void {
    if (used > limit) throw new Error(`${used} attempts run at once, and ${what} allows ${limit}`);
  }

  // ---------------------------------------------------------------------------------------------
  // Without faults, everything comes to its end

  #calmDown(): void {
    this.#faulty = false;
    for (let step = 0; step < CALM_STEPS_MAX; step++) {
      if (this.#driven.every(({ run }) => isOver(run))) {
        this.#faulty = true;
        return;
      }
      this.#calmStep();
    }
    const stuck = this.#driven.filter(({ run }) => !isOver(run)).map(({ run }) => `${run.id}: ${statesOf(run)}`);
    throw new Error(`no end in sight: ${stuck}`);
  }

  #calmStep(): void {
    while (this.#mail.length > 0) this.#deliverOne();
    this.#grant();
    for (const driven of this.#driven) this.#tickIfDue(driven);
    for (const driven of this.#driven) this.#answer(driven);
    this.#pass(this.#untilNext());
  }

  #tickIfDue(driven: Driven): void {
    const due = wakeOf(driven.run);
    if (due === undefined || due > this.#now) return;
    this.#give(driven, { type: "tick" });
    const next = wakeOf(driven.run);
    if (next !== undefined && next <= this.#now) throw new Error(`${driven.run.id} asks to be woken in the past`);
  }

  /** Somebody answers what waits, or some of it. */
  #answer(driven: Driven): void {
    for (const { key, attempt } of waitingAttempts(driven.run)) {
      if (this.#random.chance(0.5)) continue;
      const outcome = this.#world.answer({ run_id: driven.run.id, key, attempt }, this.#answerFor(key));
      if (!this.#give(driven, { type: "answer_given", key, by: "somebody", outcome })) return;
    }
  }

  #answerFor(key: TaskKey): AttemptOutcome {
    const failure = { reason: "rejected", message: "somebody said no" } as const;
    return this.#random.pick<AttemptOutcome>([
      { state: "success", outputs: { answer: key }, chosen: [] },
      { state: "skipped", message: "nobody wants it" },
      { state: "failed", failure: this.#random.chance(0.5) ? failure : { ...failure, final: true } },
    ]);
  }

  /** Time until something happens by itself; a little if nothing does. */
  #untilNext(): number {
    const ends = this.#world.nextEnd();
    const moments = this.#driven.flatMap(({ run }) => wakeOf(run) ?? []).map((at) => at - this.#skew);
    const next = Math.min(...moments, ...(ends === undefined ? [] : [ends]));
    return Number.isFinite(next) ? Math.max(next - this.#world.time, 0) : 1;
  }
}

function wakeOf(run: Run): number | undefined {
  return intents(run).flatMap((intent) => (intent.type === "wake_at" ? [intent.at] : []))[0];
}

function isOver(run: Run): boolean {
  return run.state !== "queued" && run.state !== "running";
}

function statesOf(run: Run): string {
  return Array.from(run.task_runs.values(), ({ key, state, attempt }) => `${key} ${state}#${attempt}`).join(", ");
}

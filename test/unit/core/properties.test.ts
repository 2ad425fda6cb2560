import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AttemptOutcome,
  createRun,
  decide,
  evolve,
  intents,
  newRun,
  queuedKeys,
  type Run,
  type RunPlan,
  replay,
  type TaskId,
  type TaskKey,
} from "../../../src/core/index.ts";
import { RunRecord } from "../../../src/core/run-record.ts";
import { dumpRun } from "../../simulation/support/dump.ts";
import { Graph, seen } from "../../simulation/support/oracle.ts";
import { hashOf, Random } from "../../simulation/support/random.ts";
import { randomPlan } from "../../simulation/support/random-plan.ts";
import { aPlan, CREATED, runId, type TaskParts } from "../../support/plans.ts";

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

/** What becomes of each task run when it runs; the same in whatever order things happen. */
function fateOf(plan: RunPlan, salt: string, key: TaskKey): AttemptOutcome {
  const chance = hashOf(`${salt} ${key}`);
  if (chance < 0.2) return { state: "failed", failure: { reason: "exit_code", message: "" } };
  if (chance < 0.3) return { state: "skipped", message: "" };
  const id = key.replace(/\[.*/, "") as TaskId;
  const chosen = new Graph(plan, undefined).dependantsOf(id).filter((one) => hashOf(`${salt} ${key} ${one}`) < 0.5);
  return { state: "success", outputs: { value: Math.floor(chance * 100) }, chosen };
}

/** Runs a plan to its end, doing what can be done in an order that follows from the seed. */
function runToEnd(plan: RunPlan, salt: string, order: Random): Run {
  const run = newRun(plan, runId("r1"));
  let now = 0;
  const give = (input: Parameters<typeof decide>[1]) => {
    for (const event of decide(run, input, now)) evolve(run, event);
  };
  for (const event of createRun(CREATED, now)) evolve(run, event);
  give({ type: "tick" });
  for (let step = 0; run.state === "running"; step++) {
    if (step > 5_000) throw new Error("no end in sight");
    const queued = queuedKeys(run);
    const doing = intents(run);
    const live = doing.filter((intent) => intent.type === "start_attempt");
    const wake = doing.find((intent) => intent.type === "wake_at");
    if (queued.length > 0 && (live.length === 0 || order.chance(0.5))) {
      give({ type: "slots_granted", keys: [order.pick(queued)] });
    } else if (live.length > 0) {
      const { key, attempt } = order.pick(live);
      give({ type: "attempt_reported", key, attempt, outcome: fateOf(plan, salt, key) });
    } else {
      now = Math.max(now, wake?.type === "wake_at" ? wake.at : now);
      give({ type: "tick" });
    }
  }
  return run;
}

/**
 * A random plan in which nothing depends on time: no time-outs, and no items that follow from the
 * outputs of a task which may or may not have ended when its rule holds early.
 */
function timelessPlan(random: Random): RunPlan {
  const { timeout_ms: _, tasks, evaluator, ...rest } = randomPlan(random);
  const salt = `${random.next()}`;
  return {
    ...rest,
    tasks: tasks.map(({ timeout_ms: _, ...task }) => task),
    evaluator: {
      ...evaluator,
      items: (_, task) => ({
        ok: true,
        value: Array.from({ length: Math.floor(hashOf(`${salt} ${task}`) * 4) }, () => 1),
      }),
    },
  };
}

function statesOf(run: Run): Record<string, string> {
  return Object.fromEntries([...run.task_runs.values()].map(({ key, state }) => [key, state]).sort());
}

describe("for every graph", () => {
  test("what becomes of the tasks does not depend on who ends first", () => {
    fc.assert(
      fc.property(seeds, seeds, seeds, (seed, first, second) => {
        const plan = timelessPlan(new Random(seed));
        const salt = `${seed}`;
        const one = runToEnd(plan, salt, new Random(first));
        const other = runToEnd(plan, salt, new Random(second));
        expect(statesOf(other)).toEqual(statesOf(one));
        expect([other.state, other.why]).toEqual([one.state, one.why]);
      }),
      { numRuns: 400 },
    );
  });

  test("every task ends as the oracle says, once all of it is over", () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, order) => {
        const plan = timelessPlan(new Random(seed));
        const run = runToEnd(plan, `${seed}`, new Random(order));
        const graph = new Graph(plan, undefined);
        for (const task of plan.tasks) {
          const { state, attempt, items } = run.task_runs.get(task.id as string as TaskKey)!;
          const said = graph.says(task.id, run.task_runs);
          if (said === "run") {
            const ran = attempt > 0 || items !== undefined;
            expect(ran || task.conditional || task.for_each !== undefined, task.id).toBe(true);
            expect(["success", "failed", "skipped"]).toContain(state);
          } else {
            expect(state).toBe(said);
          }
          expect(seen(task, run.task_runs)).not.toBe("open");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("every prefix of a journal replays to a run that goes on as the first one did", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plan = timelessPlan(new Random(seed));
        const events = createRun(CREATED, 0);
        const run = replay(plan, runId("r1"), events);
        const random = new Random(seed);
        for (let step = 0; step < 30; step++) {
          const queued = queuedKeys(run);
          const live = intents(run).filter((intent) => intent.type === "start_attempt");
          const target = live.length > 0 && random.chance(0.5) ? random.pick(live) : undefined;
          const input =
            target !== undefined
              ? ({
                  type: "attempt_reported",
                  key: target.key,
                  attempt: target.attempt,
                  outcome: fateOf(plan, "", target.key),
                } as const)
              : queued.length > 0
                ? ({ type: "slots_granted", keys: queued } as const)
                : ({ type: "tick" } as const);
          const again = replay(plan, runId("r1"), events);
          const decided = decide(run, input, step * 1_000);
          expect(decide(again, input, step * 1_000)).toEqual(decided);
          for (const event of decided) {
            evolve(run, event);
            events.push(event);
            expect(dumpRun(replay(plan, runId("r1"), events))).toBe(dumpRun(run));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("asking for the intents changes nothing, and asking twice gives the same", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const plan = randomPlan(new Random(seed));
        const run = replay(plan, runId("r1"), createRun(CREATED, 0));
        for (const input of [{ type: "tick" }, { type: "slots_granted", keys: [...run.task_runs.keys()] }] as const) {
          for (const event of decide(run, input, 0)) evolve(run, event);
          const before = dumpRun(run);
          expect(intents(run)).toEqual(intents(run));
          expect(dumpRun(run)).toBe(before);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("one input costs what it touches", () => {
  /** How often the run's task runs are read and written for one report, and for the intents after it. */
  function costInRunOf(tasks: number): number {
    const parts: Record<string, TaskParts> = {};
    for (let index = 0; index < tasks; index++) parts[`t${index}`] = index === 0 ? {} : { needs: [`t${index - 1}`] };
    const run = replay(aPlan(parts), runId("r1"), createRun(CREATED, 0));
    const give = (input: Parameters<typeof decide>[1]) => {
      for (const event of decide(run, input, 0)) evolve(run, event);
    };
    give({ type: "tick" });
    give({ type: "slots_granted", keys: queuedKeys(run) });
    const [first] = intents(run);
    if (first?.type !== "start_attempt") throw new Error("the first task did not start");
    let calls = 0;
    const counted = ["taskRun", "whole", "tally", "put", "planned", "items", "everyItem"] as const;
    const originals = counted.map((name) => [name, RunRecord.prototype[name]] as const);
    for (const [name, original] of originals) {
      const counting = function (this: RunRecord, ...args: unknown[]): unknown {
        calls++;
        return Reflect.apply(original, this, args);
      };
      Object.assign(RunRecord.prototype, { [name]: counting });
    }
    try {
      const { key, attempt } = first;
      give({ type: "attempt_reported", key, attempt, outcome: { state: "success", outputs: {} } });
      intents(run);
    } finally {
      Object.assign(RunRecord.prototype, Object.fromEntries(originals));
    }
    return calls;
  }

  test("whatever the size of the run", () => {
    const cost = costInRunOf(10);
    expect(cost).toBeGreaterThan(5);
    expect(costInRunOf(10_000)).toBe(cost);
  });
});

import { describe, expect, test } from "vitest";
import { decide, evolve, type Run, type RunPlan, SlotQueue, touched } from "../../../src/core/index.ts";
import { Random } from "../../simulation/support/random.ts";
import { aPlan, type TaskParts, taskKey } from "../../support/plans.ts";
import { RunDriver } from "./run-driver.ts";

const FREE = { concurrency: 1_000, pools: {} };

/** What the queue decides, as `run: key key` and `run refuses key`. */
function decisions(slots: SlotQueue): string[] {
  return slots.grant().map(({ run_id, input }) => {
    if (input.type === "slots_refused") return `${run_id} refuses ${input.key}: ${input.message}`;
    return `${run_id}: ${input.keys.join(" ")}`;
  });
}

/** A run of independent tasks, all queued at once, in a queue of its own. */
function queuedIn(
  limits: ConstructorParameters<typeof SlotQueue>[0],
  tasks: Record<string, TaskParts>,
  parts: Parameters<typeof aPlan>[1] = {},
): { readonly slots: SlotQueue; readonly run: RunDriver } {
  const run = RunDriver.started(aPlan(tasks, parts));
  const slots = new SlotQueue(limits);
  slots.addRun(run.run);
  return { slots, run };
}

/** Keeps the queue in step with what a run went through. */
function follow(slots: SlotQueue, run: RunDriver, act: () => void): void {
  const before = run.journal.length;
  act();
  for (const key of touched(run.run, run.journal.slice(before))) slots.update(run.run, key);
}

describe("who gets a slot", () => {
  test("everybody, when there is room", () => {
    const { slots } = queuedIn(FREE, { a: {}, b: {}, c: {} });
    expect(decisions(slots)).toEqual(["r1: a b c"]);
  });

  test("nobody, when nobody waits", () => {
    expect(decisions(new SlotQueue(FREE))).toEqual([]);
  });

  test("the higher priority first, then who waits longer, then in the pipeline's order", () => {
    const run = RunDriver.started(
      aPlan({ late: { needs: ["z"] }, z: {}, a: {}, low: { priority: -1 }, high: { priority: 5 } }),
    );
    run.now += 10;
    run.mark("z", "success");
    const slots = new SlotQueue(FREE);
    slots.addRun(run.run);
    expect(decisions(slots)).toEqual(["r1: high a late low"]);
  });

  test("only as many as the engine runs at once", () => {
    const { slots, run } = queuedIn({ concurrency: 2, pools: {} }, { a: {}, b: {}, c: {} });
    expect(decisions(slots)).toEqual(["r1: a b"]);
    follow(slots, run, () => run.grant("a", "b"));
    expect(decisions(slots)).toEqual([]);
    follow(slots, run, () => run.succeed("b"));
    expect(decisions(slots)).toEqual(["r1: c"]);
  });

  test("other limits count from then on, and take nobody's slot away", () => {
    const { slots, run } = queuedIn({ concurrency: 2, pools: {} }, { a: {}, b: {}, c: {} });
    follow(slots, run, () => run.grant("a", "b"));
    slots.setLimits({ concurrency: 1, pools: {} });
    follow(slots, run, () => run.succeed("b"));
    expect(decisions(slots)).toEqual([]);
    slots.setLimits({ concurrency: 2, pools: {} });
    expect(decisions(slots)).toEqual(["r1: c"]);
  });

  test("a grant that nobody acts on is granted again", () => {
    const { slots } = queuedIn({ concurrency: 1, pools: {} }, { a: {}, b: {} });
    expect(decisions(slots)).toEqual(["r1: a"]);
    expect(decisions(slots)).toEqual(["r1: a"]);
  });

  test("only as many of one run as its `max_active_tasks` says, and others pass", () => {
    const { slots } = queuedIn(
      FREE,
      { a: { priority: 9 }, b: { priority: 9 }, c: { priority: 9 } },
      { max_active_tasks: 2 },
    );
    const { run } = otherRun("r2", { x: {} });
    slots.addRun(run);
    expect(decisions(slots)).toEqual(["r1: a b", "r2: x"]);
  });

  test("only as many items of a task as its `max_parallel` says, and others pass", () => {
    const items = () => ({ ok: true as const, value: [0, 1, 2] });
    const { slots, run } = queuedIn(
      FREE,
      { m: { for_each: { max_parallel: 2 }, priority: 1 }, n: { for_each: {} }, a: {} },
      { evaluator: { items } },
    );
    expect(decisions(slots)).toEqual(["r1: m[0] m[1] n[0] n[1] n[2] a"]);
    follow(slots, run, () => run.grant("m[0]", "m[1]"));
    expect(decisions(slots)).toEqual(["r1: n[0] n[1] n[2] a"]);
    follow(slots, run, () => run.fail("m[0]"));
    expect(decisions(slots)).toEqual(["r1: m[2] n[0] n[1] n[2] a"]);
  });

  test("an item that waits is still one of its `max_parallel`, and of no other limit; after a restart too", () => {
    const items = () => ({ ok: true as const, value: [0, 1, 2] });
    const limits = { concurrency: 1, pools: { gpu: 1 } };
    const { slots, run } = queuedIn(
      limits,
      { m: { for_each: { max_parallel: 2 }, pool: "gpu", priority: 1 }, n: { for_each: {} } },
      { evaluator: { items }, max_active_tasks: 1 },
    );
    for (const key of ["m[0]", "m[1]"]) {
      expect(decisions(slots)).toEqual([`r1: ${key}`]);
      follow(slots, run, () => run.grant(key));
      follow(slots, run, () => run.wait(key));
    }
    expect(decisions(slots)).toEqual(["r1: n[0]"]);
    const again = new SlotQueue(limits);
    again.addRun(run.run);
    expect(decisions(again)).toEqual(["r1: n[0]"]);
    follow(slots, run, () => run.succeed("m[1]"));
    expect(decisions(slots)).toEqual(["r1: m[2]"]);
    // Where there is no such limit, they count for nothing.
    follow(slots, run, () => run.grant("m[2]"));
    follow(slots, run, () => run.wait("m[2]"));
    for (const key of ["n[0]", "n[1]", "n[2]"]) {
      expect(decisions(slots)).toEqual([`r1: ${key}`]);
      follow(slots, run, () => run.grant(key));
      follow(slots, run, () => run.wait(key));
    }
    slots.withdrawRun(run.run.id);
    expect(decisions(slots)).toEqual([]);
  });

  test("the items of one task in two runs don't share its `max_parallel`", () => {
    const items = () => ({ ok: true as const, value: [0, 1] });
    const tasks = { m: { for_each: { max_parallel: 1 } } };
    const { slots } = queuedIn(FREE, tasks, { evaluator: { items } });
    slots.addRun(otherRun("r2", tasks, { evaluator: { items } }).run);
    expect(decisions(slots)).toEqual(["r1: m[0]", "r2: m[0]"]);
  });

  test("runs that wait equally long take their turns in the order of their ids", () => {
    const { slots } = queuedIn({ concurrency: 3, pools: {} }, { a: {}, b: {} });
    slots.addRun(otherRun("r0", { x: {}, y: {} }).run);
    expect(decisions(slots)).toEqual(["r0: x y", "r1: a"]);
  });
});

describe("pools", () => {
  const limits = { concurrency: 100, pools: { gpu: 3, db: 1 } };

  test("give as many slots as they have, each task as many as it needs", () => {
    const tasks = { a: { pool: "gpu", pool_slots: 2 }, b: { pool: "gpu" }, c: { pool: "gpu" } };
    const { slots, run } = queuedIn(limits, tasks);
    expect(decisions(slots)).toEqual(["r1: a b"]);
    follow(slots, run, () => run.grant("a", "b"));
    expect(decisions(slots)).toEqual([]);
    follow(slots, run, () => run.succeed("a"));
    expect(decisions(slots)).toEqual(["r1: c"]);
  });

  test("are shared by all runs", () => {
    const { slots, run } = queuedIn(limits, { a: { pool: "db" } });
    slots.addRun(otherRun("r2", { a: { pool: "db" } }).run);
    expect(decisions(slots)).toEqual(["r1: a"]);
    follow(slots, run, () => run.grant());
    expect(decisions(slots)).toEqual([]);
    follow(slots, run, () => run.succeed("a"));
    expect(decisions(slots)).toEqual(["r2: a"]);
  });

  test("that are full hold back nobody else, whatever the priority", () => {
    const tasks = {
      first: { pool: "db", priority: 9 },
      second: { pool: "db", priority: 9 },
      other: { pool: "gpu" },
      plain: {},
    };
    const { slots } = queuedIn(limits, tasks);
    expect(decisions(slots)).toEqual(["r1: first other plain"]);
  });

  test("let nobody overtake who waits for many slots", () => {
    const tasks = {
      running: { pool: "gpu" },
      wide: { pool: "gpu", pool_slots: 3, priority: 1 },
      small: { pool: "gpu" },
      plain: {},
    };
    const { slots, run } = queuedIn(limits, tasks);
    follow(slots, run, () => run.grant("running"));
    expect(decisions(slots)).toEqual(["r1: plain"]);
    follow(slots, run, () => run.succeed("running"));
    expect(decisions(slots)).toEqual(["r1: wide plain"]);
  });

  test("let others pass who waits for its own run", () => {
    const { slots, run } = queuedIn(
      limits,
      { a: {}, wide: { pool: "gpu", pool_slots: 3, priority: 9 } },
      { max_active_tasks: 1 },
    );
    follow(slots, run, () => run.grant("a"));
    slots.addRun(otherRun("r2", { small: { pool: "gpu" } }).run);
    expect(decisions(slots)).toEqual(["r2: small"]);
  });

  test("refuse what needs more slots than they have, and what needs a pool that isn't there", () => {
    const { slots, run } = queuedIn(limits, {
      wide: { pool: "gpu", pool_slots: 4 },
      stray: { pool: "tpu" },
      odd: { pool: "constructor" },
      plain: {},
    });
    expect(decisions(slots)).toEqual([
      "r1 refuses wide: it needs 4 slots of pool gpu, which has 3",
      "r1 refuses stray: it needs pool tpu, which is not configured",
      "r1 refuses odd: it needs pool constructor, which is not configured",
      "r1: plain",
    ]);
    for (const { input } of slots.grant()) follow(slots, run, () => run.give(input));
    expect(decisions(slots)).toEqual([]);
    expect(run.states()).toEqual({ wide: "failed", stray: "failed", odd: "failed", plain: "running" });
  });

  test("`pool_slots` without a pool means nothing", () => {
    const { slots } = queuedIn({ concurrency: 2, pools: {} }, { a: { pool_slots: 5 }, b: { pool_slots: 5 } });
    expect(decisions(slots)).toEqual(["r1: a b"]);
  });
});

describe("a slot is held", () => {
  const one = { concurrency: 1, pools: {} };

  test("until the report of an attempt that was told to stop, also when its task was decided by hand", () => {
    const { slots, run } = queuedIn(one, { a: {}, b: {} });
    follow(slots, run, () => run.grant("a"));
    follow(slots, run, () => run.mark("a", "success"));
    expect(decisions(slots)).toEqual([]);
    follow(slots, run, () => run.fail("a"));
    expect(decisions(slots)).toEqual(["r1: b"]);
  });

  test("by nobody who waits", () => {
    const { slots, run } = queuedIn(one, { a: {}, b: {} });
    follow(slots, run, () => run.grant("a"));
    follow(slots, run, () => run.wait("a"));
    expect(decisions(slots)).toEqual(["r1: b"]);
    follow(slots, run, () => run.grant("b"));
    expect(decisions(slots)).toEqual([]);
    follow(slots, run, () => run.succeed("a"));
    expect(decisions(slots)).toEqual([]);
  });

  test("as long as its run is known to the queue", () => {
    const { slots, run } = queuedIn(one, { a: {} });
    follow(slots, run, () => run.grant("a"));
    slots.addRun(otherRun("r2", { x: {} }).run);
    expect(decisions(slots)).toEqual([]);
    slots.withdrawRun(run.run.id);
    expect(decisions(slots)).toEqual(["r2: x"]);
  });

  test("after a restart as before it", () => {
    const { slots, run } = queuedIn({ concurrency: 2, pools: {} }, { a: {}, b: {}, c: {} });
    follow(slots, run, () => run.grant("b"));
    const again = new SlotQueue({ concurrency: 2, pools: {} });
    again.addRun(run.run);
    expect(decisions(again)).toEqual(decisions(slots));
    expect(decisions(again)).toEqual(["r1: a"]);
  });

  test("and a task run that the queue does not know, or that is gone, changes nothing", () => {
    const { slots, run } = queuedIn(one, { a: {} });
    slots.update(run.run, taskKey("nobody"));
    slots.update(run.run, taskKey("a"));
    slots.update(run.run, taskKey("a"));
    expect(decisions(slots)).toEqual(["r1: a"]);
    slots.withdrawRun(run.run.id);
    slots.withdrawRun(run.run.id);
    expect(decisions(slots)).toEqual([]);
  });

  test("an engine that could never run anything is refused", () => {
    expect(() => new SlotQueue({ concurrency: 0, pools: {} })).toThrow("a concurrency of 0 lets nothing run");
  });
});

/** Another run for the same queue. */
function otherRun(id: string, tasks: Record<string, TaskParts>, parts: Parameters<typeof aPlan>[1] = {}): { run: Run } {
  return { run: RunDriver.started(aPlan(tasks, parts)).copy(id) };
}

describe("against a queue that is as simple as can be", () => {
  interface Waiting {
    readonly run: string;
    readonly key: string;
    readonly task: RunPlan["tasks"][number];
    readonly plan: RunPlan;
    readonly queued_at: number;
    readonly order: number;
  }

  /** Takes the queued ones in order and gives each a slot if every limit allows it. */
  function naive(
    limits: { concurrency: number; pools: Record<string, number> },
    runs: readonly Run[],
    plans: Map<string, RunPlan>,
  ): string[] {
    const live: { run: string; task: string; pool: string | undefined; pool_slots: number }[] = [];
    const waiting: Waiting[] = [];
    for (const run of runs) {
      const plan = plans.get(run.id)!;
      for (const [order, task] of plan.tasks.entries()) {
        const state = run.task_runs.get(taskKey(task.id))!;
        if (state.state === "running")
          live.push({ run: run.id, task: task.id, pool: task.pool, pool_slots: task.pool_slots });
        if (state.state === "queued")
          waiting.push({ run: run.id, key: task.id, task, plan, queued_at: state.queued_at!, order });
      }
    }
    waiting.sort(
      (a, b) =>
        b.task.priority - a.task.priority ||
        a.queued_at - b.queued_at ||
        a.run.localeCompare(b.run) ||
        a.order - b.order,
    );
    const closed = new Set<string>();
    const granted: string[] = [];
    for (const { run, key, task, plan } of waiting) {
      if (live.length >= limits.concurrency) break;
      if (live.filter((one) => one.run === run).length >= plan.max_active_tasks) continue;
      const { pool } = task;
      if (pool !== undefined) {
        const used = live.reduce((sum, one) => sum + (one.pool === pool ? one.pool_slots : 0), 0);
        if (used + task.pool_slots > limits.pools[pool]!) closed.add(pool);
        if (closed.has(pool)) continue;
      }
      live.push({ run, task: key, pool, pool_slots: task.pool_slots });
      granted.push(`${run}/${key}`);
    }
    return granted.sort();
  }

  test("grants the same", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const limits = { concurrency: 1 + random.int(6), pools: { p: 3, q: 2 } };
      const slots = new SlotQueue(limits);
      const plans = new Map<string, RunPlan>();
      const runs = Array.from({ length: 1 + random.int(3) }, (_, index) => {
        const tasks = Object.fromEntries(
          Array.from({ length: 1 + random.int(8) }, (_, task) => [
            `t${task}`,
            {
              priority: random.int(3),
              ...(random.chance(0.6) && { pool: random.pick(["p", "q"]), pool_slots: 1 + random.int(2) }),
            },
          ]),
        );
        const plan = aPlan(tasks, { max_active_tasks: 1 + random.int(4) });
        const driver = new RunDriver(plan);
        driver.now += random.int(3);
        driver.tick();
        plans.set(`r${index}`, plan);
        return driver.copy(`r${index}`);
      });
      for (const run of runs) slots.addRun(run);
      for (let step = 0; step < 12; step++) {
        const granted = slots
          .grant()
          .flatMap(({ run_id, input }) =>
            input.type === "slots_granted" ? input.keys.map((key) => `${run_id}/${key}`) : [],
          );
        expect(granted.sort(), `seed ${seed}, step ${step}`).toEqual(naive(limits, runs, plans));
        const run = random.pick(runs);
        const live = [...run.task_runs.values()].filter((task) => task.state === "running");
        const inputs = slots
          .grant()
          .filter(({ run_id }) => run_id === run.id)
          .map(({ input }) => input);
        const ended = live[0];
        const input =
          ended !== undefined && random.chance(0.5)
            ? {
                type: "attempt_reported" as const,
                key: ended.key,
                attempt: 1,
                outcome: { state: "success" as const, outputs: {} },
              }
            : inputs[0];
        if (input === undefined) continue;
        const events = decide(run, input, 2_000_000);
        for (const event of events) evolve(run, event);
        for (const key of touched(run, events)) slots.update(run, key);
      }
    }
  });
});

import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../src/core/index.ts";
import { type RunAction, type Store, StoreError } from "../../../src/engine/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { anEngine, aProgram, type EngineWorld } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A store of which some methods are others. */
function storeWith(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A clock of an engine that starts a minute after this one's stopped: its leases have ended. */
const later = (clock: VirtualClock) => new VirtualClock(clock.now() + 60_000);

/** Another engine on the store of one that is gone. */
const successorOf = (before: EngineWorld, program = aProgram({ a: {} })) =>
  anEngine(program, { store: before.store, clock: later(before.clock) });

const markNoTask: RunAction = { type: "mark_requested", key: "nope" as TaskKey, state: "success", by: "test" };

describe("an attempt that runs", () => {
  test("is adopted also when its expressions can't be evaluated any more", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const run = await before.create();
    await before.engine.close();
    const failure = { reason: "expression_failed", message: "there is no secret" } as const;
    const after = successorOf(before, { ...aProgram({ a: {} }), resolve: () => ({ ok: false, failure }) });
    await after.engine.resume();
    await after.idle();
    expect(after.executor.adopted).toMatchObject([{ key: "a", attempt: 1, epoch: 2 }]);
    after.executor.succeed("a");
    expect((await after.engine.finished(run)).state).toBe("success");
  });
});

describe("an action that is refused", () => {
  test("leaves a finished run free, and no timer behind", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const run = await world.create();
    world.executor.succeed("a");
    await world.engine.finished(run);
    await expect(world.engine.act(run, markNoTask)).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
    expect(world.clock.pending).toBe(0);
    const other = anEngine(aProgram({ a: {} }), { store: world.store, clock: world.clock });
    await other.engine.act(run, { type: "retry_requested", by: "test", what: { from: ["a" as never] } });
  });

  test("leaves an interrupted run to whoever resumes it", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const run = await before.create();
    const after = successorOf(before);
    await expect(after.engine.act(run, markNoTask)).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
    expect(await after.engine.resume()).toEqual([run]);
    await after.idle();
    expect(after.executor.adopted).toHaveLength(1);
  });
});

describe("two actions at once on a run that nobody drives", () => {
  test("are both carried out", async () => {
    const program = aProgram({ a: {}, b: {} });
    const before = anEngine(program);
    const run = await before.create();
    const after = successorOf(before, program);
    const mark = (key: string) =>
      ({ type: "mark_requested", by: "test", key: key as never, state: "success" }) as const;
    await Promise.all([after.engine.act(run, mark("a")), after.engine.act(run, mark("b"))]);
    const rows = await after.store.listTaskRuns(run);
    expect(rows.map(({ key, state }) => [key, state])).toEqual([
      ["a", "success"],
      ["b", "success"],
    ]);
  });

  test("don't hinder each other when the first is refused", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const run = await world.create();
    world.executor.succeed("a");
    await world.engine.finished(run);
    const [refused, retried] = await Promise.allSettled([
      world.engine.act(run, markNoTask),
      world.engine.act(run, { type: "retry_requested", by: "test", what: { from: ["a" as never] } }),
    ]);
    expect([refused.status, retried.status]).toEqual(["rejected", "fulfilled"]);
    expect(await world.store.getRun(run)).toMatchObject({ state: "running" });
  });
});

describe("a run that another engine has taken over", () => {
  test("fails whoever waits for its end here", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const run = await before.create();
    const finished = before.engine.finished(run);
    await successorOf(before).engine.resume();
    before.executor.succeed("a");
    await expect(finished).rejects.toMatchObject({ code: "RUN_HELD" });
  });

  test("fails the actions that were not carried out", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const run = await before.create();
    await successorOf(before).engine.resume();
    const cancelled = before.engine.act(run, { type: "cancel_requested", by: "test" });
    await expect(cancelled).rejects.toMatchObject({ code: "RUN_HELD" });
  });
});

describe("a run that can't be stored ever", () => {
  /** Refuses the second run, as SQLite does a value that its column can't hold. */
  const refusing = (isRefused: (run_id: string, seq: number) => boolean): Store => {
    const store = createMemoryStore();
    return storeWith(store, {
      commit: async (owner, writes) => {
        if (writes.some(({ run_id, expected_seq }) => isRefused(run_id, expected_seq)))
          throw new Error("cannot store it");
        return store.commit(owner, writes);
      },
    });
  };

  test("is refused to whoever creates it, and the others go on", async () => {
    const world = anEngine(aProgram({ a: {} }), { store: refusing((run_id) => run_id.endsWith("-2")) });
    const made = await Promise.allSettled([world.create(), world.create(), world.create()]);
    expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(made[1]).toMatchObject({ reason: { message: "cannot store it" } });
    await world.idle();
    expect(world.executor.started).toHaveLength(2);
    expect(world.troubles).toEqual([expect.stringContaining("can't be stored, and is no longer driven")]);
  });

  test("in its middle is let go of, loudly, and whoever waits for it is told", async () => {
    const world = anEngine(aProgram({ a: {} }), { store: refusing((run_id, seq) => run_id.endsWith("-1") && seq > 3) });
    const [bad, good] = [await world.create(), await world.create()];
    await world.idle();
    const ended = world.engine.finished(bad);
    world.executor.succeed("a", {}, bad);
    world.executor.succeed("a", {}, good);
    await expect(ended).rejects.toThrow("cannot store it");
    expect((await world.engine.finished(good)).state).toBe("success");
    expect(world.troubles).toHaveLength(1);
  });
});

describe("resuming", () => {
  test("a run that can't be read keeps no other from being taken up, and stays free", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const [first, second] = [await before.create(), await before.create()];
    let broken: string | undefined = first;
    const store = storeWith(before.store, {
      readEvents: async (id, after) => {
        if (id === broken) throw new StoreError("corrupt", "some are missing");
        return before.store.readEvents(id, after);
      },
    });
    const after = anEngine(aProgram({ a: {} }), { store, clock: later(before.clock) });
    await expect(after.engine.resume()).rejects.toThrow("some are missing");
    await after.idle();
    expect(after.executor.adopted).toMatchObject([{ run_id: second }]);
    broken = undefined;
    expect(await after.engine.resume()).toEqual([first]);
  });

  test("a run that is driven here is driven on, also when its lease has ended meanwhile", async () => {
    const store = createMemoryStore();
    let asleep = true;
    const world = anEngine(aProgram({ a: {} }), {
      store: storeWith(store, { renewLeases: async (...given) => (asleep ? given[0] : store.renewLeases(...given)) }),
    });
    const run = await world.create();
    await world.advance(60_000);
    asleep = false;
    expect(await world.engine.resume()).toEqual([]);
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });
});

describe("a new run that the store refuses for a while", () => {
  test("is driven once it is stored", async () => {
    const store = createMemoryStore();
    let full = true;
    const world = anEngine(aProgram({ a: {} }), {
      store: storeWith(store, {
        commit: async (owner, writes) => {
          if (full) throw new StoreError("disk_full", "no space left");
          return store.commit(owner, writes);
        },
      }),
    });
    const created = world.create();
    await world.idle();
    // The renewal of leases comes in the meantime.
    for (let i = 0; i < 15; i++) await world.advance(1_000);
    full = false;
    for (let i = 0; i < 6; i++) await world.advance(1_000);
    world.executor.succeed("a");
    expect((await world.engine.finished(await created)).state).toBe("success");
  });
});

describe("a task whose pool can't take it", () => {
  test("fails, and what follows on that gets its slot", async () => {
    const world = anEngine(aProgram({ a: { pool: "nowhere" }, b: { needs: ["a"], trigger_rule: "all_failed" } }));
    const run = await world.create();
    await world.idle();
    expect(world.executor.started.map(({ key }) => key)).toEqual(["b"]);
    world.executor.succeed("b");
    expect((await world.engine.finished(run)).state).toBe("failed");
  });
});

describe("a broken invariant", () => {
  test("fails its run, starts nothing more of it and takes no slot from others", async () => {
    const evaluator = {
      condition: () => {
        throw new Error("broken");
      },
      items: () => ({ ok: false, message: "" }) as const,
      retry: () => ({ ok: false, message: "" }) as const,
    };
    const tasks = { a: {}, b: { needs: ["a"], conditional: true }, c: {}, d: {} };
    const bad = aProgram(tasks, { evaluator });
    const world = anEngine(bad, { concurrency: 2 });
    const run = await world.create();
    world.executor.succeed("a");
    await world.idle();
    world.executor.fail("c");
    expect(await world.engine.finished(run)).toMatchObject({ state: "failed", why: "internal error: broken" });
    expect(world.executor.started.map(({ key }) => key)).toEqual(["a", "c"]);
    const now = world.clock.now();
    const dates = { logical_date: now, data_interval_start: now, data_interval_end: now };
    const created = { trigger: "manual", by: "test", params: {}, ...dates } as const;
    await world.engine.createRun({ program: aProgram({ x: {}, y: {} }), created });
    expect(world.executor.started.map(({ key }) => key)).toEqual(["a", "c", "x", "y"]);
  });

  test("in the making of an attempt fails that attempt, and other runs go on", async () => {
    const bad = {
      ...aProgram({ a: {} }),
      resolve: () => {
        throw new Error("broken");
      },
    };
    const world = anEngine(bad);
    const run = await world.create();
    expect((await world.engine.finished(run)).state).toBe("failed");
    expect((await world.store.listTaskRuns(run))[0]?.failure).toMatchObject({ reason: "operator_failed" });
  });
});

describe("closing", () => {
  test("refuses what was asked for just before, and leaves no timer", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const created = world.create();
    const closed = world.engine.close();
    await expect(created).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
    await closed;
    expect(world.clock.pending).toBe(0);
  });

  test("resolves when the store refuses to take the leases back", async () => {
    const store = storeWith(createMemoryStore(), {
      releaseLeases: async () => {
        throw new StoreError("disk_full", "no space left");
      },
    });
    const world = anEngine(aProgram({ a: {} }), { store });
    await world.create();
    await world.engine.close();
    expect(world.troubles).toHaveLength(1);
  });
});

describe("runs of an engine that is gone", () => {
  test.each([["leaseRuns"], ["claimAttempt"]] as const)(
    "are taken up once the store lets them, when it refuses %s at first",
    async (name) => {
      const before = anEngine(aProgram({ a: {} }));
      const run = await before.create();
      await before.engine.close();
      let refusals = 3;
      const method = before.store[name].bind(before.store) as (...args: unknown[]) => Promise<never>;
      const refusing = async (...args: unknown[]): Promise<never> => {
        if (refusals-- > 0) throw new StoreError("disk_full", "the disk is full");
        return method(...args);
      };
      const clock = later(before.clock);
      const after = anEngine(aProgram({ a: {} }), { store: storeWith(before.store, { [name]: refusing }), clock });
      const resumed = after.engine.resume();
      for (let i = 0; i < 10; i++) {
        await after.idle();
        await after.advance(10_000);
      }
      expect(await resumed).toEqual([run]);
      expect(after.executor.adopted).toMatchObject([{ key: "a" }]);
      await after.engine.close();
    },
  );
});

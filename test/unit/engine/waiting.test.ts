import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../src/core/index.ts";
import { type RunAction, type Store, StoreError } from "../../../src/engine/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { anEngine, aProgram, type EngineWorld } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const A = "a" as TaskKey;
const SUCCESS = { state: "success", outputs: {} } as const;
const cancel: RunAction = { type: "cancel_requested", by: "test" };

/** An engine in which attempt 1 of `a` waits. */
async function waiting(program = aProgram({ a: {} }), store?: Store) {
  const world = anEngine(program, store && { store });
  const run = await world.create();
  world.executor.report("a", { type: "waits" });
  await world.idle();
  expect(await world.state(run, "a")).toBe("waiting");
  return { world, run };
}

/** The engine after one that ended while attempt 1 of `a` waited. */
async function restarted(program = aProgram({ a: {} })) {
  const { world: before, run } = await waiting(program);
  await before.engine.close();
  const world = anEngine(program, { store: before.store, clock: new VirtualClock(before.clock.now() + 60_000) });
  return { world, run };
}

/** A store of which some methods are others. */
function withMethods(inner: Store, methods: Partial<Store>): Store {
  return new Proxy(inner, {
    get: (target, name) => {
      const value = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Whether the run has ended for those who wait for that. */
function watch(world: EngineWorld, run: Parameters<EngineWorld["state"]>[0]) {
  const seen = { state: "open" as string };
  void world.engine.finished(run).then(({ state }) => {
    seen.state = state;
  });
  return seen;
}

describe("an attempt that waits", () => {
  test("is neither stopped nor started again, and its report ends it", async () => {
    const { world, run } = await waiting();
    await world.advance(1_000_000);
    expect(world.executor.started).toHaveLength(1);
    expect(world.executor.stopped).toEqual([]);
    expect(await world.store.listAttempts(run)).toMatchObject([{ attempt: 1, state: "waiting" }]);
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("may end before it was noted that it waits", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const run = await world.create();
    world.executor.report("a", { type: "waits" });
    world.executor.succeed("a");
    world.executor.report("a", { type: "waits" });
    expect((await world.engine.finished(run)).state).toBe("success");
    const types = (await world.store.readEvents(run)).map(({ type }) => type);
    expect(types.slice(-4)).toEqual(["attempt_waiting", "attempt_ended", "task_finished", "run_finished"]);
  });

  test("leaves its slot to others", async () => {
    const world = anEngine(aProgram({ a: {}, b: {} }), { concurrency: 1 });
    await world.create();
    expect(world.executor.started.map(({ key }) => key)).toEqual(["a"]);
    world.executor.report("a", { type: "waits" });
    await world.idle();
    expect(world.executor.started.map(({ key }) => key)).toEqual(["a", "b"]);
  });

  test.each([
    ["a time-out", "timeout", (world: EngineWorld) => world.advance(1_000)],
    ["a cancel", "cancelled", (world: EngineWorld, run) => world.engine.act(run, cancel)],
    ["an answer", "cancelled", (world: EngineWorld, run) => world.engine.answer(run, A, "ann", () => SUCCESS)],
    [
      "a mark",
      "cancelled",
      (world: EngineWorld, run) =>
        world.engine.act(run, { type: "mark_requested", key: A, state: "skipped", by: "test" }),
    ],
  ] as [string, string, (world: EngineWorld, run: Parameters<EngineWorld["state"]>[0]) => Promise<void>][])(
    "is told to stop by %s, once, and the run's end waits until it has",
    async (_, why, end) => {
      const { world, run } = await waiting(aProgram({ a: { timeout_ms: 1_000 } }));
      const seen = watch(world, run);
      await end(world, run);
      await world.idle();
      expect(world.executor.stopped).toEqual([{ attempt: { run_id: run, key: A, attempt: 1 }, why, grace_ms: 10_000 }]);
      expect((await world.store.getRun(run))?.state).not.toBe("running");
      expect(seen.state).toBe("open");
      world.engine.killStopping();
      expect(world.executor.killed).toEqual([{ run_id: run, key: A, attempt: 1 }]);
      world.executor.succeed("a");
      await world.idle();
      expect(seen.state).not.toBe("open");
      expect(world.executor.stopped).toHaveLength(1);
    },
  );

  test("that was marked keeps the attempt of a retry back until it has stopped", async () => {
    const { world, run } = await waiting();
    await world.engine.act(run, { type: "mark_requested", key: A, state: "failed", by: "test" });
    await world.engine.act(run, { type: "retry_requested", by: "test", what: "failed" });
    await world.idle();
    expect(world.executor.started.map(({ attempt }) => attempt)).toEqual([1]);
    world.executor.fail("a");
    await world.idle();
    expect(world.executor.started.map(({ attempt }) => attempt)).toEqual([1, 2]);
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("is told to stop also when the store's answer to that decision was lost", async () => {
    const inner = createMemoryStore();
    let lost = false;
    const commit: Store["commit"] = async (owner, writes) => {
      const results = await inner.commit(owner, writes);
      if (lost) {
        lost = false;
        throw new StoreError("io", "the answer was lost");
      }
      return results;
    };
    const store = withMethods(inner, { commit });
    const { world, run } = await waiting(aProgram({ a: {} }), store);
    lost = true;
    const cancelled = world.engine.act(run, cancel);
    await world.idle();
    await world.advance(1_000);
    await cancelled;
    expect(world.executor.stopped).toMatchObject([{ why: "cancelled" }]);
    world.executor.fail("a");
    expect((await world.engine.finished(run)).state).toBe("cancelled");
  });

  test("ends with a run that can't go on", async () => {
    const evaluator = {
      condition: () => {
        throw new Error("broken");
      },
      items: () => ({ ok: false, message: "" }) as const,
      retry: () => ({ ok: false, message: "" }) as const,
    };
    const tasks = { a: {}, b: {}, c: { needs: ["b"], conditional: true } };
    const { world, run } = await waiting(aProgram(tasks, { evaluator }));
    world.executor.succeed("b");
    await world.idle();
    expect(world.executor.stopped).toMatchObject([{ attempt: { key: "a" }, why: "cancelled" }]);
    world.executor.fail("a");
    expect(await world.engine.finished(run)).toMatchObject({ state: "failed", why: "internal error: broken" });
    expect((await world.store.listAttempts(run)).map(({ state }) => state)).not.toContain("waiting");
  });
});

describe("an attempt that waited when its engine ended", () => {
  test("is adopted by the next one, once, and goes on there", async () => {
    const { world, run } = await restarted();
    expect(await world.engine.resume()).toEqual([run]);
    await world.advance(60_000);
    expect(world.executor.started).toEqual([]);
    expect(world.executor.adopted).toMatchObject([{ key: "a", attempt: 1, epoch: 2 }]);
    // It gives its slot back once more: it has none, and nothing changes.
    world.executor.report("a", { type: "waits" });
    await world.idle();
    expect(await world.state(run, "a")).toBe("waiting");
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("is claimed together with all others, so that thousands of them are one transaction", async () => {
    const program = aProgram({ a: {}, b: {}, c: {} });
    const before = anEngine(program);
    const run = await before.create();
    for (const key of ["a", "b", "c"]) before.executor.report(key, { type: "waits" });
    await before.idle();
    await before.engine.close();
    let claiming = 0;
    let most = 0;
    const claimAttempt: Store["claimAttempt"] = async (attempt) => {
      most = Math.max(most, ++claiming);
      const epoch = await before.store.claimAttempt(attempt);
      claiming--;
      return epoch;
    };
    const world = anEngine(program, { store: withMethods(before.store, { claimAttempt }), clock: before.clock });
    expect(await world.engine.resume([run])).toEqual([run]);
    expect(most).toBe(3);
    expect(world.executor.adopted.map(({ key, epoch }) => `${key} ${epoch}`)).toEqual(["a 2", "b 2", "c 2"]);
  });

  test.each([
    ["is adopted as written when its expressions can't be evaluated any more", true],
    ["fails with the reason when it needs what its expressions can't give any more", false],
  ])("%s", async (_, goes_on) => {
    const program = aProgram({ a: { retries: { ...RETRIES, count: 3 } } });
    const { world: before, run } = await waiting(program);
    await before.engine.close();
    const failure = { reason: "expression_failed", message: "the secret `TOKEN` is gone" } as const;
    const { asWritten } = program;
    const next = { ...program, resolve: () => ({ ok: false as const, failure }), asWritten };
    if (!goes_on) next.asWritten = () => undefined;
    const world = anEngine(next, { store: before.store, clock: before.clock });
    await world.engine.resume([run]);
    await world.idle();
    expect(world.executor.adopted).toHaveLength(goes_on ? 1 : 0);
    if (goes_on) return expect(await world.state(run, "a")).toBe("waiting");
    expect(world.executor.started).toEqual([]);
    expect(await world.store.listTaskRuns(run)).toMatchObject([{ state: "failed", attempt: 1, failure }]);
    expect(await world.engine.finished(run)).toMatchObject({ state: "failed" });
  });

  test("is adopted and told to stop when the first that the next one hears is a cancel", async () => {
    const { world, run } = await restarted();
    await world.engine.act(run, cancel);
    const seen = watch(world, run);
    await world.idle();
    expect(world.executor.adopted).toMatchObject([{ key: "a", attempt: 1, epoch: 2 }]);
    expect(world.executor.stopped).toMatchObject([{ attempt: { key: "a", attempt: 1 }, why: "cancelled" }]);
    expect(seen.state).toBe("open");
    world.executor.fail("a");
    await world.idle();
    expect(seen.state).toBe("cancelled");
    expect(await world.store.listAttempts(run)).toMatchObject([{ attempt: 1, state: "cancelled" }]);
  });

  test("is adopted and told to stop when its time was over meanwhile, and the next attempt comes after it", async () => {
    const { world, run } = await restarted(aProgram({ a: { timeout_ms: 1_000, retries: { ...RETRIES, count: 1 } } }));
    await world.engine.resume();
    await world.idle();
    expect(world.executor.adopted).toMatchObject([{ key: "a", attempt: 1, epoch: 2 }]);
    expect(world.executor.stopped).toMatchObject([{ attempt: { key: "a", attempt: 1 }, why: "timeout" }]);
    expect(world.executor.started).toEqual([]);
    world.executor.fail("a");
    await world.idle();
    expect(world.executor.started).toMatchObject([{ key: "a", attempt: 2, epoch: 1 }]);
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });
});

const RETRIES = { count: 0, delay_ms: 0, backoff: "constant", factor: 1, jitter: 0, conditional: false } as const;

import { describe, expect, test } from "vitest";
import type { TaskKey } from "../../../src/core/index.ts";
import type { Store } from "../../../src/engine/index.ts";
import { StoreError } from "../../../src/engine/index.ts";
import { createMemoryStore } from "../../../src/store/index.ts";
import { anEngine, aProgram } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const key = (name: string) => name as TaskKey;

/** A store whose commits go through `commit`. */
function withCommit(store: Store, commit: Store["commit"]): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") return commit;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A clock of an engine that starts a minute after this one's stopped: its leases have ended. */
const later = (clock: VirtualClock) => new VirtualClock(clock.now() + 60_000);

describe("driving a run", () => {
  test("tasks start as their upstreams succeed, and the run ends with the last", async () => {
    const world = anEngine(aProgram({ a: {}, b: { needs: ["a"] } }));
    const run = await world.create();
    expect(world.executor.started.map((work) => work.key)).toEqual(["a"]);
    world.executor.succeed("a");
    await world.idle();
    expect(world.executor.started.map((work) => work.key)).toEqual(["a", "b"]);
    world.executor.succeed("b");
    expect(await world.engine.finished(run)).toEqual({ run_id: run, state: "success" });
  });

  test("an attempt is stored as started before the executor hears of it", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const stored: string[] = [];
    const start = world.executor.start.bind(world.executor);
    let read: Promise<unknown> = Promise.resolve();
    world.executor.start = (work) => {
      read = world.store.listAttempts(work.run_id).then((rows) => stored.push(...rows.map((row) => row.state)));
      start(work);
    };
    await world.create();
    await read;
    expect(stored).toEqual(["running"]);
  });

  test("reports of one tick of the event loop are stored in one commit", async () => {
    const store = createMemoryStore();
    const commits: number[] = [];
    const counting = withCommit(store, (owner, writes) => {
      commits.push(writes.length);
      return store.commit(owner, writes);
    });
    const world = anEngine(aProgram({ a: {}, b: {}, c: {} }), { store: counting });
    await world.create();
    commits.length = 0;
    for (const name of ["a", "b", "c"]) world.executor.succeed(name);
    await world.idle();
    expect(commits).toEqual([1]);
  });

  test("a failed attempt is followed by another after its delay, not before", async () => {
    const retries = {
      count: 1,
      delay_ms: 60_000,
      backoff: "constant",
      factor: 1,
      jitter: 0,
      conditional: false,
    } as const;
    const world = anEngine(aProgram({ a: { retries } }));
    const run = await world.create();
    world.executor.fail("a");
    await world.idle();
    await world.advance(59_999);
    expect(world.executor.started).toHaveLength(1);
    await world.advance(1);
    expect(world.executor.started.map((work) => work.attempt)).toEqual([1, 2]);
    world.executor.succeed("a");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("an attempt that takes too long is stopped, and fails once it has ended", async () => {
    const world = anEngine(aProgram({ a: { timeout_ms: 1000, grace_ms: 5 } }));
    const run = await world.create();
    await world.advance(1000);
    expect(world.executor.stopped).toEqual([
      { attempt: expect.objectContaining({ key: "a", attempt: 1 }), why: "timeout", grace_ms: 5 },
    ]);
    expect(await world.state(run, "a")).toBe("running");
    world.executor.fail("a", 143);
    expect((await world.engine.finished(run)).state).toBe("failed");
    const [row] = await world.store.listAttempts(run);
    expect(row?.failure).toMatchObject({ reason: "timeout" });
  });

  test("no more attempts are live than there are slots", async () => {
    const world = anEngine(aProgram({ a: {}, b: {}, c: {} }), { concurrency: 2 });
    await world.create();
    expect(world.executor.started).toHaveLength(2);
    world.executor.succeed("a");
    await world.idle();
    expect(world.executor.started).toHaveLength(3);
  });

  test("a task whose expressions fail ends as a failed attempt without reaching the executor", async () => {
    const failure = { reason: "expression_failed", message: "no such value" } as const;
    const program = { ...aProgram({ a: {} }), resolve: () => ({ ok: false, failure }) as const };
    const world = anEngine(program);
    const run = await world.create();
    expect((await world.engine.finished(run)).state).toBe("failed");
    expect(world.executor.started).toEqual([]);
    expect((await world.store.listTaskRuns(run))[0]?.failure).toEqual(failure);
  });
});

describe("people's actions", () => {
  test("a cancelled run stops what is live and ends when that has ended", async () => {
    const world = anEngine(aProgram({ a: {}, b: { needs: ["a"] } }));
    const run = await world.create();
    await world.engine.act(run, { type: "cancel_requested", by: "test" });
    expect(world.executor.stopped.map(({ why }) => why)).toEqual(["cancelled"]);
    world.engine.killStopping();
    expect(world.executor.killed).toMatchObject([{ key: "a", attempt: 1 }]);
    world.executor.fail("a", 143);
    expect((await world.engine.finished(run)).state).toBe("cancelled");
    expect(await world.state(run, "b")).toBe("cancelled");
  });

  test("a finished run is retried from what failed, and what succeeded is kept", async () => {
    const world = anEngine(aProgram({ a: {}, b: { needs: ["a"] } }));
    const run = await world.create();
    world.executor.succeed("a");
    await world.idle();
    world.executor.fail("b");
    expect((await world.engine.finished(run)).state).toBe("failed");
    await world.engine.act(run, { type: "retry_requested", by: "test", what: "failed" });
    expect(world.executor.started.map((work) => `${work.key}#${work.attempt}`)).toEqual(["a#1", "b#1", "b#2"]);
    world.executor.succeed("b");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("what can't be done is refused with its code", async () => {
    const world = anEngine(aProgram({ a: {} }));
    const run = await world.create();
    const retry = { type: "retry_requested", by: "test", what: "failed" } as const;
    await expect(world.engine.act(run, retry)).rejects.toMatchObject({ code: "RUN_NOT_FINISHED" });
    const mark = { type: "mark_requested", key: key("nope"), state: "success", by: "test" } as const;
    await expect(world.engine.act(run, mark)).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
    await expect(world.engine.act("none" as never, mark)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("after the engine is gone", () => {
  const program = aProgram({ a: {}, b: {}, c: { needs: ["a", "b"] } });

  test("another engine takes the run up: finished tasks stay, live attempts are adopted under a higher epoch", async () => {
    const before = anEngine(program);
    const run = await before.create();
    before.executor.succeed("a");
    await before.idle();
    const after = anEngine(program, { store: before.store, clock: later(before.clock) });
    expect(await after.engine.resume()).toEqual([run]);
    await after.idle();
    expect(after.executor.started).toEqual([]);
    expect(after.executor.adopted).toMatchObject([{ key: "b", attempt: 1, epoch: 2 }]);
    after.executor.succeed("b");
    await after.idle();
    after.executor.succeed("c");
    expect((await after.engine.finished(run)).state).toBe("success");
  });

  test("the engine that lost the run changes nothing any more and says so", async () => {
    const before = anEngine(program);
    const run = await before.create();
    const after = anEngine(program, { store: before.store, clock: later(before.clock) });
    await after.engine.resume();
    before.executor.succeed("a");
    await before.idle();
    expect(before.troubles).toEqual([expect.stringContaining("no longer driven here")]);
    expect(await after.state(run, "a")).toBe("running");
  });

  test("a lost attempt is run again, and the run goes on", async () => {
    const before = anEngine(aProgram({ a: {} }));
    const run = await before.create();
    const after = anEngine(aProgram({ a: {} }), { store: before.store, clock: later(before.clock) });
    await after.engine.resume();
    after.executor.report("a", { type: "ended", outcome: { state: "lost", message: "gone" } });
    await after.idle();
    await after.advance(60_000);
    expect(after.executor.started).toMatchObject([{ key: "a", attempt: 2 }]);
    after.executor.succeed("a");
    expect((await after.engine.finished(run)).state).toBe("success");
  });

  test("leases are renewed while a run is driven, so that nobody takes it over", async () => {
    const before = anEngine(program);
    await before.create();
    for (let i = 0; i < 12; i++) await before.advance(10_000);
    const after = anEngine(program, { store: before.store, clock: before.clock });
    expect(await after.engine.resume()).toEqual([]);
  });

  test("close gives the leases back and leaves attempts to whoever comes next", async () => {
    const before = anEngine(program);
    const run = await before.create();
    await before.engine.close();
    expect(before.executor.detached).toBe(true);
    expect(before.executor.stopped).toEqual([]);
    const after = anEngine(program, { store: before.store, clock: before.clock });
    expect(await after.engine.resume()).toEqual([run]);
    await expect(before.engine.createRun({} as never)).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
  });
});

describe("a store in trouble", () => {
  /** Fails commits while `fault` says so, before or after they are stored. */
  function faulty(store: Store, fault: () => "before" | "after" | undefined): Store {
    return withCommit(store, async (owner, writes) => {
      const when = fault();
      if (when === "before") throw new StoreError("disk_full", "no space left");
      const results = await store.commit(owner, writes);
      if (when === "after") throw new StoreError("io", "the answer was lost");
      return results;
    });
  }

  test("a commit that is refused is tried again, and nothing is started meanwhile", async () => {
    let fault: "before" | undefined;
    const clock = new VirtualClock();
    const world = anEngine(aProgram({ a: {}, b: { needs: ["a"] } }), {
      clock,
      store: faulty(createMemoryStore(), () => fault),
    });
    const run = await world.create();
    fault = "before";
    world.executor.succeed("a");
    await world.idle();
    await world.advance(100);
    expect(world.executor.started).toHaveLength(1);
    expect(world.troubles.length).toBeGreaterThanOrEqual(2);
    fault = undefined;
    await world.advance(10_000);
    expect(world.executor.started.map((work) => work.key)).toEqual(["a", "b"]);
    world.executor.succeed("b");
    expect((await world.engine.finished(run)).state).toBe("success");
  });

  test("a commit whose acknowledgement was lost is not stored twice, and every event is told once", async () => {
    let fault: "after" | undefined;
    const world = anEngine(aProgram({ a: {}, b: { needs: ["a"] } }), {
      store: faulty(createMemoryStore(), () => fault),
    });
    const run = await world.create();
    fault = "after";
    world.executor.succeed("a");
    await world.idle();
    fault = undefined;
    await world.advance(100);
    expect(world.executor.started.map((work) => work.key)).toEqual(["a", "b"]);
    world.executor.succeed("b");
    expect((await world.engine.finished(run)).state).toBe("success");
    const told = world.events.map(({ event }) => event.seq);
    expect(told).toEqual((await world.store.readEvents(run)).map((event) => event.seq));
  });
});

test("other limits let those who wait begin", async () => {
  const world = anEngine(aProgram({ a: {}, b: {} }), { concurrency: 1 });
  await world.create();
  await world.idle();
  expect(world.executor.started.map(({ key }) => key)).toEqual(["a"]);
  world.engine.setLimits({ concurrency: 2, pools: {} });
  await world.idle();
  expect(world.executor.started.map(({ key }) => key)).toEqual(["a", "b"]);
});

test("outputs that don't keep what the checks say fail the attempt, which is tried again", async () => {
  const retries = { count: 1, delay_ms: 0, backoff: "constant", factor: 1, jitter: 0, conditional: false } as const;
  let rows = 3;
  const check = () => {
    const passed = rows >= 5;
    const failures = passed ? [] : [`check rows: ${rows} is below 5`];
    return { metrics: [], checks: [{ name: "rows", value: rows, passed }], failures, warnings: [] };
  };
  const world = anEngine({ ...aProgram({ a: { retries }, b: { needs: ["a"] } }), metrics: check });
  const run = await world.create();
  await world.idle();
  world.executor.succeed("a", { rows });
  await world.idle();
  await world.advance(0);
  expect(await world.state(run, "b")).toBe("none");
  rows = 5;
  world.executor.succeed("a", { rows });
  await world.idle();
  expect(await world.state(run, "a")).toBe("success");
  const ended = world.events.flatMap(({ event }) => (event.type === "attempt_ended" ? [event.outcome] : []));
  expect(ended).toMatchObject([
    {
      state: "failed",
      failure: { reason: "check_failed", message: "check rows: 3 is below 5" },
      checks: [{ passed: false }],
    },
    { state: "success", checks: [{ passed: true, value: 5 }] },
  ]);
});

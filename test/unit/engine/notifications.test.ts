import { describe, expect, test } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
import type { CommittedEvent, Program } from "../../../src/engine/index.ts";
import { anEngine, aProgram, type EngineWorld } from "../../support/engine-world.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const TELLS = aProgram({ a: {} }, { notify: { on_success: 1, on_failure: 1 } });

/** A clock of an engine that starts a minute after this one's stopped: its leases have ended. */
const later = (clock: VirtualClock) => new VirtualClock(clock.now() + 60_000);

/** Whether the run is over for those who wait for that. */
function watch(world: EngineWorld, run: RunId) {
  const seen = { over: false };
  void world.engine.finished(run).then(
    () => {
      seen.over = true;
    },
    () => {},
  );
  return seen;
}

/** A run that has succeeded and whose message is on its way. */
async function telling(program: Program = TELLS) {
  const world = anEngine(program);
  const run = await world.create();
  const seen = watch(world, run);
  world.executor.succeed("a");
  await world.idle();
  return { world, run, seen };
}

const problemsOf = (events: readonly CommittedEvent[]) =>
  events.flatMap(({ event }) => (event.type === "notification_ended" ? [event.problem ?? "sent"] : []));

describe("a run with something to tell", () => {
  test("is stored as it ends, and let go only when the message is reported", async () => {
    const { world, run, seen } = await telling();
    expect(world.notifier.sent).toMatchObject([{ run_id: run, request: { on: "on_success", of: "pipeline" } }]);
    expect(await world.store.getRun(run)).toMatchObject({ state: "success", unsent: 1 });
    expect(seen.over).toBe(false);
    world.notifier.report();
    await world.idle();
    expect(seen.over).toBe(true);
    expect(await world.store.getRun(run)).not.toHaveProperty("unsent");
    expect(problemsOf(world.events)).toEqual(["sent"]);
    expect(world.notifier.sent).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });

  test("keeps its verdict when the message can't be sent, and the problem is recorded", async () => {
    const { world, run, seen } = await telling();
    world.notifier.report("webhook: no route");
    await world.idle();
    expect(seen.over).toBe(true);
    expect(await world.store.getRun(run)).toMatchObject({ state: "success" });
    expect(problemsOf(world.events)).toEqual(["webhook: no route"]);
  });

  test.each([
    ["can't be worked out", () => ({ ok: false as const, problem: "no such param" }), "no such param"],
    [
      "meets a bug",
      () => {
        throw new Error("a bug");
      },
      "internal error: a bug",
    ],
  ])("a message that %s is recorded, and holds nobody up", async (_, notification, problem) => {
    const { world, run, seen } = await telling({ ...TELLS, notification });
    expect(problemsOf(world.events)).toEqual([problem]);
    expect(seen.over).toBe(true);
    expect(world.notifier.sent).toEqual([]);
    expect(world.troubles).toEqual([]);
    expect(await world.store.getRun(run)).toMatchObject({ state: "success" });
    await world.create();
  });

  test("takes one report of a message, and none of a stranger's", async () => {
    const { world, run, seen } = await telling();
    const work = world.notifier.sent[0];
    if (work === undefined) throw new Error("nothing was sent");
    world.notifier.report("other", { ...work, run_id: "nobody" as RunId });
    world.notifier.report("other", { ...work, notification: work.notification + 1 });
    await world.idle();
    expect(seen.over).toBe(false);
    world.notifier.report();
    world.notifier.report("late");
    await world.idle();
    expect(problemsOf(world.events)).toEqual(["sent"]);
    expect(await world.store.getRun(run)).not.toHaveProperty("unsent");
  });

  test("goes on meanwhile: a message of a retry keeps no task waiting", async () => {
    const retries = { count: 1, delay_ms: 10, backoff: "constant", factor: 1, jitter: 0, conditional: false } as const;
    const world = anEngine(aProgram({ a: { retries, notify: { on_retry: 1 } } }));
    const run = await world.create();
    world.executor.fail("a");
    await world.idle();
    expect(world.notifier.sent).toMatchObject([{ request: { on: "on_retry", key: "a", attempt: 1 } }]);
    await world.advance(10);
    expect(world.executor.started).toHaveLength(2);
    world.executor.succeed("a");
    await world.idle();
    expect(await world.store.getRun(run)).toMatchObject({ state: "success", unsent: 1 });
  });
});

describe("after the engine is gone", () => {
  test("a message without a report is sent again by the next, though its run has ended", async () => {
    const { world: before, run } = await telling();
    await before.engine.close();
    expect(before.notifier.closed).toBe(true);
    const after = anEngine(TELLS, { store: before.store, clock: later(before.clock) });
    expect(await after.engine.resume()).toEqual([run]);
    await after.idle();
    const [first] = before.notifier.sent;
    expect(after.notifier.sent).toMatchObject([{ run_id: run, notification: first?.notification }]);
    expect(after.executor.started).toEqual([]);
    after.notifier.report();
    expect(await after.engine.finished(run)).toEqual({ run_id: run, state: "success" });
    const next = anEngine(TELLS, { store: before.store, clock: later(after.clock) });
    expect(await next.engine.resume()).toEqual([]);
  });
});

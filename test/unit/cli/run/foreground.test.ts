import { describe, expect, test } from "vitest";
import type { RunReporter } from "../../../../src/cli/live/reporter.ts";
import { driveInForeground, exitCodeOf } from "../../../../src/cli/run/foreground.ts";
import type { StopSignal } from "../../../../src/cli/run/signals.ts";
import type { RunId, RunState } from "../../../../src/core/index.ts";
import type { Committed, EngineHandle } from "../../../../src/daemon/index.ts";

const RUN = "20260131-020000-x7k2mq" as RunId;

/** An engine that does what the test says, a reporter that remembers, and signals to send. */
function setUp() {
  const said: string[] = [];
  const listeners = new Set<(committed: Committed) => void>();
  const ended = Promise.withResolvers<RunState>();
  const committedCancel = Promise.withResolvers<void>();
  let state: RunState = "running";
  const handle = {
    subscribe(listener: (committed: Committed) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    act(run_id: RunId, action: { type: string; why: string }) {
      said.push(`act ${action.type} ${action.why} on ${run_id}`);
      return committedCancel.promise;
    },
    killStopping: () => said.push("killStopping"),
    async finished(run_id: RunId) {
      state = await ended.promise;
      return { run_id, state };
    },
    store: {
      getRun: async () => ({ run_id: RUN, pipeline: "training", state }),
      listTaskRuns: async () => [],
    },
  } as unknown as EngineHandle;
  const reporter: RunReporter = {
    resumed: () => {},
    committed: ({ event }) => said.push(`event ${event.type}`),
    notice: (message) => said.push(message),
    ended: (summary, exit_code) => said.push(`ended ${summary.state} ${exit_code}`),
    close: () => said.push("closed"),
  };
  let send: ((signal: StopSignal) => void) | undefined;
  const onStopSignal = (listener: (signal: StopSignal, before: number) => void) => {
    let before = 0;
    send = (signal) => listener(signal, before++);
    return () => {
      send = undefined;
    };
  };
  const emit = (type: string, id = RUN) => {
    for (const listener of listeners) listener({ event: { type }, run: { id } } as unknown as Committed);
  };
  return {
    said,
    listeners,
    ended,
    committedCancel,
    emit,
    signal: (signal: StopSignal) => send?.(signal),
    isListening: () => send !== undefined,
    options: { handle, reporter, onStopSignal, by: "ann" },
  };
}

/** Lets everything that is already settled take its course. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("driveInForeground", () => {
  test("reports the events of its own run, then the end, and lets go of everything", async () => {
    const world = setUp();
    const driven = driveInForeground({ begin: async () => RUN }, world.options);
    world.emit("run_created");
    world.emit("run_created", "other" as RunId);
    world.ended.resolve("success");
    expect(await driven).toBe(0);
    expect(world.said).toEqual(["event run_created", "ended success 0", "closed"]);
    expect(world.listeners.size).toBe(0);
    expect(world.isListening()).toBe(false);
  });

  test("the first signal cancels and waits, the second kills once the cancel is committed", async () => {
    const world = setUp();
    const driven = driveInForeground({ run_id: RUN, begin: async () => RUN }, world.options);
    world.signal("SIGINT");
    await turn();
    world.signal("SIGINT");
    await turn();
    expect(world.said).toEqual([
      "cancelling, and waiting for what still runs; Ctrl-C again kills it",
      `act cancel_requested SIGINT on ${RUN}`,
      "killing what still runs once the cancel is stored; Ctrl-C again leaves the run as it is",
    ]);
    world.committedCancel.resolve();
    await turn();
    expect(world.said.at(-1)).toBe("killStopping");
    world.signal("SIGINT");
    await turn();
    expect(world.said.slice(-2)).toEqual(["killing what still runs", "killStopping"]);
    world.ended.resolve("cancelled");
    expect(await driven).toBe(130);
  });

  test("a signal before the run is there cancels it as soon as it is", async () => {
    const world = setUp();
    const begun = Promise.withResolvers<RunId>();
    const driven = driveInForeground({ begin: () => begun.promise }, world.options);
    world.signal("SIGTERM");
    await turn();
    expect(world.said).toEqual(["cancelling after SIGTERM, and waiting for what still runs"]);
    begun.resolve(RUN);
    await turn();
    expect(world.said.at(-1)).toBe(`act cancel_requested SIGTERM on ${RUN}`);
    world.ended.resolve("cancelled");
    expect(await driven).toBe(143);
  });

  test("a cancel that can't be committed is said, and the wait goes on", async () => {
    const world = setUp();
    const driven = driveInForeground({ run_id: RUN, begin: async () => RUN }, world.options);
    world.signal("SIGINT");
    world.committedCancel.reject(new Error("disk full"));
    await turn();
    expect(world.said.at(-1)).toBe("the run could not be cancelled: disk full");
    world.ended.resolve("failed");
    expect(await driven).toBe(1);
  });

  test("the third signal leaves a run whose cancel the store does not take", async () => {
    const world = setUp();
    const driven = driveInForeground({ run_id: RUN, begin: async () => RUN }, world.options);
    for (let nth = 0; nth < 3; nth++) {
      world.signal("SIGINT");
      await turn();
    }
    expect(await driven).toBe(3);
    expect(world.said).not.toContain("killStopping");
    expect(world.said.slice(-2)).toEqual([
      `left as it is: what runs goes on; \`engine run --resume ${RUN}\` takes it up again`,
      "closed",
    ]);
    expect(world.isListening()).toBe(false);
  });

  test("a run that can't begin gives the terminal back and says why", async () => {
    const world = setUp();
    const begin = async () => {
      throw new Error("params don't fit");
    };
    await expect(driveInForeground({ begin }, world.options)).rejects.toThrow("params don't fit");
    expect(world.said).toEqual(["closed"]);
    expect(world.isListening()).toBe(false);
  });
});

test.each([
  ["success", undefined, 0],
  ["success", "SIGINT", 0],
  ["failed", undefined, 1],
  ["failed", "SIGINT", 1],
  ["cancelled", undefined, 1],
  ["cancelled", "SIGHUP", 129],
  ["cancelled", "SIGINT", 130],
  ["cancelled", "SIGTERM", 143],
] as const)("a run that ended %s after signal %s exits with %i", (state, signal, code) => {
  expect(exitCodeOf(state, signal)).toBe(code);
});

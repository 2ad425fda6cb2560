import { expect, test } from "vitest";
import type { RunId } from "../../../src/core/index.ts";
import { EngineError } from "../../../src/engine/index.ts";
import { localWorld, until } from "../../support/local-world.ts";
import { NO_RUNS } from "../../support/no-runs.ts";
import { taskWork } from "../../support/task-work.ts";

const CHILD = "child" as RunId;

test("a task that doesn't wait takes the run along when it is stopped before it has handed it on", async () => {
  const started = Promise.withResolvers<RunId>();
  const ended = Promise.withResolvers<void>();
  const cancelled: string[] = [];
  let starts = 0;
  const world = localWorld({
    runs: {
      ...NO_RUNS,
      start: () => {
        starts++;
        return started.promise;
      },
      async cancel(run_id, by) {
        cancelled.push(`${run_id} by ${by}`);
        ended.resolve();
      },
      async finished(run_id) {
        await ended.promise;
        return { run_id, state: "cancelled", outputs: {} };
      },
    },
  });
  const work = taskWork({ pipeline: { name: "child", wait: false } }, { cwd: world.data });
  world.executor.start(work);
  await until("the run is being started", () => starts === 1);
  world.executor.stop(work, "timeout", 0);
  started.resolve(CHILD);
  expect(await world.outcome(work)).toMatchObject({ failure: { reason: "timeout" } });
  expect(cancelled).toEqual([`${CHILD} by ${work.run_id}/task`]);
});

test("a run that can't be taken up any more fails the task with the engine's own words", async () => {
  const finished = async () => {
    throw new EngineError("VERSION_UNREADABLE", { run: CHILD, pipeline: "child", why: "it has no task" });
  };
  const world = localWorld({ runs: { ...NO_RUNS, start: async () => CHILD, finished } });
  const work = taskWork({ pipeline: "child" }, { cwd: world.data });
  world.executor.start(work);
  expect(await world.outcome(work)).toMatchObject({
    failure: { reason: "run_failed", message: expect.stringMatching(/^the version of pipeline child.*it has no task/) },
  });
});

test("its log names the run, and says after a restart that it goes on", async () => {
  const runs = { ...NO_RUNS, start: async () => CHILD, finished: () => new Promise<never>(() => {}) };
  const world = localWorld({ runs });
  const work = taskWork({ pipeline: "child" }, { cwd: world.data });
  world.executor.start(work);
  await world.logged("child");
  await world.executor.detach();
  const next = world.successor();
  next.executor.adopt(work);
  await next.logged("child");
  expect(next.log(work)).toEqual([
    "engine: run child of pipeline child",
    "engine: run child of pipeline child goes on",
  ]);
});

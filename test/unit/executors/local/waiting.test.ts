import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AttemptReport } from "../../../../src/engine/index.ts";
import { createLocalExecutor } from "../../../../src/executors/index.ts";
import { type AttemptHost, type Operator, operators } from "../../../../src/operators/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { NO_RUNS } from "../../../support/no-runs.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const bash = operators.get("bash") as Operator;
const SUCCESS = { state: "success", outputs: {} } as const;
const work = { ...bashWork(""), operator: "waiter" };

/** An executor whose operator does this with its host, on a clock that stands still. */
function waiter(carryOut: (host: AttemptHost) => Promise<void>) {
  const clock = new VirtualClock();
  const data = temporaryFolder();
  const wait = async (host: AttemptHost) => {
    await carryOut(host);
    return SUCCESS;
  };
  const operator: Operator = { ...bash, name: "waiter", waits: true, start: wait, adopt: wait };
  const executor = createLocalExecutor({ operators: new Map([["waiter", operator]]), data, clock, runs: NO_RUNS });
  onTestFinished(() => executor.detach());
  const reports: AttemptReport["type"][] = [];
  executor.onReport(({ type }) => reports.push(type));
  return { clock, data, executor, reports };
}

/** Lets everything happen that needs no clock. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a sleep lasts as long as it was asked to", async () => {
  const { clock, executor, reports } = waiter((host) => host.sleep(1_000));
  executor.start(work);
  await settled();
  clock.advance(999);
  await settled();
  expect(reports).toEqual([]);
  clock.advance(1);
  await settled();
  expect(reports).toEqual(["ended"]);
  expect(clock.pending).toBe(0);
});

test("a sleep that a stop ends leaves no timer, and the next one is over at once", async () => {
  const slept: string[] = [];
  const { clock, executor, reports } = waiter(async (host) => {
    await host.sleep(1_000);
    slept.push(`stopped by ${host.stopReason}`);
    await host.sleep(1_000);
    slept.push("slept again");
  });
  executor.start(work);
  await settled();
  executor.stop(work, "timeout", 0);
  await settled();
  expect(slept).toEqual(["stopped by timeout", "slept again"]);
  expect(reports).toEqual(["ended"]);
  expect(clock.pending).toBe(0);
});

test("of a sleep that was given up for another nothing is left", async () => {
  const { clock, executor, reports } = waiter(async (host) => {
    void host.sleep(10);
    await host.sleep(1_000);
  });
  executor.start(work);
  await settled();
  expect(clock.pending).toBe(1);
  clock.advance(10);
  await settled();
  expect(reports).toEqual([]);
  clock.advance(990);
  await settled();
  expect(reports).toEqual(["ended"]);
});

test("a slot is given back once, however often the operator says so", async () => {
  const { executor, reports } = waiter(async (host) => {
    host.giveSlotBack();
    host.giveSlotBack();
    await host.sleep(1_000);
  });
  executor.start(work);
  expect(reports).toEqual([]);
  await settled();
  expect(reports).toEqual(["waits"]);
});

test("one that gives its slot back and ends in the same breath says both, in this order", async () => {
  const { executor, reports } = waiter(async (host) => host.giveSlotBack());
  executor.start(work);
  await settled();
  expect(reports).toEqual(["waits", "ended"]);
});

test("a detached executor keeps no timer, says nothing more and lets nobody go further", async () => {
  const { promise: found, resolve: find } = Promise.withResolvers<void>();
  let further = false;
  const { clock, executor, reports } = waiter(async (host) => {
    if (host.work.attempt === 2) await found;
    host.giveSlotBack();
    await host.sleep(1_000);
    further = true;
  });
  executor.start(work);
  executor.start({ ...work, attempt: 2 });
  await settled();
  expect(clock.pending).toBe(1);
  await executor.detach();
  expect(clock.pending).toBe(0);
  // What it looked at meanwhile is answered: it sleeps once more.
  find();
  await settled();
  expect(clock.pending).toBe(0);
  clock.advance(1_000_000);
  await settled();
  expect(reports).toEqual(["waits"]);
  expect(further).toBe(false);
});

test("one that waits and logs nothing has no files", async () => {
  const { data, executor } = waiter(async (host) => {
    host.giveSlotBack();
    await host.sleep(1_000);
  });
  executor.start(work);
  await settled();
  expect(existsSync(join(data, "attempts"))).toBe(false);
});

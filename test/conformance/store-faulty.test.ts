import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/engine/index.ts";
import { createMemoryStore } from "../../src/store/index.ts";
import { FaultyStore, NO_FAULTS } from "../support/faulty-store.ts";
import { NEW_YEAR, RunWriter } from "../support/run-writer.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { storeConformance } from "./store.ts";

// The simulation stands on this wrapper: without faults it is a store like any other.
storeConformance("faultless faulty", async () => {
  const store = new FaultyStore({
    inner: createMemoryStore(),
    random: () => 0,
    clock: new VirtualClock(),
    faults: NO_FAULTS,
  });
  return { store, dispose: () => store.close() };
});

describe("faults", () => {
  let inner: Store;
  let clock: VirtualClock;
  let faulty: FaultyStore;
  let run: RunWriter;

  beforeEach(() => {
    inner = createMemoryStore();
    clock = new VirtualClock(NEW_YEAR);
    faulty = new FaultyStore({ inner, random: () => 0.5, clock, faults: NO_FAULTS });
    run = new RunWriter("r1");
  });

  /** Lets everything happen that waits for nothing but its turn. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test("a refused call stores nothing", async () => {
    faulty.faults = { ...NO_FAULTS, refused: 1 };
    await expect(faulty.commit("us", [run.create()])).rejects.toMatchObject({ name: "StoreError", code: "io" });
    expect(await inner.getRun(run.run_id)).toBeUndefined();
  });

  test("a lost answer rejects although everything is stored", async () => {
    faulty.faults = { ...NO_FAULTS, answer_lost: 1 };
    await expect(faulty.commit("us", [run.create()])).rejects.toMatchObject({ name: "StoreError", code: "io" });
    expect(await inner.getRun(run.run_id)).toEqual(run.row);
  });

  test("a delayed call waits for the clock alone, before and after it is carried out", async () => {
    faulty.faults = { ...NO_FAULTS, delayed: 1 };
    let answered = false;
    const answer = faulty.commit("us", [run.create()]).then(() => {
      answered = true;
    });
    await settled();
    expect(await inner.getRun(run.run_id)).toBeUndefined();
    clock.advance(2_500);
    await settled();
    expect([await inner.getRun(run.run_id), answered]).toEqual([run.row, false]);
    clock.advance(2_500);
    await answer;
  });

  test("a stolen lease is a conflict, and can be taken back", async () => {
    await faulty.commit("us", [run.create()]);
    faulty.faults = { ...NO_FAULTS, lease_stolen: 1 };
    const write = run.start("a");
    expect(await faulty.commit("us", [write])).toEqual([{ ok: false, conflict: "lease" }]);
    faulty.faults = NO_FAULTS;
    expect(await faulty.leaseRuns("us", NEW_YEAR, NEW_YEAR + 1)).toMatchObject([{ epoch: 3 }]);
    expect(await faulty.commit("us", [{ ...write, lease_epoch: 3 }])).toEqual([{ ok: true }]);
  });

  test("a stolen attempt is a conflict", async () => {
    await faulty.commit("us", [run.create(), run.start("a")]);
    faulty.faults = { ...NO_FAULTS, attempt_stolen: 1 };
    expect(await faulty.commit("us", [run.succeed("a")])).toEqual([{ ok: false, conflict: "attempt" }]);
  });

  test("an orderly end leaves the data to the next process", async () => {
    await faulty.commit("us", [run.create()]);
    await faulty.close();
    expect(await inner.getRun(run.run_id)).toEqual(run.row);
  });

  test("the calls of a killed process neither reach the data nor are answered", async () => {
    faulty.faults = { ...NO_FAULTS, delayed: 1 };
    let answered = 0;
    const count = () => answered++;
    faulty.commit("us", [run.create()]).then(count, count);
    faulty.kill();
    faulty.getRun(run.run_id).then(count, count);
    clock.advance(10_000);
    await settled();
    clock.advance(10_000);
    await settled();
    expect([await inner.getRun(run.run_id), answered]).toEqual([undefined, 0]);
  });
});

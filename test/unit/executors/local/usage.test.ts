import { describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../../src/daemon/system-clock.ts";
import type { AttemptWork } from "../../../../src/engine/index.ts";
import { type AttemptUsage, createLocalExecutor } from "../../../../src/executors/index.ts";
import { MemoryWatch } from "../../../../src/executors/local/memory-watch.ts";
import { operators } from "../../../../src/operators/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { codeFile } from "../../../support/code-work.ts";
import { NO_RUNS } from "../../../support/no-runs.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Long enough for the coarsest clock, which counts hundredths of a second. */
const BUSY = "for ((i = 0; i < 200000; i++)); do :; done";

/** Carries attempts out one after the other. The result is what was told of each, and its report last. */
async function usagesOf(...works: readonly AttemptWork[]): Promise<readonly (AttemptUsage | "ended")[]> {
  const told: (AttemptUsage | "ended")[] = [];
  const executor = createLocalExecutor({
    operators,
    data: temporaryFolder(),
    clock: systemClock,
    runs: NO_RUNS,
    onUsage: (usage) => told.push(usage),
  });
  onTestFinished(() => executor.detach());
  for (const work of works) {
    const { promise, resolve } = Promise.withResolvers<void>();
    executor.onReport((report) => {
      if (report.type !== "ended") return;
      told.push("ended");
      resolve();
    });
    executor.start(work);
    await promise;
  }
  return told;
}

const BUSY_ATTEMPT = {
  ...{ run_id: "20260131-020000-x7k2mq", key: "train", attempt: 1, pipeline: "p" },
  cpu_seconds: expect.any(Number),
};

describe("the time of the processors", () => {
  test.each([
    ["a launcher starts", {}],
    ["the engine starts itself", { COMP_POINT: "0" }],
  ])("of a script that %s is told before its report", async (_, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const told = await usagesOf(bashWork(BUSY));
    expect(told).toEqual([BUSY_ATTEMPT, "ended"]);
    expect(told[0]).toMatchObject({ cpu_seconds: expect.toSatisfy((seconds: number) => seconds > 0) });
  });

  test("is told of a script that fails, and of its children", async () => {
    const [usage] = await usagesOf(bashWork(`bash -c '${BUSY}'; exit 3`));
    expect(usage).toMatchObject({ cpu_seconds: expect.toSatisfy((seconds: number) => seconds > 0) });
  });

  test("of functions that share a process is each one's own", async () => {
    const { work } = codeFile(
      "node",
      temporaryFolder(),
      "export const busy = () => { const end = process.cpuUsage().user + 400_000; while (process.cpuUsage().user < end); };\n" +
        "export const idle = () => {};\n",
    );
    const told = await usagesOf(
      work({ module: "task.ts", function: "busy" }, { attempt: 1 }),
      work({ module: "task.ts", function: "idle" }, { attempt: 2 }),
    );
    const [busy, , idle] = told as [AttemptUsage, "ended", AttemptUsage, "ended"];
    expect(busy.cpu_seconds).toBeGreaterThanOrEqual(0.4);
    expect(idle.cpu_seconds).toBeLessThan(0.4);
  });
});

describe("memory", () => {
  /** Processes as pid, parent, group and megabytes. */
  function watched() {
    let processes: readonly (readonly [number, number, number, number])[] = [];
    const clock = new VirtualClock(0);
    const looks = vi.fn(() => processes.map(([pid, parent, group]) => ({ pid, parent, group })));
    const memory = new MemoryWatch(clock, {
      listProcesses: looks,
      memoryOf: (wanted) => processes.find(([pid]) => pid === wanted)?.[3] ?? 0,
    });
    const at = (ms: number, now: typeof processes): void => {
      processes = now;
      clock.moveTo(ms);
    };
    return { memory, at, looks, clock };
  }

  test("is the most that an attempt's processes had together: its group, and whoever descends from it", () => {
    const { memory, at } = watched();
    const [ten, twenty] = [memory.watch(10), memory.watch(20)];
    at(1_000, [
      [10, 1, 10, 5],
      [11, 10, 11, 7],
      [12, 11, 11, 1],
      [13, 1, 10, 2],
      [20, 1, 20, 50],
      [99, 1, 99, 1_000],
    ]);
    at(6_000, [
      [10, 1, 10, 3],
      [20, 1, 20, 60],
    ]);
    expect([ten.peakBytes(), twenty.peakBytes()]).toEqual([15, 60]);
  });

  test("is not looked at for what ends at once, nor once nothing runs", () => {
    const { memory, at, looks, clock } = watched();
    const short = memory.watch(10);
    short.stop();
    expect(clock.nextAt()).toBeUndefined();
    const long = memory.watch(11);
    at(1_000, [[11, 1, 11, 1]]);
    expect(looks).toHaveBeenCalledTimes(1);
    long.stop();
    expect([clock.nextAt(), short.peakBytes(), long.peakBytes()]).toEqual([undefined, undefined, 1]);
  });

  test("of processes whose parents go round in a circle is nobody's", () => {
    const { memory, at } = watched();
    const one = memory.watch(10);
    at(1_000, [
      [30, 31, 30, 1],
      [31, 30, 31, 1],
    ]);
    expect(one.peakBytes()).toBeUndefined();
  });
});

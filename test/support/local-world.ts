import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import type { AttemptOutcome } from "../../src/core/index.ts";
import { systemClock } from "../../src/daemon/system-clock.ts";
import type { AttemptReport, AttemptWork } from "../../src/engine/index.ts";
import {
  type AttemptLogLine,
  createLocalExecutor,
  type LocalExecutor,
  type LocalExecutorOptions,
  readLog,
} from "../../src/executors/index.ts";
import { operators as builtIn } from "../../src/operators/index.ts";
import { bashWork } from "./attempt-work.ts";
import { NO_RUNS } from "./no-runs.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

export { until };

/** The processes that run for attempts on this data folder, the engine's wrappers aside. */
export function processesOf(data: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`ENGINE_OUTPUT=${data}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The processes whose command line has a text in it. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export type Report = AttemptReport & { readonly type: "ended" };

/** A local executor on a folder of its own; the test fails when a process of it is left. */
export interface LocalWorld {
  readonly data: string;
  readonly executor: LocalExecutor;
  readonly reports: Report[];
  readonly lines: AttemptLogLine[];
  /** Another executor on the same folder, as after a restart. Shares nothing but the files. */
  successor(): Omit<LocalWorld, "successor">;
  /** Resolves with the outcome of an attempt; starts it if a script is given. */
  outcome(work?: AttemptWork): Promise<AttemptOutcome>;
  run(script: string, more?: Parameters<typeof bashWork>[1]): Promise<AttemptOutcome>;
  /** Resolves once the log has a line with this text. */
  logged(text: string): Promise<void>;
  /** The log, a line each, with its stream. */
  log(work?: AttemptWork): string[];
}

type WorldOptions = { data?: string } & Partial<Pick<LocalExecutorOptions, "bash" | "operators" | "runs" | "clock">>;

export function localWorld(options: WorldOptions = {}): LocalWorld {
  const data = realpathSync(options.data ?? temporaryFolder());
  const world = attach(data, options);
  if (options.data === undefined) onTestFinished(() => noProcessIsLeft(data));
  return { ...world, successor: () => attach(data, options) };
}

function attach(data: string, options: WorldOptions): Omit<LocalWorld, "successor"> {
  const { bash, operators = builtIn, runs = NO_RUNS, clock = systemClock } = options;
  const executor = createLocalExecutor({
    operators,
    data,
    clock,
    runs,
    ...(bash !== undefined && { bash }),
  });
  const reports: Report[] = [];
  const lines: AttemptLogLine[] = [];
  let changed = Promise.withResolvers<void>();
  const note = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  executor.onReport((report) => {
    if (report.type === "ended") reports.push(report as Report);
    note();
  });
  executor.onLog((line) => {
    lines.push(line);
    note();
  });
  onTestFinished(() => executor.detach());
  const world: Omit<LocalWorld, "successor"> = {
    data,
    executor,
    reports,
    lines,
    async outcome(work = bashWork("")) {
      const mine = (report: Report) => report.key === work.key && report.attempt === work.attempt;
      for (;;) {
        const found = reports.find(mine);
        if (found !== undefined) return found.outcome;
        await changed.promise;
      }
    },
    run(script, more) {
      const work = bashWork(script, more);
      executor.start(work);
      return world.outcome(work);
    },
    async logged(text) {
      while (!lines.some((line) => line.text.includes(text))) await changed.promise;
    },
    log: (work = bashWork("")) => readLog(data, work).map(({ stream, text }) => `${stream}: ${text}`),
  };
  return world;
}

async function noProcessIsLeft(data: string): Promise<void> {
  try {
    await until("no process of the test is left", () => processesOf(data).length === 0);
  } finally {
    for (const pid of processesOf(data)) process.kill(pid, "SIGKILL");
  }
}

/** The failure of an outcome that must be one. */
export function failureOf(outcome: AttemptOutcome) {
  expect(outcome.state).toBe("failed");
  if (outcome.state !== "failed") throw new Error("not a failure");
  return outcome.failure;
}

/*
 * A program with a local executor in it, to be killed or starved by tests:
 *
 *   node executor-driver.ts <data folder> <what to do, as JSON>
 *
 * It says what happens in JSON lines on standard output.
 */
import { closeSync, openSync } from "node:fs";
import type { TaskKey } from "../../src/core/index.ts";
import { systemClock } from "../../src/daemon/system-clock.ts";
import { createLocalExecutor } from "../../src/executors/index.ts";
import { operators } from "../../src/operators/index.ts";
import { bashWork } from "./attempt-work.ts";
import { NO_RUNS } from "./no-runs.ts";

export interface Driving {
  /** A task run each: its key and its script. */
  readonly attempts: readonly { readonly key: string; readonly script: string }[];
  readonly epoch: number;
  /** Lets go of the attempts in the moment in which it starts them. */
  readonly leaves?: boolean;
  /** Does not let go of anything at the end: the process ends when nothing keeps it. */
  readonly stays?: boolean;
  /** Opens files until no descriptor is left, before the start. They are closed after this many milliseconds, or never. */
  readonly starve_ms?: number | "for_ever";
}

const [data = "", driving = "{}"] = process.argv.slice(2);
const { attempts, epoch, leaves = false, stays = false, starve_ms } = JSON.parse(driving) as Driving;
const say = (what: unknown): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);

const executor = createLocalExecutor({ operators, data, clock: systemClock, runs: NO_RUNS });
const starved: number[] = [];
const ended = new Map<string, () => void>();
executor.onReport((report) => {
  say(report);
  ended.get(report.key)?.();
});

say("ready");
if (starve_ms !== undefined) starve();
const ends = attempts.map(({ key, script }) => run(key, script));
if (!leaves) await Promise.all(ends);
if (!stays) await executor.detach();

function run(key: string, script: string): Promise<void> {
  executor.start(bashWork(script, { key: key as TaskKey, epoch }));
  return new Promise((resolve) => ended.set(key, resolve));
}

function starve(): void {
  try {
    for (;;) starved.push(openSync("/dev/null", "r"));
  } catch {
    if (starve_ms !== "for_ever") setTimeout(feed, starve_ms);
  }
}

function feed(): void {
  for (const fd of starved) closeSync(fd);
}

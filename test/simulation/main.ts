import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { CoreSimulation } from "./support/core-simulation.ts";
import { simulateLoop } from "./support/loop-simulation.ts";

/*
 * npm run sim -- [--loop] [--runs N] [--seed N]
 *
 * Drives random runs through a faulty world: the core alone, or with `--loop` the real loop on top of
 * it, with a store that fails too. `--seed` alone repeats one simulation and shows where it
 * fails; with `--runs` it is the first of many. Without it, the seeds are new each time.
 */

/** Pipeline runs when nobody says how many. */
const RUNS_DEFAULT = 100_000;
/** Simulations between two words to the main thread. */
const BATCH = 250;

/** One simulation, whose seed says everything. Throws when a promise is broken. */
async function simulate(seed: number, loop: boolean): Promise<{ runs: number; events: number }> {
  return loop ? { runs: 1, events: await simulateLoop(seed) } : new CoreSimulation(seed).simulate();
}

interface Share {
  readonly loop: boolean;
  readonly first_seed: number;
  /** Between one seed of this worker and its next. */
  readonly stride: number;
  readonly runs: number;
}

interface Progress {
  readonly runs: number;
  readonly events: number;
  readonly failures: readonly { readonly seed: number; readonly message: string }[];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a worker's share, reporting after every batch. */
async function work({ loop, first_seed, stride, runs }: Share): Promise<void> {
  let done = 0;
  for (let seed = first_seed; done < runs; ) {
    const batch = { runs: 0, events: 0, failures: [] as { seed: number; message: string }[] };
    for (let i = 0; i < BATCH && done < runs; i++, seed += stride) {
      try {
        const result = await simulate(seed, loop);
        batch.runs += result.runs;
        batch.events += result.events;
        done += result.runs;
      } catch (error) {
        batch.failures.push({ seed, message: error instanceof Error ? error.message : String(error) });
        batch.runs++;
        done++;
      }
    }
    parentPort?.postMessage(batch satisfies Progress);
  }
}

async function simulateMany(loop: boolean, first_seed: number, runs: number): Promise<boolean> {
  const started_at = performance.now();
  const workers = availableParallelism();
  const total = { runs: 0, events: 0, failures: 0 };
  say(`${runs} runs from seed ${first_seed}, with ${workers} workers`);
  const ends = Array.from({ length: workers }, (_, index) => {
    const share: Share = { loop, first_seed: first_seed + index, stride: workers, runs: Math.ceil(runs / workers) };
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on("message", ({ runs, events, failures }: Progress) => {
      total.runs += runs;
      total.events += events;
      total.failures += failures.length;
      for (const { seed, message } of failures) say(`seed ${seed}: ${message}`);
    });
    return new Promise<void>((resolve, reject) => {
      worker.on("exit", () => resolve());
      worker.on("error", reject);
    });
  });
  await Promise.all(ends);
  const seconds = ((performance.now() - started_at) / 1000).toFixed(1);
  say(`${total.runs} runs, ${total.events} events, ${total.failures} failures in ${seconds} s`);
  if (total.failures > 0) say("repeat one with `npm run sim -- --seed N`, and keep it in test/simulation");
  return total.failures === 0;
}

if (isMainThread) {
  const { values } = parseArgs({
    options: { loop: { type: "boolean" }, runs: { type: "string" }, seed: { type: "string" } },
  });
  const loop = values.loop === true;
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
  if (values.seed !== undefined && values.runs === undefined) {
    const { runs, events } = await simulate(seed, loop);
    say(`seed ${seed}: ${runs} runs, ${events} events, nothing wrong`);
  } else if (!(await simulateMany(loop, seed, Number(values.runs ?? RUNS_DEFAULT)))) {
    process.exitCode = 1;
  }
} else {
  await work(workerData as Share);
}

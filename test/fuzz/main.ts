import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { inputOf } from "./support/mutate.ts";
import { probe } from "./support/probe.ts";

/*
 * npm run fuzz -- [--runs N] [--seed N]
 *
 * Checks files that were made from those of the repository by breaking them: no check may throw, point out of its file
 * or take for ever. `--seed` alone repeats one and shows where it fails; with `--runs` it is the first of many. Without
 * it, the seeds are new each time. What fails is written to reports/fuzz: make a file in found/ of it.
 */

/** Inputs when nobody says how many: about an hour on two cores. */
const RUNS_DEFAULT = 1_000_000;
/** Inputs between two words to the main thread. */
const BATCH = 500;
/** A worker that has been at one input for so long will not come back, in milliseconds. */
const STUCK_MS = 120_000;
/** How often the main thread looks whether the workers move, in milliseconds. */
const LOOK_EVERY_MS = 5_000;

const REPORTS = join(import.meta.dirname, "../../reports/fuzz");

interface Share {
  readonly first_seed: number;
  /** Between one seed of this worker and its next. */
  readonly stride: number;
  readonly runs: number;
  /** The seed that it is at. */
  readonly current: SharedArrayBuffer;
}

interface Progress {
  readonly runs: number;
  readonly findings: number;
  readonly codes: readonly string[];
  readonly failures: readonly Failure[];
}

interface Failure {
  readonly seed: number;
  readonly message: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function work({ first_seed, stride, runs, current }: Share): void {
  const at = new Float64Array(current);
  for (let done = 0; done < runs; ) {
    const batch = { runs: 0, findings: 0, codes: new Set<string>(), failures: [] as Failure[] };
    for (; batch.runs < BATCH && done < runs; batch.runs++, done++) {
      const seed = first_seed + done * stride;
      at[0] = seed;
      try {
        const found = probe(inputOf(seed), seed);
        batch.findings += found.length;
        for (const { code } of found) batch.codes.add(code);
      } catch (error) {
        batch.failures.push({ seed, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    }
    parentPort?.postMessage({ ...batch, codes: [...batch.codes] } satisfies Progress);
  }
}

async function fuzz(first_seed: number, runs: number): Promise<boolean> {
  const started_at = performance.now();
  const workers = availableParallelism();
  const total = { runs: 0, findings: 0, failures: 0, codes: new Set<string>() };
  const kinds = new Map<string, number>();
  say(`${runs} inputs from seed ${first_seed}, with ${workers} workers`);
  const fail = ({ seed, message }: Failure): void => {
    total.failures++;
    const kind = message.split("\n").slice(0, 2).join(" ").replaceAll(/\d+/g, "N");
    const before = kinds.get(kind) ?? 0;
    kinds.set(kind, before + 1);
    // Once each is enough to go on.
    if (before > 0) return;
    mkdirSync(REPORTS, { recursive: true });
    writeFileSync(join(REPORTS, `${seed}.yaml`), inputOf(seed));
    say(`seed ${seed}: ${message.split("\n").slice(0, 4).join("\n  ")}`);
  };
  const ends = Array.from({ length: workers }, (_, index) => {
    const current = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
    const share = { first_seed: first_seed + index, stride: workers, runs: Math.ceil(runs / workers), current };
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    const seen = { seed: -1, since: performance.now() };
    const look = setInterval(() => {
      const seed = new Float64Array(current)[0] ?? -1;
      if (seed !== seen.seed) Object.assign(seen, { seed, since: performance.now() });
      else if (performance.now() - seen.since > STUCK_MS) {
        clearInterval(look);
        fail({ seed, message: `does not end, and its worker with ${share.runs} inputs has been stopped` });
        void worker.terminate();
      }
    }, LOOK_EVERY_MS);
    worker.on("message", ({ runs, findings, codes, failures }: Progress) => {
      total.runs += runs;
      total.findings += findings;
      for (const code of codes) total.codes.add(code);
      for (const failure of failures) fail(failure);
    });
    return new Promise<void>((resolve, reject) => {
      worker.on("exit", () => {
        clearInterval(look);
        resolve();
      });
      worker.on("error", reject);
    });
  });
  await Promise.all(ends);
  const seconds = ((performance.now() - started_at) / 1000).toFixed(1);
  say(
    `${total.runs} inputs, ${total.findings} findings of ${total.codes.size} codes, ${total.failures} failures in ${seconds} s`,
  );
  for (const [kind, times] of kinds) say(`${times} × ${kind}`);
  if (total.failures > 0) say("repeat one with `npm run fuzz -- --seed N`");
  return total.failures === 0;
}

if (isMainThread) {
  const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
  if (values.seed !== undefined && values.runs === undefined) {
    const input = inputOf(seed);
    say(new TextDecoder().decode(input));
    for (const { code, message } of probe(input, seed)) say(`${code} ${message}`);
    probe(input, 0);
  } else if (!(await fuzz(seed, Number(values.runs ?? RUNS_DEFAULT)))) process.exitCode = 1;
} else {
  work(workerData as Share);
}

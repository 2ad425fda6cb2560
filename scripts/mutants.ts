import { spawn } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type Mutant, mutantsOf } from "./mutation-operators.ts";

/*
 * npm run mutants -- [--sample N] [--seed N] [--file NAME] [--workers N]
 *
 * Breaks the core in one small place at a time and asks its tests whether they notice. Prints who
 * survived; fails when fewer than nine in ten are noticed. Without `--sample 0`, which tries all, a
 * sample drawn from the seed is tried.
 */

const ROOT = join(import.meta.dirname, "..");
/** Mutants of a sample: about ten minutes on two cores. */
const SAMPLE_DEFAULT = 400;
/** The share of mutants that the tests must notice. */
const KILLED_MIN = 0.9;
/** Types, and lists of the words that they are made of: nothing to break but by renaming. */
const VOCABULARY: readonly string[] = ["src/core/model.ts"];
/** A check that takes longer has met a mutant that never ends, which is noticed as well. */
const CHECK_TIMEOUT_MS = 60_000;

/** Says how far it is after every so many mutants. */
const PROGRESS_EVERY = 50;

/** What is copied for every worker: the core and all that its tests read. */
const COPIED = [
  "src/core",
  "src/lib",
  "test/unit/core",
  "test/simulation",
  "test/support/plans.ts",
  "test/support/repository.ts",
  "scripts/closing-line-reporter.ts",
  "docs/trigger-rules.md",
  "package.json",
  "vitest.config.ts",
];

/** The tests of the core, the quickest first: most mutants don't get past the first. */
const CHECKS: readonly (readonly string[])[] = [
  simulations(1, 150),
  ["vitest", "run", "test/unit/core", "--bail=1", "--no-isolate", "--reporter=dot"],
  simulations(151, 2_000),
];

/** A command that simulates these seeds and fails at the first that finds something. */
function simulations(first: number, last: number): string[] {
  const program = `import { CoreSimulation } from "./test/simulation/support/core-simulation.ts";
    for (let seed = ${first}; seed <= ${last}; seed++) new CoreSimulation(seed).simulate();`;
  return ["node", "--input-type=module", "--eval", program];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A folder of its own with the files that the checks need. */
function workshop(): string {
  const folder = mkdtempSync(join(tmpdir(), "engine-mutants-"));
  for (const path of COPIED) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs a check in a folder; true when it passes. */
function passes(folder: string, [command = "", ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const path = `${join(ROOT, "node_modules/.bin")}:${process.env.PATH ?? ""}`;
    const child = spawn(command, args, {
      cwd: folder,
      stdio: "ignore",
      detached: true,
      env: { ...process.env, PATH: path },
    });
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), CHECK_TIMEOUT_MS);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

/** Whether the tests let a mutant live. */
async function survives(folder: string, mutant: Mutant): Promise<boolean> {
  const file = join(folder, mutant.file);
  const original = readFileSync(file, "utf8");
  writeFileSync(file, original.slice(0, mutant.start) + mutant.replacement + original.slice(mutant.end));
  try {
    for (const check of CHECKS) if (!(await passes(folder, check))) return false;
    return true;
  } finally {
    writeFileSync(file, original);
  }
}

/** Draws a sample, the same for the same seed. */
function sampleOf(mutants: readonly Mutant[], size: number, seed: number): Mutant[] {
  let state = seed;
  const drawn = mutants.map((mutant) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return { mutant, lot: state };
  });
  drawn.sort((a, b) => a.lot - b.lot);
  return drawn.slice(0, size === 0 ? drawn.length : size).map(({ mutant }) => mutant);
}

function describeMutant(mutant: Mutant): string {
  const text = readFileSync(join(ROOT, mutant.file), "utf8");
  const line = text.slice(0, mutant.start).split("\n").length;
  const [from, to] = [text.slice(mutant.start, mutant.end), mutant.replacement].map((part) =>
    part.trim().replaceAll(/\s+/g, " "),
  );
  return `${mutant.file}:${line}: ${from === "" ? "nothing" : from} → ${to === "" ? "nothing" : to}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sample: { type: "string" },
      seed: { type: "string" },
      file: { type: "string" },
      workers: { type: "string" },
    },
  });
  const files = globSync(join(ROOT, "src/core/*.ts"))
    .map((path) => relative(ROOT, path))
    .sort();
  const all = files
    .filter((file) => !VOCABULARY.includes(file))
    .filter((file) => values.file === undefined || file.endsWith(`/${values.file}`))
    .flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), "utf8")));
  const sample = sampleOf(all, Number(values.sample ?? SAMPLE_DEFAULT), Number(values.seed ?? 1));
  const workers = Number(values.workers ?? availableParallelism());
  say(`${sample.length} of ${all.length} mutants of ${files.length} files, with ${workers} workers`);

  const started_at = performance.now();
  const survivors: Mutant[] = [];
  let next = 0;
  let tried = 0;
  const work = async (): Promise<void> => {
    const folder = workshop();
    try {
      for (const check of CHECKS) {
        if (!(await passes(folder, check))) throw new Error(`without any mutant, this fails: ${check.join(" ")}`);
      }
      for (let mutant = sample[next++]; mutant !== undefined; mutant = sample[next++]) {
        if (await survives(folder, mutant)) {
          survivors.push(mutant);
          say(`survived: ${describeMutant(mutant)}`);
        }
        if (++tried % PROGRESS_EVERY === 0) say(`${tried} of ${sample.length} tried`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));

  const killed = sample.length - survivors.length;
  const share = sample.length === 0 ? 1 : killed / sample.length;
  const minutes = ((performance.now() - started_at) / 60_000).toFixed(1);
  say(`${killed} of ${sample.length} killed (${(100 * share).toFixed(1)} %) in ${minutes} min`);
  if (share < KILLED_MIN) process.exitCode = 1;
}

await main();

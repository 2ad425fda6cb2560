import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { type Measured, timeProcess } from "./measure.ts";
import { chain, randomGraph, wide } from "./pipelines.ts";

/** One line of the table: something, the floor that it is held against, and how many times the floor it may take. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly floor_what: string;
  readonly ratio_max: number;
  readonly rss_mib_max?: number;
  /** How often the pair is measured. More for what is short. */
  readonly rounds: number;
  /** What both sides need, in the row's own empty folder. */
  prepare(folder: string): void;
  floor(folder: string): Measured;
  subject(folder: string): Measured;
}

const root = join(import.meta.dirname, "..");
const CLI = join(root, "dist/engine.cjs");
const EXAMPLE = join(root, "examples/ml-training/pipeline.yaml");

const CHAIN_TASKS = 40;
const WIDE_TASKS = 1000;
const AT_ONCE = 8;
const GRAPH_TASKS = 10_000;
const FLOOR_GRAPH_TASKS = 1000;

/** Without a PATH there is no shellcheck, which takes its own time. */
function node(args: readonly string[], folder: string): Measured {
  return timeProcess(process.execPath, args, folder, { env: { ...process.env, PATH: "" } });
}

/** Bundles programs of this folder, as the package is: reading TypeScript takes memory of its own. */
export function bundle(folder: string, names: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  buildSync({
    entryPoints: {
      ...Object.fromEntries(names.map((name) => [`chunks/${name}`, join(root, `bench/${name}.ts`)])),
      "node-worker": join(root, "src/executors/local/node-worker.ts"),
    },
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: { js: "const require = process.getBuiltinModule;" },
    splitting: true,
    // Parts that are tried and done without when they are not there.
    external: ["cpu-features", "*/sshcrypto.node"],
    logLevel: "warning",
  });
}

/**
 * A run of a pipeline in a process of its own, which says how long the run took. Its data stay until the
 * row is done: some file systems are slow to make files for a minute after many were deleted.
 */
function runInProcess(file: string, folder: string): Measured {
  const data = mkdtempSync(join(folder, "data-"));
  const program = join(folder, "chunks/in-process.js");
  return JSON.parse(
    execFileSync(process.execPath, [program, join(folder, file), data], { encoding: "utf8" }),
  ) as Measured;
}

/** `bash -c true`, once for each line of input. */
function xargsTrue(count: number, at_once: number, folder: string): Measured {
  const lines = Array.from({ length: count }, (_, i) => `${i}\n`).join("");
  return timeProcess("xargs", [`-P${at_once}`, "-n1", "bash", "-c", "true"], folder, { input: lines });
}

const startUp = (name: string, args: readonly string[], ratio_max: number, what = `engine ${name}`): Row => ({
  name,
  what,
  floor_what: "node -e 0",
  ratio_max,
  rounds: 21,
  prepare: (folder) => {
    // The first start fills the cache of compiled code.
    node([CLI, ...args], folder);
  },
  floor: (folder) => node(["-e", "0"], folder),
  subject: (folder) => node([CLI, ...args], folder),
});

export const ROWS: readonly Row[] = [
  {
    name: "chain",
    what: `a chain of ${CHAIN_TASKS} tasks \`bash: "true"\`, durable store`,
    floor_what: `${CHAIN_TASKS} × bash -c true, by xargs`,
    ratio_max: 3,
    rounds: 11,
    prepare: (folder) => {
      bundle(folder, ["in-process"]);
      writeFileSync(join(folder, "chain.yaml"), chain(CHAIN_TASKS));
    },
    floor: (folder) => xargsTrue(CHAIN_TASKS, 1, folder),
    subject: (folder) => runInProcess("chain.yaml", folder),
  },
  {
    name: "wide",
    what: `${WIDE_TASKS} tasks \`bash: "true"\`, ${AT_ONCE} at a time`,
    floor_what: `${WIDE_TASKS} × bash -c true, by xargs -P${AT_ONCE}`,
    ratio_max: 2.5,
    rounds: 5,
    prepare: (folder) => {
      bundle(folder, ["in-process"]);
      writeFileSync(join(folder, "wide.yaml"), wide(WIDE_TASKS, AT_ONCE));
    },
    floor: (folder) => xargsTrue(WIDE_TASKS, AT_ONCE, folder),
    subject: (folder) => runInProcess("wide.yaml", folder),
  },
  {
    name: "functions",
    what: `a chain of ${CHAIN_TASKS} tasks \`node: ./light.js\`, durable store`,
    floor_what: "one node -e 0",
    ratio_max: 15,
    rounds: 11,
    prepare: (folder) => {
      bundle(folder, ["in-process"]);
      writeFileSync(join(folder, "light.js"), "export default () => {};\n");
      writeFileSync(join(folder, "chain.yaml"), chain(CHAIN_TASKS, "node: ./light.js"));
    },
    floor: (folder) => node(["-e", "0"], folder),
    subject: (folder) => runInProcess("chain.yaml", folder),
  },
  {
    name: "graph",
    what: `${GRAPH_TASKS} noop tasks in a random graph`,
    floor_what: `the same with ${FLOOR_GRAPH_TASKS}`,
    ratio_max: 12,
    rss_mib_max: 300,
    rounds: 5,
    prepare: (folder) => {
      bundle(folder, ["in-process"]);
      writeFileSync(join(folder, "large.yaml"), randomGraph(GRAPH_TASKS));
      writeFileSync(join(folder, "small.yaml"), randomGraph(FLOOR_GRAPH_TASKS));
    },
    floor: (folder) => runInProcess("small.yaml", folder),
    subject: (folder) => runInProcess("large.yaml", folder),
  },
  startUp("validate", ["validate", EXAMPLE], 4, "engine validate of one file"),
  startUp("help", ["--help"], 2, "engine --help"),
  startUp("version", ["--version"], 2, "engine --version"),
];

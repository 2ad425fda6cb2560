/*
 * One engine for `npm run bench:waiting`: waiting-engine.ts idle|start|resume DATA_FOLDER FILE. Starts a run of the
 * pipeline, or takes up the one that is there, waits until all its tasks wait, and measures for a minute.
 */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { RunId } from "../src/core/index.ts";
import { openEngine } from "../src/daemon/index.ts";
import { compile } from "../src/language/index.ts";
import { operators } from "../src/operators/index.ts";

/** What an engine takes while everything waits. */
export interface Waiting {
  /** From the start, or the taking up, until everything waits, in milliseconds. */
  readonly begun_ms: number;
  readonly rss_mib: number;
  /** Of one core, in percent. */
  readonly cpu_percent: number;
  /** How many attempts waited when it ended. */
  readonly waiting: number;
}

/** What beginning takes has settled by then. */
const SETTLE_MS = 10_000;
/** All look once in this time. */
const MEASURE_MS = 60_000;
const MIB = 2 ** 20;
const US_PER_MS = 1000;

const [how, data = "", file = ""] = process.argv.slice(2);
const config = {
  root: data,
  pipelines: data,
  data,
  concurrency: 16,
  pools: {},
  vars: {},
  secrets: { environment: {}, commands: {}, timeout_ms: 0, refresh_ms: 0 },
  connections: {},
  has_file: false,
  plugins: [],
  server: { host: "127.0.0.1", port: 0, auth: "none" as const },
  metrics: { airflow_names: false, max_series: 50_000 },
  retention: { runs_ms: Infinity, keep_runs: 1, logs_ms: Infinity, audit_ms: Infinity },
  validate: { rules: {}, overrides: [], ignore: [] },
};
const engine = await openEngine(config, {
  operators,
  describe: "bench",
  onTrouble: (message, cause) => {
    throw new Error(message, { cause });
  },
});
const begin = performance.now();
const run_id = how === "start" ? await start() : (await engine.store.listRuns({ limit: 1 })).rows[0]?.run_id;
if (how === "start" && run_id !== undefined) await allWait(run_id);
if (how === "resume" && run_id !== undefined) await engine.resumeRun(run_id);
const begun_ms = performance.now() - begin;
await setTimeout(SETTLE_MS);
const cpu = process.cpuUsage();
await setTimeout(MEASURE_MS);
const { user, system } = process.cpuUsage(cpu);
const measured: Waiting = {
  begun_ms,
  rss_mib: process.memoryUsage.rss() / MIB,
  cpu_percent: ((user + system) / US_PER_MS / MEASURE_MS) * 100,
  waiting: run_id === undefined || how === "idle" ? 0 : await waitingIn(run_id),
};
await engine.close();
process.stdout.write(JSON.stringify(measured));

async function start(): Promise<RunId> {
  const { pipeline, diagnostics } = compile({ path: file, text: readFileSync(file, "utf8") }, { operators });
  if (pipeline === undefined) throw new Error(JSON.stringify(diagnostics));
  return engine.createRun({ pipeline, params: {}, trigger: "manual", by: "bench" });
}

/** Resolves once as many attempts wait as there are tasks. */
async function allWait(id: RunId): Promise<void> {
  for (;;) {
    const items = (await engine.store.listTaskRuns(id)).filter(({ index }) => index !== undefined).length;
    if (items > 0 && (await waitingIn(id)) === items) return;
    await setTimeout(500);
  }
}

async function waitingIn(id: RunId): Promise<number> {
  return (await engine.store.listAttempts(id)).filter(({ state }) => state === "waiting").length;
}

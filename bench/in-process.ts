/*
 * Compiles a pipeline and runs it to its end in this process, on a durable store in a new data folder:
 * in-process.ts FILE DATA_FOLDER. Prints the time from the text to the end of the run, and the largest
 * resident memory of the process.
 */
import { readFileSync } from "node:fs";
import { openEngine } from "../src/daemon/index.ts";
import { compile } from "../src/language/index.ts";
import { operators } from "../src/operators/index.ts";
import type { Measured } from "./measure.ts";

const [file = "", data = ""] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
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
const { pipeline, diagnostics } = compile({ path: file, text }, { operators });
if (pipeline === undefined) throw new Error(JSON.stringify(diagnostics));
const run_id = await engine.createRun({ pipeline, params: {}, trigger: "manual", by: "bench" });
const { state } = await engine.finished(run_id);
const ms = performance.now() - begin;
await engine.close();
if (state !== "success") throw new Error(`the run ended as ${state}`);

const KIB_PER_MIB = 1024;
const measured: Measured = { ms, rss_mib: process.resourceUsage().maxRSS / KIB_PER_MIB };
process.stdout.write(JSON.stringify(measured));

/*
 * What a daemon takes by the number of its pipelines: its start, memory, a scrape of /metrics; and how many events a second one
 * decides and stores.
 *
 *   npm run bench:sizes
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median } from "./measure.ts";

const CLI = join(import.meta.dirname, "../dist/engine.cjs");
const SIZES = [10, 100, 1_000];
const TASKS = 10;
const ROUNDS = 3;
/** Tasks that do nothing, in runs that are asked for at once: what is measured is deciding and storing. */
const BUSY_RUNS = 50;
/** Of a task: queued, started, ended, finished. Of a run: created, started, finished. */
const EVENTS = BUSY_RUNS * (TASKS * 4 + 3);

interface Row {
  readonly start_ms: number;
  readonly memory_mib: number;
  readonly scrape_ms: number;
  readonly series: number;
  readonly events_a_second: number;
}

const rows: Row[] = [];
for (const size of SIZES) {
  const rounds: Row[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(size));
  const of = (key: keyof Row): number => median(rounds.map((round) => round[key]));
  rows.push({
    start_ms: of("start_ms"),
    memory_mib: of("memory_mib"),
    scrape_ms: of("scrape_ms"),
    series: of("series"),
    events_a_second: of("events_a_second"),
  });
}
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}; pipelines of ${TASKS} tasks`,
);
console.log("pipelines  start  memory   /metrics         events a second");
for (const [i, { start_ms, memory_mib, scrape_ms, series, events_a_second }] of rows.entries()) {
  console.log(
    `${String(SIZES[i]).padStart(9)}  ${(start_ms / 1_000).toFixed(2)} s  ${memory_mib.toFixed(0)} MiB  ` +
      `${series} series in ${scrape_ms.toFixed(0)} ms  ${events_a_second.toFixed(0)}`,
  );
}

async function measure(size: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "bench-sizes-"));
  try {
    mkdirSync(join(folder, "pipelines"));
    writeFileSync(join(folder, "engine.yaml"), 'server: { listen: "127.0.0.1:0" }\n');
    const tasks = Array.from(
      { length: TASKS },
      (_, i) => `  t${i}: { ${i > 0 ? `needs: t${i - 1}, ` : ""}noop: {} }\n`,
    );
    for (let i = 0; i < size; i++) {
      const text = `schedule: "0 4 * * *"\nmax_active_runs: ${BUSY_RUNS}\ntasks:\n${tasks.join("")}`;
      writeFileSync(join(folder, `pipelines/p${i}.yaml`), text);
    }
    const begin = performance.now();
    const child = spawn(process.execPath, [CLI, "serve"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    let finished = 0;
    let onFinished = (): void => {};
    const url = await new Promise<string>((resolve) => {
      createInterface(child.stdout).on("line", (line) => {
        const told = JSON.parse(line) as { readonly url?: string; readonly event?: string };
        if (told.url !== undefined) resolve(told.url);
        if (told.event === "run_finished" && ++finished === BUSY_RUNS) onFinished();
      });
    });
    const start_ms = performance.now() - begin;
    const all = new Promise<void>((resolve) => {
      onFinished = resolve;
    });
    const busy = performance.now();
    await Promise.all(
      Array.from({ length: BUSY_RUNS }, () =>
        fetch(`${url}/api/v1/pipelines/p0/trigger`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "{}",
        }),
      ),
    );
    await all;
    const busy_s = (performance.now() - busy) / 1_000;
    await (await fetch(`${url}/metrics`)).text();
    const scrape = performance.now();
    const body = await (await fetch(`${url}/metrics`)).text();
    const scrape_ms = performance.now() - scrape;
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    const series = body.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    return { start_ms, memory_mib: Number(rss) / 1024, scrape_ms, series, events_a_second: EVENTS / busy_s };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/*
 * What dashboards and rules of 1,000 pipelines take, with and without a board for each: time, and the largest process. It needs
 * a jsonnet, and Linux.
 *
 *   npm run bench:monitoring
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "../dist/engine.cjs");
const PIPELINES = 1_000;
const SECONDS_MAX = 10;
const MIB_MAX = 300;
/** How often processes are looked at, in milliseconds. */
const LOOK_MS = 50;

const folder = mkdtempSync(join(tmpdir(), "bench-monitoring-"));
try {
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), "");
  for (let i = 0; i < PIPELINES; i++) writeFileSync(join(folder, `pipelines/p${i}.yaml`), text(i));
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}`);
  for (const boards of [false, true]) {
    const { seconds, mib } = await measure(boards);
    const what = boards ? "with a board for each" : "the fleet's boards alone";
    console.log(
      `${PIPELINES} pipelines, ${what}: ${seconds.toFixed(1)} s (at most ${SECONDS_MAX}), ` +
        `the largest process ${mib.toFixed(0)} MiB (at most ${MIB_MAX})`,
    );
    if (seconds > SECONDS_MAX || mib > MIB_MAX) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function text(i: number): string {
  return `name: p${i}
schedule: "0 * * * *"
owner: team-${i % 10}
slo: { freshness: 3h, success_rate: 99% }
tasks:
  load: { bash: "true" }
  train:
    bash: "true"
    needs: [load]
    metrics: { rows_${i}: { type: gauge, help: Rows that were read., value: "1" } }
`;
}

async function measure(boards: boolean): Promise<{ readonly seconds: number; readonly mib: number }> {
  const out = mkdtempSync(join(folder, "out-"));
  const args = [CLI, "monitoring", "generate", "--out", out, ...(boards ? ["--pipeline-boards"] : [])];
  const begin = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  let mib = 0;
  const looking = setInterval(() => {
    for (const pid of withChildren(child.pid)) mib = Math.max(mib, peakOf(pid));
  }, LOOK_MS);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(looking);
  if (code !== 0) throw new Error(`engine monitoring generate ended with ${code}`);
  return { seconds: (performance.now() - begin) / 1_000, mib };
}

function withChildren(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = all.filter((name) => Number(/\) \S (\d+)/.exec(read(`/proc/${name}/stat`))?.[1]) === pid);
  return [pid, ...children.map(Number)];
}

/** The most memory that a process has had, in MiB. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
}

/** Empty when the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

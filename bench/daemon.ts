/*
 * What the daemon costs with 1,000 pipelines that are all due every minute: its start, how soon a save is live, and how
 * late runs start. Takes about five minutes.
 *
 *   npm run bench:daemon
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const CLI = join(import.meta.dirname, "../dist/engine.cjs");
const PIPELINES = 1000;
/** Saves that are timed, one after the other. */
const SAVES = 20;
/**
 * Minutes in which all are due that are looked at. The first is told apart: the memory that a burst needs is asked for then, and its
 * code is compiled.
 */
const MINUTES = 4;
/** At most; the 99th percentile of how late a run is created, and of how late a save is live. */
const DELAY_MAX_MS = 250;
const LIVE_MAX_MS = 300;
/** A file is left alone for this long before it is saved again, so that saves don't share a look. */
const PAUSE_MS = 200;

interface Line {
  readonly time: string;
  readonly event?: string;
  readonly pipeline?: string;
  readonly msg: string;
}

const folder = mkdtempSync(join(tmpdir(), "bench-daemon-"));
const file = (i: number): string => join(folder, `pipelines/p${i}.yaml`);
const text = (i: number, word: string): string =>
  `name: p${i}\nschedule: "* * * * *"\ntasks:\n  a: { noop: {} } # ${word}\n`;

function start(): { readonly child: ChildProcess; onLine(listener: (line: Line) => void): void } {
  const child = spawn(process.execPath, [CLI, "serve"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const listeners = new Set<(line: Line) => void>();
  if (child.stdout === null) throw new Error("no output");
  createInterface(child.stdout).on("line", (line) => {
    for (const listener of listeners) listener(JSON.parse(line) as Line);
  });
  return { child, onLine: (listener) => listeners.add(listener) };
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

try {
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), "");
  for (let i = 0; i < PIPELINES; i++) writeFileSync(file(i), text(i, "first"));
  const begin = performance.now();
  const { child, onLine } = start();
  await new Promise<void>((resolve) => onLine(({ msg }) => msg.startsWith("engine serves") && resolve()));
  const start_ms = performance.now() - begin;

  const live: number[] = [];
  for (let i = 0; i < SAVES; i++) {
    await pause(PAUSE_MS);
    const saved = performance.now();
    const isLive = new Promise<void>((resolve) =>
      onLine(({ event, pipeline }) => event === "pipeline_changed" && pipeline === `p${i}` && resolve()),
    );
    writeFileSync(file(i), text(i, "second"));
    await isLive;
    live.push(performance.now() - saved);
  }

  const minutes = new Map<string, number[]>();
  await new Promise<void>((resolve) => {
    onLine(({ time, event }) => {
      if (event !== "run_created") return;
      const at = Date.parse(time);
      const minute = new Date(Math.floor(at / 60_000) * 60_000).toISOString();
      const delays = minutes.get(minute) ?? [];
      minutes.set(minute, delays);
      delays.push(at % 60_000);
      if ([...minutes.values()].filter(({ length }) => length === PIPELINES).length === MINUTES) resolve();
    });
  });
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const rss_mib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));

  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}`);
  console.log(
    `start with ${PIPELINES} pipelines: ${Math.round(start_ms)} ms; ${Math.round(rss_mib)} MiB after ${MINUTES} minutes`,
  );
  const worst = percentile(live, 1);
  console.log(
    `a save is live after ${Math.round(percentile(live, 0.5))} ms, at worst ${Math.round(worst)} ms (at most ${LIVE_MAX_MS})`,
  );
  const [first = [], ...others] = [...minutes.values()].filter(({ length }) => length === PIPELINES);
  const most = percentile(others.flat(), 0.99);
  console.log(
    `runs are created ${percentile(others.flat(), 0.5)} ms after their slot, the 99th percentile ${most} ms ` +
      `(at most ${DELAY_MAX_MS}); in the first minute ${percentile(first, 0.99)} ms`,
  );
  if (worst > LIVE_MAX_MS || most > DELAY_MAX_MS) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/*
 * What the web page costs with 5,000 pipelines, 100,000 runs of them, and a graph of 1,000 tasks: how soon it is there from a
 * cold cache, how long the frames are while it is scrolled and moved, and how long the API takes for each page. Takes
 * half a minute, and Debian's Chromium.
 *
 *   npm run bench:web
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium, type Page } from "playwright-core";
import { storeManyRuns } from "../test/support/many-runs.ts";

const CLI = join(import.meta.dirname, "../dist/engine.cjs");
const PIPELINES = 5_000;
/** Twenty of each pipeline. */
const RUNS = 100_000;
const TASKS = 1_000;
/** How often each address is asked, after the first time. */
const ASKED = 9;
const FRAMES = 120;
/** How often the daemon is asked whether it is ready, in milliseconds. */
const READY_MS = 50;
/** At most, in milliseconds: until the list is there, and the longest frame. */
const SHOWN_MAX_MS = 1_000;
const FRAME_MAX_MS = 100;
/** An answer of the API for one page, the median; and the list of all pipelines, which is asked for once. */
const ANSWER_MAX_MS = 100;
const LIST_MAX_MS = 500;

const folder = mkdtempSync(join(tmpdir(), "bench-web-"));

function writePipelines(): void {
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), "");
  for (let i = 0; i < PIPELINES; i++) {
    const text = `description: Number ${i}\ntags: [t${i % 7}]\nschedule: "${i % 60} 5 * * *"\ntasks: { a: { noop: {} } }\n`;
    writeFileSync(join(folder, `pipelines/p${i}.yaml`), text);
  }
  const needs = (i: number): string => (i < 10 ? "" : `needs: [t${i - 10}${i < 20 ? "" : `, t${i - 11 - (i % 7)}`}], `);
  const tasks = Array.from({ length: TASKS }, (_, i) => `  t${i}: { ${needs(i)}noop: {} }\n`);
  writeFileSync(join(folder, "pipelines/big.yaml"), `tasks:\n${tasks.join("")}`);
}

/** The longest of many frames, each after a step of the page. */
async function longestFrame(page: Page, step: string): Promise<number> {
  return await page.evaluate<number>(`(async () => {
    let longest = 0;
    let last = performance.now();
    for (let i = 0; i < ${FRAMES}; i++) {
      ${step};
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      // The first may wait for what went before.
      if (i > 0) longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  })()`);
}

/** The first answer, and the median of the next. */
async function answer(url: string, path: string, most_ms: number): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i <= ASKED; i++) {
    const begin = performance.now();
    const response = await fetch(`${url}/api/v1${path}`);
    const body = await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    times.push(performance.now() - begin);
    bytes = body.byteLength;
  }
  const [first = Number.NaN, ...next] = times;
  const median = next.sort((a, b) => a - b)[Math.floor(ASKED / 2)] ?? Number.NaN;
  say(`GET ${path}: ${(bytes / 1024).toFixed(0)} KiB, first ${first.toFixed(0)} ms, then`, median, most_ms);
}

/** What the pages of one pipeline, of runs and of the system ask for. */
const ANSWERS = [
  "/pipelines/p4321",
  "/pipelines/p4321/task-runs?runs=30",
  "/pipelines/p4321/days?days=371&zone=Europe/Stockholm",
  "/runs?limit=100",
  "/runs?state=failed&limit=100",
  "/runs?state=running&limit=100",
  "/runs?pipeline=p4321&limit=100",
  "/runs?pipeline=p4321&state=failed&limit=100",
  "/runs?tag=t3&limit=100",
  "/runs/many-00050000",
  "/approvals",
  "/backfills",
  "/system",
  "/pools",
  "/findings",
  "/audit",
] as const;

function say(what: string, value_ms: number, most_ms: number): void {
  const isGood = value_ms <= most_ms;
  console.log(`${what}: ${value_ms.toFixed(0)} ms (at most ${most_ms} ms)${isGood ? "" : "  TOO SLOW"}`);
  if (!isGood) process.exitCode = 1;
}

writePipelines();
storeManyRuns(join(folder, ".engine"), { pipelines: PIPELINES, runs: RUNS, now: Date.now() });
const daemon = spawn(process.execPath, [CLI, "serve"], {
  cwd: folder,
  env: { ...process.env, ENGINE_SERVER: JSON.stringify({ listen: "127.0.0.1:0" }) },
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const url = await new Promise<string>((resolve) => {
    createInterface(daemon.stdout).on("line", (line) => {
      const { url } = JSON.parse(line) as { readonly url?: string };
      if (url !== undefined) resolve(url);
    });
  });
  // It counts from when the daemon has taken up what there is.
  while (!(await fetch(`${url}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, READY_MS));
  // And has read the newest runs, which it does by itself.
  await (await fetch(`${url}/api/v1/pipelines?runs=1`)).arrayBuffer();
  const page = await browser.newPage();
  const begin = performance.now();
  await page.goto(url);
  await page.locator(".rows .row").first().waitFor();
  say(`a list of ${PIPELINES} pipelines with ${RUNS} runs is there after`, performance.now() - begin, SHOWN_MAX_MS);
  say("the longest frame while it is scrolled", await longestFrame(page, "window.scrollBy(0, 2000)"), FRAME_MAX_MS);
  await page.goto(`${url}/pipelines/big`);
  await page.locator(".node").first().waitFor();
  await page.locator(".graph-box").dispatchEvent("pointerdown", { button: 0, clientX: 0, clientY: 0 });
  const move = "window.dispatchEvent(new PointerEvent('pointermove', { clientX: -20 * i, clientY: i }))";
  say(`the longest frame while a graph of ${TASKS} tasks is moved`, await longestFrame(page, move), FRAME_MAX_MS);
  await answer(url, "/pipelines?runs=1", LIST_MAX_MS);
  for (const path of ANSWERS) await answer(url, path, ANSWER_MAX_MS);
} finally {
  await browser.close();
  daemon.kill();
  await once(daemon, "exit");
  rmSync(folder, { recursive: true });
}

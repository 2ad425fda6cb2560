/*
 * Makes the pictures of the web pages that the documents show: a daemon with a few pipelines and some history, the preview of the boards,
 * and Chromium.
 *
 *   npm run build && node scripts/pictures.ts
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "..");
const IMAGES = join(ROOT, "docs/images");
/** Runs of the pipeline that succeeds at most times. */
const RUNS = 24;
/** Of these so many are shown. */
const SHOWN = 20;
/** What somebody wrote about a run that failed. */
const NOTE = "The file of the shop in Kiruna has no dates since its update. They know.";

const HOURLY = (minutes: number, fails: boolean): string => `description: Loads what came in the last hour
schedule: "${minutes} * * * *"
owner: data-platform
tags: [hourly]
slo: { freshness: 3h }
timeout: 10m
tasks:
  fetch: { bash: "sleep 0.0$((RANDOM % 9)); echo fetched" }
  load: { needs: fetch, bash: "${fails ? "echo 'orders.csv: line 214: no date' >&2; exit 1" : "echo loaded"}" }
`;

const children: ChildProcessByStdio<null, Readable, null>[] = [];
const folder = mkdtempSync(join(tmpdir(), "engine-pictures-"));
try {
  mkdirSync(join(folder, "pipelines"));
  writeFileSync(join(folder, "engine.yaml"), 'server: { listen: "127.0.0.1:0" }\npools: { gpu: 2 }\n');
  for (const name of ["ml-training", "fan-out", "data-quality", "etl"]) {
    cpSync(join(ROOT, "examples", name), join(folder, "pipelines", name), { recursive: true });
  }
  writeFileSync(join(folder, "pipelines/clicks.yaml"), HOURLY(5, false));
  writeFileSync(join(folder, "pipelines/orders.yaml"), HOURLY(20, true));
  const engine = (...args: readonly string[]): Readable => {
    const child = spawn(process.execPath, [join(ROOT, "dist/engine.cjs"), ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    return child.stdout;
  };
  let ended = 0;
  let onEnded = (): void => {};
  const url = await new Promise<string>((resolve) => {
    createInterface(engine("serve")).on("line", (line) => {
      const told = JSON.parse(line) as { readonly url?: string; readonly event?: string };
      if (told.url !== undefined) resolve(told.url);
      if (told.event !== "run_finished") return;
      ended += 1;
      onEnded();
    });
  });
  const trigger = async (pipeline: string, params: object = {}): Promise<string> => {
    const before = ended;
    const done = new Promise<void>((resolve) => {
      onEnded = () => ended > before && resolve();
    });
    const answer = await fetch(`${url}/api/v1/pipelines/${pipeline}/trigger`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ params }),
    });
    if (!answer.ok) throw new Error(`${pipeline}: ${await answer.text()}`);
    const { run_id } = (await answer.json()) as { readonly run_id: string };
    await done;
    return run_id;
  };
  for (let i = 0; i < RUNS; i++) await trigger("clicks");
  let failed = "";
  for (let i = 0; i < RUNS / 4; i++) failed = await trigger("orders");
  for (const name of ["fan_out", "data_quality", "etl", "ml_training"]) await trigger(name);
  const run = await trigger("ml_training", { epochs: 5 });

  // The sandbox of Chromium does not work for root.
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  mkdirSync(IMAGES, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1180, height: 640 }, timezoneId: "UTC" });
  await page.goto(url);
  const bars = page.locator(".row", { hasText: "clicks" }).locator(".bars a");
  await bars.nth(SHOWN - 1).waitFor();
  await page.screenshot({ path: join(IMAGES, "page-pipelines.png") });
  await page.setViewportSize({ width: 1180, height: 510 });
  await page.getByLabel("Choose clicks").click();
  await page.getByLabel("Choose etl").click({ modifiers: ["Shift"] });
  await page.getByRole("toolbar").waitFor();
  await page.screenshot({ path: join(IMAGES, "page-choose.png") });
  await page.setViewportSize({ width: 1180, height: 640 });
  await page.goto(`${url}/runs/${run}`);
  await page.getByText("check_quality").first().waitFor();
  await page.getByText("Graph", { exact: true }).click();
  await page.locator(".graph .node").first().waitFor();
  await page.screenshot({ path: join(IMAGES, "page-run.png") });
  await page.setViewportSize({ width: 900, height: 420 });
  await fetch(`${url}/api/v1/runs/${failed}/note`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: NOTE }),
  });
  await page.goto(`${url}/runs/${failed}`);
  await page.getByRole("heading", { name: "What failed" }).waitFor();
  await page.screenshot({ path: join(IMAGES, "page-failure.png") });
  await page.goto(`${url}/runs/${failed}/tasks/load`);
  await page.getByText("no date").first().waitFor();
  await page.screenshot({ path: join(IMAGES, "page-log.png") });
  await page.setViewportSize({ width: 1180, height: 640 });
  const preview = await new Promise<string>((resolve) => {
    createInterface(engine("monitoring", "preview")).on("line", (line) => resolve(line.split(" ").at(-1) ?? ""));
  });
  await page.goto(preview);
  await page.locator(".legend", { hasText: "clicks" }).nth(1).waitFor();
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(IMAGES, "monitoring-preview.png") });
  await browser.close();
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

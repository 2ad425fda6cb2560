import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { need } from "../real/support/need.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";
import { type Answering, httpServer } from "../support/http-server.ts";
import { has } from "../support/monitoring/mixin.ts";
import { freePort, started } from "../support/monitoring/programs.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * `engine monitoring preview` in a real browser: all boards with sample data, and what a Prometheus, a strange one and a real one, says.
 */

const ORDERS = `schedule: "20 * * * *"
description: Loads the orders of the last hour
owner: data
tags: ["tier:1"]
timeout: 30m
slo: { freshness: 3h, max_duration: 10m, success_rate: 99% }
tasks:
  fetch: { bash: "true" }
  load:
    needs: fetch
    bash: echo rows=7 >> "$ENGINE_OUTPUT"
    outputs: { rows: integer }
    checks: { row_count: { value: "\${{ outputs.rows }}", min: 1 } }
    metrics:
      rows_loaded: { type: gauge, help: Rows that were loaded, value: "\${{ outputs.rows }}" }
`;
const BUSY = 'schedule: "* * * * * *"\ntimeout: 1m\nslo: { freshness: 1h }\ntasks: { tick: { bash: "true" } }\n';
const FILES = { "engine.yaml": "pools: { gpu: 2 }\n", "pipelines/orders.yaml": ORDERS };

interface Preview {
  readonly cwd: string;
  readonly url: string;
  readonly daemon: EngineProcess;
}

async function preview(args: readonly string[], cwd = aFolder(FILES)): Promise<Preview> {
  const daemon = startEngine(["monitoring", "preview", ...args], { cwd });
  await daemon.prints(/http:\/\/127\.0\.0\.1:\d+\n$/);
  return { cwd, daemon, url: /(http:\/\/127\.0\.0\.1:\d+)\n$/.exec(daemon.stdout)?.[1] ?? "" };
}

async function boardsOf(url: string): Promise<readonly { readonly uid: string; readonly title: string }[]> {
  return ((await (await fetch(`${url}/api/boards`)).json()) as { boards: { uid: string; title: string }[] }).boards;
}

/** The panel of a title. */
function panel(page: Page, title: string): Locator {
  return page.locator(".panel", { has: page.getByRole("heading", { name: title, exact: true }) });
}

/** How much of a plot is drawn in colours: axes and their lines are grey. */
async function colouredPixels(page: Page, title: string): Promise<number> {
  const plot = panel(page, title);
  await plot.locator("canvas").waitFor();
  const id = await plot.getByRole("heading").getAttribute("id");
  return await page.evaluate<number>(`(() => {
    const canvas = document.querySelector('[aria-labelledby="${id}"] canvas');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const pixel = [data[i], data[i + 1], data[i + 2]];
      if (data[i + 3] > 40 && Math.max(...pixel) - Math.min(...pixel) > 60) count += 1;
    }
    return count;
  })()`);
}

describe.runIf(need("chromium").found)("the preview of boards", () => {
  const open = useBrowser();

  test("draws every board with sample data", async () => {
    const args = has("jsonnet") ? ["--pipeline-boards"] : [];
    const daemon = await preview(args);
    const { page, url, look } = await open({}, { daemon });
    const boards = await boardsOf(url);
    expect(boards.length).toBe(has("jsonnet") ? 9 : 8);
    for (const { uid, title } of boards) {
      await page.goto(`/d/${uid}?refresh=off`);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.waitForLoadState("networkidle");
      expect([title, await page.locator(".panel-error").allTextContents()]).toEqual([title, []]);
      // All that is drawn says that it is made up.
      const panels = await page.locator(".panel").count();
      expect(panels).toBeGreaterThan(4);
      expect(await page.locator(".panel .sample").count()).toBe(panels);
      expect(await page.locator(".panel h2:empty").count()).toBe(0);
      expect(await page.locator(".legend li").filter({ hasNotText: /\S/ }).count()).toBe(0);
      expect(await look(`preview-${uid}`)).toEqual([]);
    }
  });

  test.each([
    ["dark", "wide"],
    ["dark", "narrow"],
  ] as const)("can be read %s and %s", async (colorScheme, size) => {
    const daemon = await preview([]);
    const { page, look } = await open({}, { daemon, colorScheme, size });
    await page.goto("/d/engine-pipeline");
    await page.locator(".legend", { hasText: "orders" }).first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(await look("preview-pipeline")).toEqual([]);
  });

  test("leads from board to board with what is chosen, and shows it by the pipelines of the folder", async () => {
    const daemon = await preview([]);
    const { page } = await open({}, { daemon });
    await page.goto("/");
    await page.getByRole("heading", { name: "Engine / Overview" }).waitFor();
    await page.getByText("Every number here is made up").waitFor();
    await page.getByLabel("Time", { exact: true }).selectOption("now-24h");
    await page.locator(".panel", { hasText: "Run duration by pipeline" }).locator(".legend a").click();
    await page.getByRole("heading", { name: "Engine / Pipeline" }).waitFor();
    expect(await page.getByLabel("Pipeline", { exact: true }).inputValue()).toBe("orders");
    expect(await page.getByLabel("Time", { exact: true }).inputValue()).toBe("now-24h");
    for (const mark of await page.getByRole("checkbox").all()) await mark.uncheck();
    for (const title of ["Run duration", "Durations"]) {
      expect(await colouredPixels(page, title), title).toBeGreaterThan(100);
    }
    await page.locator(".gauge", { hasText: "load" }).first().getByRole("link").click();
    await page.getByRole("heading", { name: "Engine / Task" }).waitFor();
    const task = page.getByLabel("Task", { exact: true });
    await expect.poll(async () => await task.locator("option").allTextContents()).toEqual(["All", "fetch", "load"]);
    await page.getByRole("link", { name: "Freshness and SLO" }).click();
    await page.locator("td", { hasText: "3 hours" }).waitFor();
    // The pointer tells what is under it.
    await page.locator(".panel-timeseries .u-over").first().hover();
    await page.locator(".tip", { hasText: "orders" }).waitFor();
  });

  test("says in a panel's place what is wrong, and takes no label for markup", async () => {
    const hostile = '<img src=x onerror="alert(1)">';
    const answer: Answering = ({ path }, response) => {
      const query = new URL(path, "http://x").searchParams.get("query") ?? "";
      const metric = { pipeline: hostile, state: hostile };
      const result = path.includes("query_range")
        ? {
            resultType: "matrix",
            result: [{ metric, values: [[Number(new URL(path, "http://x").searchParams.get("end")), "7"]] }],
          }
        : { resultType: "vector", result: [{ metric, value: [0, "7"] }] };
      const fails = query.includes("engine_executor_queued_tasks");
      const data = path.includes("/label/") ? [hostile] : result;
      response.statusCode = fails ? 422 : 200;
      response.end(
        JSON.stringify(fails ? { status: "error", error: "too many samples" } : { status: "success", data }),
      );
    };
    const { url: prometheus } = await httpServer(answer);
    const daemon = await preview(["--prometheus", prometheus]);
    const { page } = await open({}, { daemon });
    await page.goto("/");
    await page.getByText(`data of ${prometheus}`).waitFor();
    await panel(page, "Queue").getByText("Prometheus: too many samples").waitFor();
    await panel(page, "Runs").locator(".stat-value", { hasText: "7" }).waitFor();
    await panel(page, "Run duration by pipeline").locator(".legend li", { hasText: hostile }).waitFor();
    await panel(page, "Pipelines").locator("td", { hasText: hostile }).first().waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator(".sample").count()).toBe(0);
    expect(await page.getByText("made up").count()).toBe(0);
  });

  test.runIf(has("prometheus"))("draws what a real Prometheus has of a real daemon", { timeout: 120_000 }, async () => {
    const cwd = aFolder({ "engine.yaml": "", "pipelines/busy.yaml": BUSY });
    const [port, prometheus] = [await freePort(), await freePort()];
    const env = { ENGINE_SERVER: JSON.stringify({ listen: `127.0.0.1:${port}` }) };
    const scrape = parse((await runEngine(["monitoring", "scrape-config"], { cwd, env })).stdout);
    const { scrape_configs } = scrape as { readonly scrape_configs: readonly object[] };
    writeFileSync(
      join(cwd, "prometheus.yaml"),
      stringify({ scrape_configs: scrape_configs.map((job) => ({ ...job, scrape_interval: "1s" })) }),
    );
    await startEngine(["serve"], { cwd, env }).prints("engine serves");
    const address = `127.0.0.1:${prometheus}`;
    await started(
      "prometheus",
      ["--config.file=prometheus.yaml", "--storage.tsdb.path=tsdb", `--web.listen-address=${address}`],
      cwd,
      /ready to receive web requests/,
    );
    const daemon = await preview(["--prometheus", `http://${address}`], cwd);
    const { page, look } = await open({}, { daemon });
    await page.goto("/?refresh=5s&from=now-15m");
    await page
      .locator(".panel", { hasText: "Run duration by pipeline" })
      .locator(".legend", { hasText: "busy" })
      .waitFor();
    await page.locator(".panel-table", { hasText: "Last run succeeded" }).locator("tr", { hasText: "busy" }).waitFor();
    const rate = page.locator(".panel", { hasText: "Success rate" }).locator(".stat-value", { hasText: "100%" });
    await rate.waitFor();
    expect(await page.locator(".panel-error").allTextContents()).toEqual([]);
    expect(await look("preview-prometheus")).toEqual([]);
  });
});

describe("engine monitoring preview", () => {
  test("answers to this machine's own names alone, with a strict policy, and ends with Ctrl-C", async () => {
    const { url, daemon } = await preview([]);
    expect(daemon.stdout).toMatch(/^8 dashboards with sample data, until Ctrl-C: http/);
    const response = await fetch(url, { headers: { accept: "text/html" } });
    expect(response.headers.get("content-security-policy")).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';manifest-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none';require-trusted-types-for 'script'",
    );
    const { port } = new URL(url);
    const asked = await statusFor(Number(port), "elsewhere.test");
    expect(asked).toBe(403);
    const query = (more: string) => fetch(`${url}/api/series?expr=up&start=0&${more}`).then(({ status }) => status);
    expect(await query("end=60&step=30")).toBe(200);
    expect(await query("end=1e9&step=1")).toBe(400);
    expect(await query("end=60&step=0")).toBe(400);
    expect((await fetch(`${url}/api/boards/none`)).status).toBe(404);
    daemon.kill("SIGINT");
    expect(await daemon.ended).toEqual({ code: 0, signal: null });
  });

  test("says what is wrong with an address, a port, or the pipelines", async () => {
    const run = async (args: readonly string[], cwd = aFolder(FILES)) =>
      await runEngine(["monitoring", "preview", ...args], { cwd });
    expect(await run(["--prometheus", "localhost:9090"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--prometheus localhost:9090 is no address"),
    });
    const { port } = await httpServer(() => {});
    expect(await run(["--port", String(port)])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the port ${port} is taken`),
    });
    expect(await run(["--port", "70000"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("can't be listened on"),
    });
    expect(await run([], aFolder({ "engine.yaml": "", "pipelines/x.yaml": "tasks: {}\n" }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("what has errors can't be watched"),
    });
  });
});

/** What a request under another name is answered with. */
async function statusFor(port: number, host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/api/boards", headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

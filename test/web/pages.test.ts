import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * Every page, in light, dark and narrow: it is drawn, everybody can read and reach it, and it fits.
 */

/** Sixty pages, each looked at by axe: on a busy machine that takes a while, in milliseconds. */
const PAGES_MS = 240_000;

const PIPELINE = `
description: Trains a model
doc: |
  # What it does
  Trains **every day**, see [the guide](https://example.org/guide) and [this](javascript:alert(1)) <b>too</b>.

  - one
  - two
owner: ml
tags: [ml]
slo: { freshness: 2d }
schedule: "0 5 * * *"
timeout: 10m
params: { limit: { type: integer, default: 5 } }
tasks:
  extract: { bash: echo extract }
  parts: { needs: extract, for_each: [a, b, c], bash: "echo \${{ item }}" }
  check: { needs: extract, retries: { count: 1, delay: 1ms }, bash: "echo no >&2; exit 1" }
  skipped: { needs: extract, if: "\${{ false }}", bash: echo }
  report: { needs: [parts, check], bash: echo report }
`;
const BROKEN = "tasks: { say: { bsh: echo } }\n";

const PAGES = (run: string): Readonly<Record<string, readonly [path: string, shows: string]>> => ({
  pipelines: ["/", "Trains a model"],
  late: ["/?state=late", "no success"],
  graph: ["/pipelines/train", "3 items"],
  grid: ["/pipelines/train/grid", "extract"],
  timeline: ["/pipelines/train/timeline", "critical"],
  "pipeline-runs": ["/pipelines/train/runs", run],
  calendar: ["/pipelines/train/calendar", "1 run in a year"],
  durations: ["/pipelines/train/durations", "Tasks"],
  source: ["/pipelines/train/source", "description:"],
  schedule: ["/pipelines/train/schedule", "None was missed."],
  details: ["/pipelines/train/details", "What it does"],
  runs: ["/runs", "train"],
  run: [`/runs/${run}`, "What failed"],
  "run-graph": [`/runs/${run}?view=graph`, "extract"],
  "run-timeline": [`/runs/${run}?view=timeline`, "extract"],
  "run-details": [`/runs/${run}?view=details`, "Params"],
  "run-events": [`/runs/${run}?view=events`, "run created"],
  "task-run": [`/runs/${run}/tasks/check`, "Attempt 2"],
  approvals: ["/approvals", "Nothing waits for you"],
  backfills: ["/backfills", "No backfills"],
  system: ["/system", "the store has"],
  "not-found": ["/nonsense", "There is nothing at this address"],
});

describe.runIf(need("chromium").found)("every page", () => {
  const open = useBrowser();

  test(
    "is drawn for everybody, in light, dark and narrow",
    async () => {
      const files = {
        "engine.yaml": 'metrics: { grafana_url: "https://grafana.example.com" }\n',
        "pipelines/train.yaml": PIPELINE,
        "pipelines/broken.yaml": BROKEN,
      };
      const first = await open(files);
      const run_id = String((await first.post("/pipelines/train/trigger")).run_id);
      await first.daemon.prints("run_finished");
      const all: string[] = [];
      const views = [
        first,
        await open({}, { daemon: first, colorScheme: "dark" }),
        await open({}, { daemon: first, size: "narrow" }),
      ];
      for (const { page, look } of views) {
        for (const [name, [path, shows]] of Object.entries(PAGES(run_id))) {
          await page.goto(path);
          await page.getByText(shows).first().waitFor({ state: "attached" });
          await page.locator(".loading").first().waitFor({ state: "detached" });
          all.push(...(await look(name)));
        }
      }
      expect(all).toEqual([]);
      await first.page.goto("/system");
      await first.page.getByText("0 running, 0 waiting for something").waitFor();
      await first.page.getByText("runs 90d, and the newest 10 of each pipeline").waitFor();
      await first.page.goto(`/runs/${run_id}`);
      const board = await first.page.getByRole("link", { name: "Grafana" }).getAttribute("href");
      expect(board).toMatch(
        /^https:\/\/grafana\.example\.com\/d\/engine-pipeline\?var-pipeline=train&from=\d+&to=\d+$/,
      );
    },
    PAGES_MS,
  );

  test("shows a doc without making markup or code of it", async () => {
    const { page } = await open({ "pipelines/train.yaml": PIPELINE });
    await page.goto("/pipelines/train/details");
    const doc = page.locator(".markdown");
    await doc.getByText("every day").waitFor();
    expect(await doc.locator("strong").allInnerTexts()).toEqual(["every day"]);
    expect(await doc.locator("b").count()).toBe(0);
    expect(await doc.getByRole("link").allInnerTexts()).toEqual(["the guide"]);
    expect(await doc.textContent()).toContain("[this](javascript:alert(1)) <b>too</b>");
  });

  test("comes in less than 200 KB", async () => {
    const { page, url } = await open({ "pipelines/train.yaml": PIPELINE });
    const assets: string[] = [];
    page.on("request", (request) => {
      if (!request.url().includes("/api/")) assets.push(request.url());
    });
    await page.goto("/");
    await page.getByText("Trains a model").waitFor();
    const bodies = await Promise.all(assets.map(async (asset) => await sizeOf(asset)));
    expect(assets).toContain(`${url}/`);
    expect(bodies.reduce((sum, size) => sum + size, 0)).toBeLessThan(200 * 1024);
  });
});

/** What goes over the wire, in bytes. */
async function sizeOf(url: string): Promise<number> {
  const { headers } = await fetch(url, { headers: { accept: "text/html", "accept-encoding": "gzip" } });
  return Number(headers.get("content-length"));
}

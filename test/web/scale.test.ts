import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { storeManyRuns } from "../support/many-runs.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * Much of everything. How fast that is, `npm run bench:web` tells; here it is there, and no more of it is drawn than is
 * seen.
 */

const PIPELINES = 5_000;
/** Twenty of each pipeline. */
const RUNS = 100_000;
const TASKS = 1_000;
const LOG_BYTES = 100_000_000;
/** The daemon reads 5,000 files first: on a machine that does much else that takes its time. */
const MANY_MS = 180_000;

describe.runIf(need("chromium").found)("the web page with much of everything", () => {
  const open = useBrowser();

  test(
    "lists thousands of pipelines with all their runs, of which it draws what is in sight",
    async () => {
      const files = Array.from({ length: PIPELINES }, (_, i): [string, string] => [
        `pipelines/p${i}.yaml`,
        `description: Number ${i}\ntags: [t${i % 7}]\ntasks: { say: { bash: echo ${i} } }\n`,
      ]);
      const now = Date.now();
      const prepare = (cwd: string): void =>
        storeManyRuns(join(cwd, ".engine"), { pipelines: PIPELINES, runs: RUNS, now });
      const { page } = await open(Object.fromEntries(files), { prepare });
      await page.goto("/");
      await page.getByText("5,000 pipelines").waitFor();
      // The first row's others arrive when it is in sight.
      await page
        .locator(".rows .row")
        .first()
        .locator(".bars a")
        .nth(RUNS / PIPELINES - 1)
        .waitFor();
      expect(await page.locator(".rows .row").count()).toBeLessThan(100);
      await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
      await page.getByRole("link", { name: "p999", exact: true }).waitFor();
      expect(await page.locator(".rows .row").count()).toBeLessThan(100);
      await page.getByLabel("Filter by name, owner or tag").fill("number 4321");
      await page.getByRole("link", { name: "p4321" }).waitFor();
      expect(await page.locator(".rows .row").count()).toBe(1);
      await page.goto("/?state=failed");
      await page.getByText("5,000 pipelines").waitFor();
      // Two of each have failed.
      await page.goto("/runs?state=failed&pipeline=p4321");
      const failed = page.getByRole("link", { name: /^many-/ });
      await failed.nth(1).waitFor();
      expect(await failed.count()).toBe(2);
      await page.goto("/pipelines/p4321/calendar");
      await page.getByText("20 runs in a year").waitFor();
      await page.goto("/pipelines/p4321/grid");
      await page.getByText("say").first().waitFor();
      await page.goto("/system");
      await page.getByText("5000 live").waitFor();
    },
    MANY_MS,
  );

  test("shows a log of 100 MB, of which it loads what is looked at", async () => {
    const { cwd, page, post } = await open({ "pipelines/talk.yaml": "tasks: { talk: { bash: echo hello } }\n" });
    const { run_id } = await post("/pipelines/talk/trigger");
    await page.goto(`/runs/${run_id}/tasks/talk`);
    await page.locator(".log-line", { hasText: "hello" }).waitFor();
    // What a task prints is cut long before that.
    const file = join(cwd, `.engine/attempts/${run_id}/talk.1.log`);
    const [time] = readFileSync(file, "utf8").split(" ");
    const lineOf = (number: number): string => {
      const text = `line ${number} ${"of many words ".repeat(6)}\n`;
      return `${time} stdout ${text.length} ${text}`;
    };
    const lines = Math.ceil(LOG_BYTES / lineOf(1_000_000).length);
    writeFileSync(file, Array.from({ length: lines }, (_, i) => lineOf(1_000_000 + i)).join(""));
    let loaded = 0;
    page.on("response", (response) => {
      if (response.url().includes("/log")) loaded += Number(response.headers()["content-length"] ?? 0);
    });
    await page.reload();
    const shown = (number: number) => page.locator(".log-line", { hasText: `line ${number} ` });
    await shown(1_000_000 + lines - 1).waitFor();
    await page.mouse.move(600, 500);
    for (let turn = 0; turn < 20; turn++) {
      await page.mouse.wheel(0, -3000);
      await page.evaluate("new Promise(requestAnimationFrame)");
    }
    const middle = 1_000_000 + Math.floor(lines / 2);
    await page.getByLabel("Search the log").fill(`line ${middle} `);
    await page.getByRole("button", { name: "Find" }).click();
    await page.locator(".log-line.target", { hasText: `line ${middle} ` }).waitFor();
    expect(await page.locator(".log-line").count()).toBeLessThan(200);
    expect(loaded).toBeGreaterThan(0);
    expect(loaded).toBeLessThan(LOG_BYTES / 10);
  });

  test("draws a graph of a thousand tasks, in which one is found by its name", async () => {
    const tasks = Array.from(
      { length: TASKS },
      (_, i) => `  t${i}: { ${i < 10 ? "" : `needs: t${i - 10}, `}noop: {} }\n`,
    );
    const { page, look } = await open({ "pipelines/big.yaml": `timeout: 1h\ntasks:\n${tasks.join("")}` });
    await page.goto("/pipelines/big");
    await page.locator(".small-map").waitFor();
    expect(await page.locator(".node").count()).toBe(TASKS);
    await page.getByLabel("Find a task").fill("t777");
    await page.locator(".node.found", { hasText: "t777" }).waitFor();
    expect(await page.locator(".node.found").isVisible()).toBe(true);
    expect(await look("large-graph")).toEqual([]);
  });
});

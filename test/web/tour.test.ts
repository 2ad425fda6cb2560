import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { runEngine } from "../support/engine-process.ts";
import { atGate, makeGate } from "../support/pipelines.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * What people do with the page, from end to end.
 */

const CHECKED = `
description: Loads the day's orders
tags: [orders, daily]
schedule: "0 5 * * *"
timeout: 10m
params:
  limit: { type: integer, default: 5, minimum: 1, maximum: 100, description: How many rows }
  mode: { enum: [fast, careful], default: fast }
tasks:
  load: { bash: "echo loading $PARAM_LIMIT rows $PARAM_MODE" }
  check:
    needs: load
    bash: |
      echo "looking at rows"
      printf '\\033[31mred\\033[0m <img src=x onerror=alert(1)>\\n'
      if [ -e ok ]; then echo fine; else echo "ERROR: 3 rows without a price" >&2; exit 3; fi
  report: { needs: check, bash: "read -r word < gate; echo reported" }
`;
const QUIET = "description: Says hello\ntags: [demo]\ntasks: { say: { bash: echo hello } }\n";
const ASKS = `
tasks:
  ask:
    approval: { message: "Deploy what \${{ run.trigger }} made?", form: { percent: { type: integer, minimum: 1, maximum: 100, default: 10 } } }
    outputs: { percent: integer }
  deploy: { needs: ask, bash: "echo $PERCENT percent", env: { PERCENT: "\${{ tasks.ask.outputs.percent }}" } }
`;

describe.runIf(need("chromium").found)("the web page", () => {
  const open = useBrowser();

  test("tells in three clicks why a run failed, retries it, and shows it go green as it happens", async () => {
    const { cwd, page, post, look } = await open({ "pipelines/orders.yaml": CHECKED, "pipelines/quiet.yaml": QUIET });
    const folder = join(cwd, "pipelines");
    makeGate(folder);
    const { run_id } = await post("/pipelines/orders/trigger");
    await page.goto("/");
    await page.locator(".row", { hasText: "orders" }).locator(".bars .state-failed").waitFor();
    expect(await look("pipelines")).toEqual([]);

    await page.locator(".row", { hasText: "orders" }).locator(".bars .state-failed").click();
    await page.getByRole("heading", { name: "What failed" }).waitFor();
    expect(await look("run-failed")).toEqual([]);
    await page.getByRole("link", { name: "Show its log" }).click();
    await page.locator(".log-line", { hasText: "ERROR: 3 rows without a price" }).waitFor();
    expect(await look("task-run")).toEqual([]);
    // What a task prints is text, whatever it looks like.
    await page.locator(".log-line", { hasText: "red <img src=x onerror=alert(1)>" }).waitFor();
    expect(await page.locator(".log-lines img").count()).toBe(0);
    await page.getByRole("button", { name: "First error" }).click();
    await page.locator(".log-line.target", { hasText: "ERROR" }).waitFor();

    writeFileSync(join(folder, "ok"), "");
    await page.getByRole("link", { name: String(run_id) }).click();
    await page.getByRole("button", { name: "Retry what failed" }).click();
    await page.getByText("check", { exact: true }).last().waitFor();
    expect(await look("retry")).toEqual([]);
    await page.getByRole("button", { name: "Run 2 tasks again" }).click();
    const report = page.locator(".tasks .row", { hasText: "report" });
    await report.locator('[data-state="running"]').waitFor();
    await (await atGate(folder)).open();
    await report.locator('[data-state="success"]').waitFor();
    await page.locator('.head [data-state="success"]').waitFor();
    expect(await look("run-green")).toEqual([]);
  });

  test("starts a run with params that fit, and says what doesn't", async () => {
    const { page, get, look } = await open({ "pipelines/orders.yaml": CHECKED });
    await page.goto("/");
    await page.getByRole("button", { name: "Run orders" }).click();
    const limit = page.getByLabel("limit");
    await limit.fill("1000");
    await page.getByText("at most 100").waitFor();
    expect(await look("trigger")).toEqual([]);
    await page.getByRole("button", { name: "Start a run" }).click();
    await limit.fill("7");
    await page.getByLabel("mode").selectOption("careful");
    await page.getByRole("button", { name: "Start a run" }).click();
    await page.waitForURL(/\/runs\/[\w-]+$/);
    const run_id = page.url().split("/").at(-1);
    const { run } = await get<{ run: { params: unknown } }>(`/runs/${run_id}`);
    expect(run.params).toEqual({ limit: 7, mode: "careful" });
    await page.getByRole("link", { name: "load", exact: true }).click();
    await page.locator(".log-line", { hasText: "loading 7 rows careful" }).waitFor();
  });

  test("has somebody approve what waits", async () => {
    const { page, post, look } = await open({ "pipelines/asks.yaml": ASKS });
    const { run_id } = await post("/pipelines/asks/trigger");
    await page.goto("/approvals");
    await page.getByRole("heading", { name: "Deploy what api made?" }).waitFor();
    expect(await look("approvals")).toEqual([]);
    await page.getByLabel("percent").fill("25");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nothing waits for you").waitFor();
    await page.goto(`/runs/${run_id}/tasks/deploy`);
    await page.locator(".log-line", { hasText: "25 percent" }).waitFor();
  });

  test("follows a log as it grows, and finds a line in a large one without loading all of it", async () => {
    const bash =
      "for part in 1 2; do seq -f 'line %g of many words that make it long' 1 60000; read -r word < gate; done; echo done";
    const { cwd, page, post } = await open({
      "pipelines/talk.yaml": `timeout: 10m\ntasks: { talk: { bash: "${bash}" } }\n`,
    });
    const folder = join(cwd, "pipelines");
    makeGate(folder);
    const { run_id } = await post("/pipelines/talk/trigger");
    const gate = await atGate(folder);
    await page.goto(`/runs/${run_id}/tasks/talk`);
    const line = (text: string) => page.locator(".log-line", { hasText: text });
    await line("line 60000 of").waitFor();
    const drawn = async (): Promise<number> => await page.locator(".log-line").count();
    expect(await drawn()).toBeLessThan(200);

    await page.getByLabel("Search the log").fill("LINE 30001 of");
    await page.getByRole("button", { name: "Find" }).click();
    await page.locator(".log-line.target", { hasText: "line 30001 of" }).waitFor();
    await page.getByText("1 of 1 line").waitFor();
    // What comes in meanwhile leaves the reader where he is.
    await gate.open();
    const last = await atGate(folder);
    await page.locator(".log-line.target", { hasText: "line 30001 of" }).waitFor();
    // Scrolling loads what stands before.
    const box = page.locator(".log-lines");
    const before = page.locator(".log-line", { hasText: /line 2[0-8]\d{3} of/ }).first();
    while ((await before.count()) === 0) {
      await box.hover();
      await page.mouse.wheel(0, -6000);
      await page.evaluate("new Promise(requestAnimationFrame)");
    }
    expect(await drawn()).toBeLessThan(200);
    await page.getByRole("button", { name: "Follow" }).click();
    await last.open();
    await line("done").waitFor();
  });

  test("shows a file that breaks, and that its last good version stays", async () => {
    const { cwd, page, look } = await open({ "pipelines/quiet.yaml": QUIET });
    await page.goto("/");
    await page.locator(".row", { hasText: "quiet" }).waitFor();
    writeFileSync(join(cwd, "pipelines/quiet.yaml"), "tasks: { say: { bsh: echo hello } }\n");
    await page.getByText("file broken").waitFor();
    await page.getByRole("link", { name: "quiet" }).click();
    await page.getByText("its last good version is live").waitFor();
    await page.goto("/system");
    await page.getByText("`bsh` is neither an operator nor a key of a task").waitFor();
    expect(await look("finding")).toEqual([]);
    rmSync(join(cwd, "pipelines/quiet.yaml"));
    await page.goto("/");
    await page.getByRole("heading", { name: "No pipelines yet" }).waitFor();
    expect(await look("first-start")).toEqual([]);
  });

  test("asks a stranger for a token, and lets a viewer look and no more", async () => {
    const { cwd, url, page, look } = await open(
      { "pipelines/quiet.yaml": QUIET },
      { env: { ENGINE_SERVER: JSON.stringify({ listen: "127.0.0.1:0", auth: "token" }) } },
    );
    const made = await runEngine(["token", "create", "vic", "--role", "viewer"], { cwd });
    const token = /engine_[\w-]+/.exec(made.stdout)?.[0] ?? "";
    await page.goto("/");
    await page.getByLabel("Token").fill("engine_wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("the token is unknown or has run out").waitFor();
    expect(await look("login")).toEqual([]);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: "quiet" }).click();
    await page.getByRole("heading", { name: "quiet" }).waitFor();
    expect(await page.getByRole("button", { name: "Run", exact: true }).count()).toBe(0);
    // What the page doesn't offer the daemon refuses too.
    const refused = await page.request.post(`${url}/api/v1/pipelines/quiet/trigger`, { data: {} });
    expect([refused.status(), (await refused.json()).code]).toEqual([403, "FORBIDDEN"]);
    await page.getByRole("button", { name: "Log out vic" }).click();
    await page.getByLabel("Token").waitFor();
  });

  test("says that the daemon is gone, and goes on by itself when it is back", async () => {
    const { page, context } = await open({ "pipelines/quiet.yaml": QUIET });
    await page.goto("/pipelines/quiet");
    await page.getByRole("heading", { name: "quiet" }).waitFor();
    await context.setOffline(true);
    // A stream that was there stays: what counts is that the next can't begin.
    await page.reload().catch(() => {});
    await context.setOffline(false);
    await page.goto("/pipelines/quiet");
    let isGone = true;
    await page.route("**/api/v1/events", (route) => (isGone ? route.abort() : route.continue()));
    await page.reload();
    await page.getByText("The daemon is gone.").waitFor();
    isGone = false;
    await page.getByText("The daemon is gone.").waitFor({ state: "hidden" });
  });

  test("is worked with the keyboard alone", async () => {
    const { page } = await open({ "pipelines/quiet.yaml": QUIET, "pipelines/orders.yaml": CHECKED });
    await page.goto("/");
    await page.locator(".row", { hasText: "quiet" }).waitFor();
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keys" });
    await keys.waitFor();
    await page.keyboard.press("Escape");
    await keys.waitFor({ state: "hidden" });
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.locator(".row.current", { hasText: "quiet" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/pipelines/quiet");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("run orders");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Run orders" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL("**/system");
  });

  test("keeps filters in the address", async () => {
    const { page } = await open({ "pipelines/quiet.yaml": QUIET, "pipelines/orders.yaml": CHECKED });
    await page.goto("/?tag=orders");
    await page.getByRole("link", { name: "orders" }).waitFor();
    expect(await page.getByRole("link", { name: "quiet" }).count()).toBe(0);
    await page.getByLabel("Filter by name, owner or tag").fill("nothing like it");
    await page.getByText("No pipeline fits").waitFor();
    expect(new URL(page.url()).search).toBe("?tag=orders&q=nothing+like+it");
  });

  test("runs slots of the past after it has shown them", async () => {
    const { page, look } = await open({ "pipelines/orders.yaml": CHECKED });
    await page.goto("/pipelines/orders");
    await page.getByRole("button", { name: "Backfill" }).click();
    await page.getByLabel("From (UTC)").fill("2026-01-01");
    await page.getByLabel("To, that day included").fill("2026-01-03");
    await page.getByRole("button", { name: "Show what it would do" }).click();
    await page.getByText("2026-01-02 05:00:00 UTC gets a run").waitFor();
    expect(await look("backfill")).toEqual([]);
    await page.getByRole("button", { name: "Start 3 runs" }).click();
    await page.waitForURL("**/backfills");
    await page.getByRole("link", { name: "orders" }).waitFor();
  });
});

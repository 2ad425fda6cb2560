import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * Much of everything. How fast that is, `npm run bench:web` tells; here it is there, and no more of it is drawn than is
 * seen.
 */

const PIPELINES = 5_000;
const TASKS = 1_000;

describe.runIf(need("chromium").found)("the web page with much of everything", () => {
  const open = useBrowser();

  test("lists thousands of pipelines, of which it draws what is in sight", async () => {
    const files = Array.from({ length: PIPELINES }, (_, i): [string, string] => [
      `pipelines/p${i}.yaml`,
      `description: Number ${i}\ntags: [t${i % 7}]\ntasks: { say: { bash: echo ${i} } }\n`,
    ]);
    const { page } = await open(Object.fromEntries(files));
    await page.goto("/");
    await page.getByText("5,000 pipelines").waitFor();
    expect(await page.locator(".rows .row").count()).toBeLessThan(100);
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
    await page.getByRole("link", { name: "p999", exact: true }).waitFor();
    expect(await page.locator(".rows .row").count()).toBeLessThan(100);
    await page.getByLabel("Filter by name, owner or tag").fill("number 4321");
    await page.getByRole("link", { name: "p4321" }).waitFor();
    expect(await page.locator(".rows .row").count()).toBe(1);
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

import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { runEngine } from "../support/engine-process.ts";
import { useBrowser } from "./support/browser.ts";

/*
 * Many pipelines at once.
 */

const DAILY = 'tags: [daily]\nschedule: "0 5 * * *"\ntasks: { say: { noop: {} } }\n';
const FILES = {
  ...Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`pipelines/${name}.yaml`, DAILY])),
  "pipelines/wants.yaml": "params: { day: { type: string } }\ntasks: { say: { noop: {} } }\n",
};
const AUTH = { env: { ENGINE_SERVER: JSON.stringify({ listen: "127.0.0.1:0", auth: "token" }) } };

interface List {
  readonly pipelines: readonly { readonly name: string; readonly paused?: object; readonly recent_runs: object[] }[];
}

describe.runIf(need("chromium").found)("the list of pipelines", () => {
  const open = useBrowser();

  test("pauses, resumes and runs what is chosen, and says what is left out", async () => {
    const { page, get, look } = await open(FILES);
    const box = (name: string) => page.getByLabel(`Choose ${name}`, { exact: true });
    const bar = page.getByRole("toolbar", { name: "What is chosen" });
    const which = async (has: (each: List["pipelines"][number]) => boolean): Promise<string> =>
      (await get<List>("/pipelines")).pipelines
        .filter(has)
        .map(({ name }) => name)
        .join("");
    await page.goto("/");
    await box("b").click();
    await box("d").click({ modifiers: ["Shift"] });
    await bar.getByText("3 pipelines chosen").waitFor();
    expect(await look("bulk")).toEqual([]);

    await bar.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("Why").fill("the source moves");
    expect(await look("bulk-pause")).toEqual([]);
    await page.getByRole("button", { name: "Pause 3 pipelines" }).click();
    await page.getByText("Paused 3 pipelines.").waitFor();
    expect(await which(({ paused }) => paused !== undefined)).toBe("bcd");
    await bar.waitFor({ state: "detached" });
    expect((await get<List>("/pipelines")).pipelines[1]?.paused).toMatchObject({ why: "the source moves" });

    await page.getByLabel("Choose all that are shown").click();
    await bar.getByText("6 pipelines chosen").waitFor();
    await bar.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("dialog").getByText("is not paused").first().waitFor();
    await page.getByRole("button", { name: "Resume 3 pipelines" }).click();
    await page.getByText("Resumed 3 pipelines.").waitFor();
    expect(await which(({ paused }) => paused !== undefined)).toBe("");

    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await box("wants").click();
    await bar.getByText("3 pipelines chosen").waitFor();
    await bar.getByRole("button", { name: "Run" }).click();
    await page.getByText("wants a value for day").waitFor();
    expect(await look("bulk-run")).toEqual([]);
    await page.getByRole("button", { name: "Run 2 pipelines" }).click();
    await page.getByText("Started runs of 2 pipelines.").waitFor();
    expect(await which(({ recent_runs }) => recent_runs.length > 0)).toBe("ab");
  });

  test("acts on nothing that the filter hides, and tells what failed in one message", async () => {
    const { page, look } = await open(FILES, { size: "narrow", colorScheme: "dark" });
    const bar = page.getByRole("toolbar", { name: "What is chosen" });
    await page.goto("/");
    await page.getByLabel("Choose all that are shown").click();
    await page.getByLabel("Filter by name, owner or tag").fill("daily");
    await bar.getByText("5 pipelines chosen").waitFor();
    expect(await look("bulk")).toEqual([]);
    // The daemon has too much to do once, which is no failure.
    let isBusy = true;
    await page.route("**/pipelines/b/pause", (route) => {
      if (!isBusy) return route.continue();
      isBusy = false;
      return route.fulfill({ status: 429, headers: { "retry-after": "0" }, json: { code: "TOO_MANY_REQUESTS" } });
    });
    await page.route("**/pipelines/c/pause", (route) =>
      route.fulfill({ status: 503, json: { code: "STORE", detail: "the disk is full" } }),
    );
    await bar.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Pause 5 pipelines" }).click();
    await page.getByText("Paused 4 of 5 pipelines. c: the disk is full.").waitFor();
    // It is still chosen, to be tried again.
    await bar.getByText("1 pipeline chosen").waitFor();
    await page.keyboard.press("Escape");
    await bar.waitFor({ state: "detached" });
  });

  test("offers nothing of it to who may only look", async () => {
    const { cwd, page } = await open(FILES, AUTH);
    const made = await runEngine(["token", "create", "vic", "--role", "viewer"], { cwd });
    await page.goto("/");
    await page.getByLabel("Token").fill(/engine_[\w-]+/.exec(made.stdout)?.[0] ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: "wants" }).waitFor();
    expect(await page.getByRole("checkbox").count()).toBe(0);
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    expect(await page.getByRole("toolbar").count()).toBe(0);
  });
});

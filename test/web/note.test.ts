import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { runEngine } from "../support/engine-process.ts";
import { useBrowser } from "./support/browser.ts";

const QUIET = "tasks: { say: { noop: {} } }\n";

describe.runIf(need("chromium").found)("a note on a run", () => {
  const open = useBrowser();

  test("is written, changed and taken away on its page, and shown in lists and on terminals", async () => {
    const { cwd, page, post, get, look, daemon } = await open({ "pipelines/quiet.yaml": QUIET });
    const run_id = String((await post("/pipelines/quiet/trigger")).run_id);
    await daemon.prints("run_finished");
    await page.goto(`/runs/${run_id}`);
    await page.getByRole("button", { name: "Add a note" }).click();
    await page.getByRole("textbox", { name: "Note" }).fill("The source was late.\n<b>Ann</b> knows.");
    expect(await look("note-dialog")).toEqual([]);
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByText("<b>Ann</b> knows.").waitFor();
    expect(await look("note")).toEqual([]);

    await page.goto("/runs");
    await page.getByRole("img", { name: "Note by local: The source was late." }).waitFor();
    expect(await look("note-list")).toEqual([]);
    const shown = await runEngine(["runs", "show", run_id], { cwd });
    expect(shown.stdout).toMatch(/note +The source was late\.\n +<b>Ann<\/b> knows\.\n +by local/);

    await page.goto(`/runs/${run_id}`);
    await page.getByRole("button", { name: "Change the note" }).click();
    await page.getByRole("textbox", { name: "Note" }).fill("");
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByRole("button", { name: "Add a note" }).waitFor();
    const { run } = await get<{ run: object }>(`/runs/${run_id}`);
    expect(run).not.toHaveProperty("note");
    const { entries } = await get<{ entries: object[] }>("/audit");
    expect(entries.slice(0, 2)).toMatchObject([
      { action: "run.note", by: "local", target: run_id, detail: { text: "" } },
      { action: "run.note", detail: { text: "The source was late.\n<b>Ann</b> knows." } },
    ]);
  });
});

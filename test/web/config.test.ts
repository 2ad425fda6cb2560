import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { useBrowser } from "./support/browser.ts";

const SHIP = `
timeout: 10m
params: { city: Kiruna }
tasks:
  load:
    bash: echo "rows=$(cat rows)" >> "$ENGINE_OUTPUT"
    outputs: { rows: integer }
  send:
    needs: load
    env: { TOKEN: "t-\${{ secrets.API_TOKEN }}", REGION: "\${{ vars.region }}" }
    bash: echo \${{ tasks.load.outputs.rows }} rows of \${{ params.city }}
`;
const FILES = { "engine.yaml": "vars: { region: north }\n", "pipelines/ship.yaml": SHIP, "pipelines/rows": "214" };

describe.runIf(need("chromium").found)("the configuration of a task run", () => {
  const open = useBrowser();

  test("is shown as each attempt was given it, without secrets, and as it is written", async () => {
    const { cwd, page, post, get, look, daemon } = await open(FILES, { env: { ENGINE_SECRET_API_TOKEN: "hunter2-x" } });
    const { run_id } = await post("/pipelines/ship/trigger");
    await daemon.prints("run_finished");
    writeFileSync(join(cwd, "pipelines/rows"), "500");
    await post(`/runs/${run_id}/retry`, { from: ["load"] });
    await daemon.prints(/run_finished[\s\S]*run_finished/);

    await page.goto(`/runs/${run_id}/tasks/send`);
    const card = page.locator(".card", { hasText: "Configuration" });
    await card.getByText("echo 500 rows of Kiruna").waitFor();
    expect(await card.textContent()).toMatch(/"TOKEN": "t-\*\*\*"[\s\S]*"REGION": "north"/);
    expect(await look("configuration")).toEqual([]);
    await page.getByRole("button", { name: /Attempt 1/ }).click();
    await card.getByText("echo 214 rows of Kiruna").waitFor();
    await card.getByRole("button", { name: "As written" }).click();
    await card.getByText("${{ tasks.load.outputs.rows }} rows").waitFor();
    const answer = await get(`/runs/${run_id}/tasks/send/attempts/2/config`);
    expect(answer).toEqual({
      given: {
        config: expect.objectContaining({ script: "echo 500 rows of Kiruna" }),
        env: { TOKEN: "t-***", REGION: "north" },
      },
    });
  });
});

import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { ROOT } from "../support/repository.ts";

/*
 * An engine that is killed while the operator of a plugin waits.
 */

const bin = builtCli();

const FILES = {
  "engine.yaml": "plugins: [./plugins/table.ts]\n",
  "wait.yaml": `
name: wait
tasks:
  table:
    timeout: 1h
    table: { file: later.csv, interval_ms: 20 }
    outputs: { rows: { type: integer, value: "\${{ table.rows }}" } }
`,
};

async function killed(): Promise<string> {
  const cwd = aFolder(FILES);
  cpSync(join(ROOT, "examples/plugin/plugins"), join(cwd, "plugins"), { recursive: true });
  const engine = startEngine(["run", "wait.yaml", "--json"], { cwd, bin });
  await engine.until(({ stdout }) => stdout.includes("attempt_waiting"), "a task that waits");
  engine.kill("SIGKILL");
  await engine.ended;
  return cwd;
}

test("after a kill the plugin's operator is asked to carry on", async () => {
  const cwd = await killed();
  writeFileSync(join(cwd, "later.csv"), "id\n1\n2\n");
  const next = startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  expect(await next.ended).toMatchObject({ code: 0 });
  const result = JSON.parse(next.stdout.trim().split("\n").at(-1) ?? "{}") as object;
  expect(result).toMatchObject({ state: "success", outputs: { table: { rows: 2 } } });
  expect(next.stdout).not.toContain("attempt_started");
});

test("a run whose plugin is off the list is refused, and says which operator is missing", async () => {
  const cwd = await killed();
  writeFileSync(join(cwd, "engine.yaml"), "plugins: []\n");
  const next = startEngine(["run", "--resume", "latest"], { cwd, bin });
  expect(await next.ended).toMatchObject({ code: 3 });
  expect(next.stderr).toContain("ENG601 `table`");
});

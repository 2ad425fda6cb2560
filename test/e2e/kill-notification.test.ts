import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { httpServer } from "../support/http-server.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed while messages are on their way: the next one sends them again, those of tasks and those of
 * a run that has ended.
 */

const bin = builtCli();

test("after a kill, messages without an answer are sent again, also those of a run that has ended", async () => {
  const waiting: ServerResponse[] = [];
  let answers = false;
  const server = await httpServer((_, response) => {
    if (answers) response.end();
    else waiting.push(response);
  });
  const cwd = aFolder({
    "told.yaml": `
name: told
on_success:
  - webhook: ${server.url}/run
tasks:
  a:
    noop: {}
    on_success: [{ webhook: "${server.url}/task" }]
  tell:
    needs: a
    webhook: ${server.url}/own
    allow_failure: true
    timeout: 1s
`,
  });
  const killed = startEngine(["run", "told.yaml"], { cwd, bin });
  await until("every message is on its way", () => waiting.length === 3);
  killed.kill("SIGKILL");
  await killed.ended;
  const shown = await runEngine(["runs", "show", "latest", "--json"], { cwd, bin });
  expect(JSON.parse(shown.stdout).run).toMatchObject({ state: "success", unsent: 2 });

  answers = true;
  const next = await runEngine(["run", "--resume", "latest"], { cwd, bin });
  expect(next.code).toBe(0);
  const count = (path: string): number => server.requests.filter((request) => request.path === path).length;
  expect(["/run", "/task", "/own"].map(count)).toEqual([2, 2, 1]);
  const after = await runEngine(["runs", "show", "latest", "--json"], { cwd, bin });
  expect(JSON.parse(after.stdout).run).not.toHaveProperty("unsent");
});

test("a task that tells is begun again", async () => {
  let requests = 0;
  const server = await httpServer((_, response) => {
    requests++;
    if (requests > 1) response.end();
  });
  const cwd = aFolder({ "told.yaml": `name: told\ntasks:\n  tell: { webhook: ${server.url}/own }\n` });
  const killed = startEngine(["run", "told.yaml"], { cwd, bin });
  await until("it is on its way", () => requests === 1);
  killed.kill("SIGKILL");
  await killed.ended;
  expect((await runEngine(["run", "--resume", "latest"], { cwd, bin })).code).toBe(0);
  expect(requests).toBe(2);
});

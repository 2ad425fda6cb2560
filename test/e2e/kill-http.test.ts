import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { answerJson, httpServer } from "../support/http-server.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed while requests are under way: the one that goes on makes those again that can be made
 * twice, and no other.
 */

const bin = builtCli();

test("after a kill in the middle, only requests that do no harm are made again", async () => {
  const waiting: ServerResponse[] = [];
  let answers = false;
  const server = await httpServer((_, response) => {
    if (answers) answerJson(response, { n: 1 });
    else waiting.push(response);
  });
  const cwd = aFolder({
    "requests.yaml": `
name: requests
tasks:
  read:
    http: GET ${server.url}/read
    outputs: { n: integer }
  keyed:
    http: { method: POST, url: "${server.url}/keyed", idempotency_key: true }
  write:
    http: { method: POST, url: "${server.url}/write" }
    on_lost: fail
    allow_failure: true
  write_again:
    http: { method: POST, url: "${server.url}/write_again" }
    on_lost: rerun
`,
  });
  const killed = startEngine(["run", "requests.yaml", "--json"], { cwd, bin });
  await until("every request is under way", () => waiting.length === 4);
  killed.kill("SIGKILL");
  await killed.ended;

  answers = true;
  const next = startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  expect(await next.ended).toMatchObject({ code: 0 });
  const count = (path: string): number => server.requests.filter((request) => request.path === path).length;
  expect(["/read", "/keyed", "/write", "/write_again"].map(count)).toEqual([2, 2, 1, 2]);
  const keys = server.requests.flatMap(({ headers }) => headers["idempotency-key"] ?? []);
  expect(keys).toEqual([keys[0], keys[0]]);

  const store = await openSqliteStore(join(cwd, ".engine"), { mode: "read", clock: () => 0, describe: "test" });
  try {
    const run_id = (await store.listRuns({ limit: 1 })).rows[0]?.run_id;
    if (run_id === undefined) throw new Error("the run is gone");
    const attempts = (await store.listAttempts(run_id)).map(({ key, attempt, state }) => `${key} ${attempt} ${state}`);
    expect(attempts.sort()).toEqual([
      "keyed 1 success",
      "read 1 success",
      "write 1 lost",
      "write_again 1 lost",
      "write_again 2 success",
    ]);
  } finally {
    await store.close();
  }
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed while sensors wait: the one that goes on waits on, and nothing of a look is left.
 */

const bin = builtCli();

test("after a kill the waiting goes on, and the script of a look is gone", async () => {
  const cwd = aFolder({
    "wait.yaml": `
name: wait
tasks:
  file:
    timeout: 1h
    sensor: { file: data.csv, interval: 10m }
    outputs: { size: integer }
  script:
    timeout: 1h
    sensor:
      bash: |
        echo $$ > look.pid
        test -e go || sleep 1000
  never:
    timeout: 1s
    soft_fail: true
    retries: 5
    sensor: { file: never.csv }
`,
  });
  const killed = startEngine(["run", "wait.yaml", "--json"], { cwd, bin });
  const pid = join(cwd, "look.pid");
  await until("the script runs", () => existsSync(pid) && readFileSync(pid, "utf8") !== "");
  await killed.until(({ stdout }) => stdout.includes("attempt_waiting"), "a sensor that waits");
  const look = Number(readFileSync(pid, "utf8"));
  killed.kill("SIGKILL");
  await killed.ended;
  await until("the script is gone", () => !existsSync(`/proc/${look}`));

  writeFileSync(join(cwd, "go"), "");
  const next = startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  await until("it looks again", () => Number(readFileSync(pid, "utf8")) !== look);
  writeFileSync(join(cwd, "data.csv"), "abc");
  expect(await next.ended).toMatchObject({ code: 0 });
  const result = JSON.parse(next.stdout.trim().split("\n").at(-1) ?? "{}") as object;
  // Of six attempts that `retries` allows none was made again: the time was over.
  expect(result).toMatchObject({
    state: "success",
    counts: { success: 2, skipped: 1 },
    outputs: { file: { size: 3 } },
  });
  const events = `${killed.stdout}${next.stdout}`;
  expect(events).not.toContain('"key":"never","attempt":2');
});

import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunId } from "../../src/core/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { need } from "../real/support/need.ts";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { jsonLines } from "../support/json-lines.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed in the middle of functions, kept processes among them: the one that goes on finds
 * each where it is, and nothing is done twice.
 */

const python = need("python3").found;

const PIPELINE = `
name: functions
defaults:
  timeout: 1m
tasks:
  pulse:
    doc: Says that there is an engine.
    bash: test -e go
    retries: { count: 100, delay: 200ms }
  warm:
    node: ./work.ts
  first:
    needs: warm
    node: { module: ./work.ts, with: { waits: true } }
    outputs: { n: integer }
  failing:
    needs: warm
    node: { module: ./work.ts, with: { waits: true, fails: true } }
    allow_failure: true
${python ? "  script:\n    needs: warm\n    python: work.py:work\n    outputs: { n: integer }\n" : ""}
  last:
    needs: first
    node: { module: ./work.ts, with: { n: "\${{ tasks.first.outputs.n }}" } }
    outputs: { n: integer }
`;

const WORK_TS = `
import { appendFileSync, existsSync } from "node:fs";
export default async ({ task, attempt }, { waits = false, fails = false, n = 1 }) => {
  appendFileSync("effects", task + " " + attempt + "\\n");
  while (waits && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));
  if (fails) throw new Error("as it should");
  return task === "warm" || fails ? undefined : { n: n + 1 };
};
`;

const WORK_PY = `
import os, time
def work(context):
    with open("effects", "a") as file:
        print(context.task, context.attempt, file=file)
    while not os.path.exists("go"):
        time.sleep(0.01)
    return {"n": 7}
`;

const bin = builtCli();

/** What the status files of all attempts say. */
function statuses(cwd: string): string[] {
  const paths = globSync(".engine/attempts/*/*.status", { cwd });
  return paths.map((path) => readFileSync(join(cwd, path), "utf8"));
}

test.each([
  ["while it is gone", true],
  ["when the next one is there", false],
])("functions under a killed engine go on, and end %s", async (_, meanwhile) => {
  const cwd = aFolder({ "functions.yaml": PIPELINE, "work.ts": WORK_TS, "work.py": WORK_PY });
  const effects = (): string[] => {
    const file = join(cwd, "effects");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").sort() : [];
  };
  const expected = ["failing 1", "first 1", ...(python ? ["script 1"] : []), "warm 1"];
  const killed = startEngine(["run", "functions.yaml", "--json"], { cwd, bin });
  await until("every function runs", () => effects().length === expected.length);
  killed.kill("SIGKILL");
  await killed.ended;
  expect(effects()).toEqual(expected);

  const next = meanwhile ? undefined : startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  await next?.until(({ stdout }) => jsonLines(stdout).length > 0, "saying that it has taken over");
  writeFileSync(join(cwd, "go"), "");
  if (meanwhile) await until("they have ended", () => statuses(cwd).every((text) => /^end /m.test(text)));
  const resumed = next ?? startEngine(["run", "--resume", "latest", "--json"], { cwd, bin });
  await resumed.ended;
  expect(resumed.stderr).toBe("");
  expect(effects()).toEqual([...expected, "last 1"].sort());

  const store = await openSqliteStore(join(cwd, ".engine"), { mode: "read", clock: () => 0, describe: "test" });
  const [run] = (await store.listRuns({ limit: 1 })).rows;
  const rows = await store.listTaskRuns(run?.run_id as RunId);
  await store.close();
  const states = Object.fromEntries(rows.map(({ key, state, outputs, failure }) => [key, { state, outputs, failure }]));
  expect(states).toMatchObject({
    first: { state: "success", outputs: { n: 2 } },
    last: { state: "success", outputs: { n: 3 } },
    failing: { state: "failed", failure: { reason: "exception", message: "Error: as it should" } },
    ...(python ? { script: { state: "success", outputs: { n: 7 } } } : {}),
  });
});

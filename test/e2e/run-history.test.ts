import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { eventsIn, jsonLines } from "../support/json-lines.ts";
import { atGate, GATED, makeGate } from "../support/pipelines.ts";

/** Fails while there is no file `mended`; `tell` is downstream of it, `other` is not. */
const FRAGILE = `
name: fragile
tasks:
  load:
    bash: |
      echo "loading $ENGINE_ATTEMPT"
      echo load >> effects
      echo "rows=7" >> "$ENGINE_OUTPUT"
    outputs: { rows: integer }
  train:
    needs: load
    bash: |
      echo "train \${{ tasks.load.outputs.rows }}" >> effects
      [ -e mended ] || { echo "broken" >&2; exit 4; }
  tell: { needs: train, bash: echo tell >> effects }
  other: { needs: load, bash: echo other >> effects }
`;

function effects(folder: string): readonly string[] {
  return readFileSync(join(folder, "effects"), "utf8").trimEnd().split("\n");
}

/** A folder with a run that has failed. */
async function failed(): Promise<string> {
  const cwd = aFolder({ "fragile.yaml": FRAGILE });
  expect((await runEngine(["run", "fragile.yaml"], { cwd })).code).toBe(1);
  return cwd;
}

function mend(cwd: string): void {
  writeFileSync(join(cwd, "mended"), "");
}

describe("engine runs retry", () => {
  test("runs what failed and what is downstream of it again, and keeps the rest", async () => {
    const cwd = await failed();
    mend(cwd);
    const { code, stdout } = await runEngine(["runs", "retry", "latest", "--json"], { cwd });
    expect(code).toBe(0);
    expect(effects(cwd).slice(0, 3).toSorted()).toEqual(["load", "other", "train 7"]);
    expect(effects(cwd).slice(3)).toEqual(["train 7", "tell"]);
    expect(eventsIn(stdout)[0]).toMatchObject({ type: "tasks_cleared", tasks: ["train", "tell"] });
    expect(jsonLines(stdout).at(-1)).toMatchObject({ state: "success", outputs: { load: { rows: 7 } } });
    const shown = await runEngine(["runs", "show", "latest"], { cwd });
    expect(shown.stdout).toMatch(/^train +success +2 /m);
  });

  test("--from runs a part of a success again; without it there is nothing to retry", async () => {
    const cwd = await failed();
    mend(cwd);
    await runEngine(["runs", "retry", "latest"], { cwd });
    const nothing = await runEngine(["runs", "retry", "latest"], { cwd });
    expect(nothing.stdout).toContain("nothing in run");
    expect(nothing.code).toBe(0);
    const before = effects(cwd).length;
    expect((await runEngine(["runs", "retry", "latest", "--from", "other"], { cwd })).code).toBe(0);
    expect(effects(cwd).slice(before)).toEqual(["other"]);
  });

  test("a task that the run does not have is refused", async () => {
    const cwd = await failed();
    const { code, stderr } = await runEngine(["runs", "retry", "latest", "--from", "trian"], { cwd });
    expect(stderr).toContain("has no task trian");
    expect(code).toBe(2);
  });
});

test("engine runs mark decides a task by hand, and a retry goes on from there", async () => {
  const cwd = await failed();
  const { code, stdout } = await runEngine(["runs", "mark", "latest", "train", "success"], { cwd });
  expect(stdout).toMatch(/train: success.* \(marked success by \S+\)/);
  const shown = await runEngine(["runs", "show", "latest", "--json"], { cwd });
  const { task_runs } = JSON.parse(shown.stdout) as { task_runs: { key: string; state: string }[] };
  expect(task_runs.find(({ key }) => key === "train")?.state).toBe("success");
  // What is downstream was decided already: it is open again with a retry, which leaves the marked task alone.
  expect(code).toBe(1);
  expect(stdout).toMatch(/retry: engine runs retry \S+ --failed/);
  expect((await runEngine(["runs", "retry", "latest"], { cwd })).code).toBe(0);
  expect(effects(cwd).at(-1)).toBe("tell");
  expect((await runEngine(["runs", "mark", "latest", "train", "great"], { cwd })).stderr).toContain(
    "can't be marked great",
  );
});

test("an action that changes nothing says so", async () => {
  const cwd = aFolder({ "fragile.yaml": FRAGILE });
  await runEngine(["run", "fragile.yaml", "--only", "load"], { cwd });
  // `tell` was not asked for, so it stays skipped; `load` is what it is to be marked already.
  for (const args of [
    ["run", "fragile.yaml", "--from", "tell"],
    ["runs", "mark", "latest", "load", "success"],
  ]) {
    const { code, stdout, stderr } = await runEngine(args, { cwd });
    expect(`${stdout}${stderr}`).toContain("that changes nothing in run");
    expect(code).toBe(0);
  }
  const retried = await runEngine(["runs", "retry", "latest", "--from", "load"], { cwd });
  expect(`${retried.stdout}${retried.stderr}`).not.toContain("changes nothing");
});

describe("engine runs list and show", () => {
  test("list newest first, by pipeline and state, page by page", async () => {
    const cwd = await failed();
    mend(cwd);
    await runEngine(["run", "fragile.yaml"], { cwd });
    await runEngine(["run", "fragile.yaml"], { cwd });
    const first = JSON.parse((await runEngine(["runs", "list", "--limit", "2", "--json"], { cwd })).stdout);
    expect(first).toMatchObject({ schema_version: 1, runs: [{ state: "success" }, { state: "success" }] });
    expect(first.runs[0].created_at).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const rest = await runEngine(["runs", "list", "--after", first.next, "--json"], { cwd });
    expect(JSON.parse(rest.stdout).runs).toMatchObject([{ state: "failed" }]);
    const { stdout } = await runEngine(["runs", "list", "--state", "failed", "--pipeline", "fragile"], { cwd });
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect((await runEngine(["runs", "list", "--pipeline", "none"], { cwd })).stdout).toBe("No runs.\n");
  });

  test.each([
    [["runs", "list", "--limit", "0"], "whole number"],
    [["runs", "list", "--state", "done"], "done is not a state"],
    [["runs", "show", "2020"], "there is no run 2020"],
    [["runs", "list", "--after", "rubbish"], "--after rubbish is not"],
  ])("%j is wrong usage", async (args, why) => {
    const { code, stderr } = await runEngine(args, { cwd: await failed() });
    expect(stderr).toContain(why);
    expect(code).toBe(2);
  });
});

describe("engine logs and outputs", () => {
  test("show one attempt's log, the latest or an earlier one", async () => {
    const cwd = await failed();
    await runEngine(["runs", "retry", "latest", "--from", "load"], { cwd });
    const logs = async (...args: readonly string[]) => runEngine(["logs", "latest", ...args], { cwd });
    expect((await logs("load")).stdout).toBe("loading 2\n");
    expect((await logs("load", "--attempt", "1")).stdout).toBe("loading 1\n");
    const [line] = (await logs("train", "--json")).stdout.split("\n");
    expect(JSON.parse(line ?? "")).toMatchObject({ schema_version: 1, stream: "stderr", text: "broken" });
    expect((await logs("load", "--attempt", "3")).stderr).toContain("has no attempt 3");
    expect((await logs("tell")).stderr).toContain("has not run: it is upstream_failed");
    expect((await logs("nobody")).stderr).toContain("has no task nobody");
  });

  test("--follow shows lines as they come and ends with the attempt", async () => {
    const cwd = aFolder({ "p.yaml": GATED });
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml"], { cwd });
    const gate = await atGate(cwd);
    const follower = startEngine(["logs", "latest", "middle", "--follow"], { cwd });
    await follower.prints("at the gate\n");
    await gate.open();
    expect(await follower.ended).toEqual({ code: 0, signal: null });
    expect(await engine.ended).toMatchObject({ code: 0 });
  });

  test("outputs of a run and of one task", async () => {
    const cwd = await failed();
    const table = await runEngine(["outputs", "latest"], { cwd });
    expect(table.stdout.split("\n").map((line) => line.split(/ +/).join(" "))).toEqual([
      "TASK OUTPUT VALUE",
      "load rows 7",
      "",
    ]);
    const json = await runEngine(["outputs", "latest", "load", "--json"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ schema_version: 1, outputs: { load: { rows: 7 } } });
    expect((await runEngine(["outputs", "latest", "other"], { cwd })).stdout).toBe("No outputs.\n");
    expect((await runEngine(["outputs", "latest", "nobody"], { cwd })).code).toBe(2);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { eventsIn, jsonLines } from "../support/json-lines.ts";
import { atGate, CLEANS_UP, GATED, makeGate } from "../support/pipelines.ts";
import { isAlive } from "../support/processes.ts";

function effects(folder: string): readonly string[] {
  return readFileSync(join(folder, "effects"), "utf8").trimEnd().split("\n");
}

/** A run whose engine was killed while its task stands at the gate. */
async function interrupted(pipeline: string) {
  const cwd = aFolder({
    "p.yaml": pipeline,
    "other.yaml": "name: other\ntasks: { a: { bash: echo other >> effects } }",
  });
  makeGate(cwd);
  const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
  const gate = await atGate(cwd);
  engine.kill("SIGKILL");
  await engine.ended;
  const [{ run_id } = { run_id: "" }] = jsonLines(engine.stdout);
  return { cwd, gate, run_id };
}

describe("after a kill -9 of engine run", () => {
  test("--resume goes on: what is finished stays so, what runs is found again, nothing runs twice", async () => {
    const { cwd, gate, run_id } = await interrupted(GATED);
    const resumed = startEngine(["run", "--resume", run_id, "--json"], { cwd });
    await gate.open("later");
    expect(await resumed.ended).toEqual({ code: 0, signal: null });
    expect(effects(cwd)).toEqual(["first 1", "middle 1 later", "last 1"]);
    expect(jsonLines(resumed.stdout).at(-1)).toMatchObject({
      state: "success",
      outputs: { middle: { word: "later" } },
    });
    expect(eventsIn(resumed.stdout).some((event) => "key" in event && event.key === "first")).toBe(false);
  });

  test("`runs list` and `runs show` say that nobody drives it, as long as that is so", async () => {
    const cwd = aFolder({ "p.yaml": GATED });
    const look = async (): Promise<string> => {
      const listed = await runEngine(["runs", "list"], { cwd });
      return listed.stdout + (await runEngine(["runs", "show", "latest"], { cwd })).stdout;
    };
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
    const gate = await atGate(cwd);
    expect(await look()).not.toMatch(/nobody drives/i);
    engine.kill("SIGKILL");
    await engine.ended;
    const [{ run_id } = { run_id: "" }] = jsonLines(engine.stdout);
    const left = await look();
    expect(left).toContain(`Nobody drives ${run_id}: \`engine run --resume ${run_id}\` takes it up`);
    expect(left).toContain(`nobody drives it: \`engine run --resume ${run_id}\` takes it up`);
    await gate.open();
    expect((await runEngine(["run", "--resume", run_id], { cwd })).code).toBe(0);
    expect(await look()).not.toMatch(/nobody drives/i);
  });

  test("what ended while no engine was there is taken over when one comes", async () => {
    const { cwd, gate, run_id } = await interrupted(GATED);
    await gate.open("alone");
    const { code } = await runEngine(["run", "--resume", run_id.slice(0, -3)], { cwd });
    expect(code).toBe(0);
    expect(effects(cwd)).toEqual(["first 1", "middle 1 alone", "last 1"]);
  });

  test("a run of another pipeline leaves it alone, and says how to go on with it", async () => {
    const { cwd, gate, run_id } = await interrupted(GATED);
    const { code, stdout } = await runEngine(["run", "other.yaml"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(`run ${run_id} of gated was interrupted; go on with it: engine run --resume ${run_id}`);
    expect(effects(cwd)).toEqual(["first 1", "other"]);
    const { stdout: list } = await runEngine(["runs", "list", "--state", "running", "--json"], { cwd });
    expect(JSON.parse(list)).toMatchObject({ runs: [{ run_id, state: "running" }] });
    await gate.open();
    expect((await runEngine(["run", "--resume", run_id], { cwd })).code).toBe(0);
  });

  test("`runs cancel` stops what it left running, and records the end", async () => {
    const { cwd, gate } = await interrupted(CLEANS_UP);
    await gate.open();
    const child = Number(readFileSync(join(cwd, "child"), "utf8"));
    expect(isAlive(child)).toBe(true);
    const { code, stdout } = await runEngine(["runs", "cancel", "latest"], { cwd });
    expect(stdout).toContain("cleans_up cancelled");
    expect(code).toBe(0);
    expect(isAlive(child)).toBe(false);
    expect(effects(cwd)).toEqual(["cleaned"]);
  });

  test("--resume of a run that has ended says how it ended, with the same exit code", async () => {
    const cwd = aFolder({
      "good.yaml": "name: good\ntasks: { a: { noop: {} } }",
      "bad.yaml": "name: bad\ntasks: { a: { bash: exit 1 } }",
    });
    await runEngine(["run", "good.yaml"], { cwd });
    const good = await runEngine(["run", "--resume", "latest"], { cwd });
    expect(good.stdout).toContain("has ended already");
    expect(good.code).toBe(0);
    await runEngine(["run", "bad.yaml"], { cwd });
    expect((await runEngine(["run", "--resume", "latest"], { cwd })).code).toBe(1);
  });
});

describe("while another process holds the data folder", () => {
  test("reading works; whoever must write is told who holds it and what to do", async () => {
    const cwd = aFolder({ "p.yaml": GATED });
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
    const gate = await atGate(cwd);

    const shown = await runEngine(["runs", "show", "latest"], { cwd });
    expect(shown.stdout).toMatch(/^middle +running/m);
    expect((await runEngine(["logs", "latest", "middle"], { cwd })).stdout).toContain("at the gate");
    expect((await runEngine(["outputs", "latest"], { cwd })).stdout).toBe("No outputs.\n");
    for (const args of [
      ["run", "p.yaml"],
      ["run", "--resume", "latest"],
    ]) {
      const { code, stderr } = await runEngine(args, { cwd });
      expect(stderr).toContain(`process ${engine.pid}`);
      expect(stderr).toContain("engine run p.yaml --json");
      expect(stderr).toContain("hint: ");
      expect(code).toBe(3);
    }

    await gate.open();
    expect(await engine.ended).toMatchObject({ code: 0 });
  });
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { eventsIn, jsonLines } from "../support/json-lines.ts";
import { atGate, CLEANS_UP, IGNORES_STOP, makeGate } from "../support/pipelines.ts";
import { isAlive } from "../support/processes.ts";

describe("a signal to engine run", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "%s cancels: the task cleans up, its children go, the end is recorded, the code is %i",
    async (signal, code) => {
      const cwd = aFolder({ "p.yaml": CLEANS_UP });
      makeGate(cwd);
      const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
      await (await atGate(cwd)).open();
      const child = Number(readFileSync(join(cwd, "child"), "utf8"));
      engine.kill(signal);
      expect(await engine.ended).toEqual({ code, signal: null });
      expect(readFileSync(join(cwd, "effects"), "utf8")).toBe("cleaned\n");
      expect(isAlive(child)).toBe(false);
      expect(jsonLines(engine.stdout).at(-1)).toMatchObject({ kind: "result", state: "cancelled", exit_code: code });
      const shown = await runEngine(["runs", "show", "latest", "--json"], { cwd });
      expect(JSON.parse(shown.stdout)).toMatchObject({ run: { state: "cancelled" } });
    },
  );

  test("the second Ctrl-C kills what ignores the first, and the end is recorded", async () => {
    const cwd = aFolder({ "p.yaml": IGNORES_STOP });
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
    await (await atGate(cwd)).open();
    engine.kill("SIGINT");
    await engine.until(({ stdout }) => eventsIn(stdout).some(({ type }) => type === "attempt_stopping"), "stopping");
    expect(isAlive(Number(readFileSync(join(cwd, "pid"), "utf8")))).toBe(true);
    engine.kill("SIGINT");
    expect(await engine.ended).toEqual({ code: 130, signal: null });
    expect(isAlive(Number(readFileSync(join(cwd, "pid"), "utf8")))).toBe(false);
    expect(jsonLines(engine.stdout).at(-1)).toMatchObject({ state: "cancelled", exit_code: 130 });
  });

  test("two at once are a cancel and a kill", async () => {
    const cwd = aFolder({ "p.yaml": IGNORES_STOP });
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml"], { cwd });
    await (await atGate(cwd)).open();
    engine.kill("SIGINT");
    engine.kill("SIGTERM");
    expect(await engine.ended).toMatchObject({ signal: null });
    expect(engine.stdout).toContain("killing what still runs");
    expect(existsSync(join(cwd, "pid")) && isAlive(Number(readFileSync(join(cwd, "pid"), "utf8")))).toBe(false);
  });

  test("a reader that goes away does not stop the run", async () => {
    const cwd = aFolder({
      "p.yaml": "name: p\ntasks: { a: { bash: echo a >> effects }, b: { needs: a, bash: echo b >> effects } }",
    });
    const engine = startEngine(["run", "p.yaml"], { cwd });
    engine.closeOutput();
    expect(await engine.ended).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(cwd, "effects"), "utf8")).toBe("a\nb\n");
  });
});

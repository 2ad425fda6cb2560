import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine } from "../support/engine-process.ts";
import { atGate, CLEANS_UP, GATED, IGNORES_STOP, makeGate } from "../support/pipelines.ts";
import { NO_PSEUDO_TERMINAL, startInTerminal, type Terminal } from "../support/pseudo-terminal.ts";

/** The cursor is visible, lines wrap, and the line discipline is as it was. */
function expectRestored(terminal: Terminal): void {
  const { before, after } = terminal.modes();
  expect(after).toBe(before);
  expect(before).toBeDefined();
  expect(terminal.screen).toMatchObject({ cursorVisible: true, wraps: true });
}

function gatedFolder(): string {
  const cwd = aFolder({ "p.yaml": GATED, "stubborn.yaml": IGNORES_STOP });
  makeGate(cwd);
  return cwd;
}

test("there is a pseudo-terminal to test with where that is expected", ({ skip }) => {
  if (process.env.CI === undefined && NO_PSEUDO_TERMINAL !== undefined) skip(NO_PSEUDO_TERMINAL);
  expect(NO_PSEUDO_TERMINAL).toBeUndefined();
});

describe.skipIf(NO_PSEUDO_TERMINAL !== undefined)("engine run on a terminal", () => {
  test("draws a tree in place, with the last log line, and leaves it there with the summary", async () => {
    const cwd = gatedFolder();
    const terminal = startInTerminal(["run", "p.yaml"], cwd);
    const gate = await atGate(cwd);
    await terminal.shows((lines) => lines.some((line) => /^. middle .* at the gate$/.test(line)), "the last log line");
    expect(terminal.screen.cursorVisible).toBe(false);
    await gate.open();
    expect(await terminal.process.ended).toMatchObject({ code: 0 });
    await terminal.shows((lines) => lines.some((line) => line.startsWith("[after")), "the end");
    const lines = terminal.screen.transcript
      .filter((line) => !/^\[|^$/.test(line))
      .map((line) => line.replace(/\d+\.\ds|\d+ms/g, "T"));
    expect(lines).toEqual([
      expect.stringMatching(/^✓ gated {2}success {2}T {2}3\/3 done {2}\S+$/),
      expect.stringMatching(/^✓ first +T$/),
      expect.stringMatching(/^✓ middle +T$/),
      expect.stringMatching(/^✓ last +T$/),
      "✓ gated success after T",
      expect.stringMatching(/^ {2}3 success {2}run \S+$/),
      "  outputs",
      '    middle  word="go"',
    ]);
    expectRestored(terminal);
  });

  test("Ctrl-C once cancels and waits, twice kills, and the terminal is given back", async () => {
    const cwd = gatedFolder();
    const terminal = startInTerminal(["run", "stubborn.yaml"], cwd);
    await (await atGate(cwd)).open();
    await terminal.shows((lines) => lines.some((line) => line.includes("stubborn")), "the tree");
    terminal.process.type("\x03");
    await terminal.shows((lines) => lines.some((line) => line.includes("Ctrl-C again kills")), "the notice");
    await terminal.shows((lines) => lines.some((line) => /stubborn .* stopping/.test(line)), "that it is stopping");
    terminal.process.type("\x03");
    expect(await terminal.process.ended).toMatchObject({ code: 130 });
    await terminal.shows((lines) => lines.some((line) => line.startsWith("[after")), "the end");
    expect(terminal.screen.transcript.some((line) => line.startsWith("⊘ ignores_stop cancelled after"))).toBe(true);
    expectRestored(terminal);
  });

  test("a window that becomes small is drawn anew and shows what counts", async () => {
    const cwd = gatedFolder();
    const terminal = startInTerminal(["run", "p.yaml"], cwd);
    const gate = await atGate(cwd);
    await terminal.shows((lines) => lines.some((line) => line.includes("middle")), "the tree");
    terminal.resize(24, 4);
    await terminal.shows(
      (lines) => lines.some((line) => line === "… 2 more: 1 none, 1 success" || line.startsWith("… 2 more")),
      "the short tree",
    );
    expect(terminal.screen.screen.filter((line) => line.includes("middle"))).toHaveLength(1);
    await gate.open();
    expect(await terminal.process.ended).toMatchObject({ code: 0 });
    await terminal.shows((lines) => lines.some((line) => line.startsWith("[after")), "the end");
    expectRestored(terminal);
  });

  test("a terminal that goes away cancels the run, and the end is recorded", async () => {
    const cwd = aFolder({ "p.yaml": CLEANS_UP });
    makeGate(cwd);
    const terminal = startInTerminal(["run", "p.yaml"], cwd);
    await (await atGate(cwd)).open();
    await terminal.shows((lines) => lines.some((line) => line.includes("serve")), "the tree");
    terminal.process.kill("SIGKILL");
    await terminal.process.ended;
    const state = async (): Promise<string> => {
      const { stdout } = await runEngine(["runs", "list", "--json"], { cwd });
      return JSON.parse(stdout).runs[0].state;
    };
    // The engine is nobody's child any more: its end shows in what it records.
    while ((await state()) === "running");
    expect(await state()).toBe("cancelled");
    expect(readFileSync(join(cwd, "effects"), "utf8")).toBe("cleaned\n");
    // Once another process may write, the one before has ended.
    while ((await runEngine(["run", "--resume", "latest"], { cwd })).code === 3);
  });

  test("a crash gives the terminal back", async () => {
    const cwd = gatedFolder();
    const terminal = startInTerminal(["run", "p.yaml"], cwd, ["--import", crashOnSignal]);
    const gate = await atGate(cwd);
    await terminal.shows((lines) => lines.some((line) => line.includes("middle")), "the tree");
    terminal.signal("SIGUSR2");
    expect((await terminal.process.ended).code).not.toBe(0);
    await terminal.shows((lines) => lines.some((line) => line.startsWith("[after")), "the end");
    expect(terminal.screen.transcript.join("\n")).toContain("crashed on purpose");
    expectRestored(terminal);
    await gate.open();
    expect((await runEngine(["run", "--resume", "latest"], { cwd })).code).toBe(0);
  });
});

/** A module that makes the process throw out of nowhere. */
const crashOnSignal = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2", () => { throw new Error("crashed on purpose"); });',
)}`;

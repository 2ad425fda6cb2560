import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BackfillRow, RunRow } from "../../src/engine/index.ts";
import { builtCli } from "../support/built-cli.ts";
import { aFolder, type EngineProcess, runEngine, startEngine } from "../support/engine-process.ts";
import { makeGate } from "../support/pipelines.ts";

/*
 * Backfills with a daemon of its own, a real clock and real signals.
 */

const bin = builtCli();
const RANGE = ["--from", "2026-01-01", "--to", "2026-01-01T05:00"] as const;

/** Notes its date, and ends when the gate opens. */
const gated = (more = ""): string => `schedule: { cron: "0 * * * *" ${more} }
max_active_runs: 2
params: { word: none }
tasks:
  work:
    bash: |
      echo "\${{ run.logical_date }} $PARAM_WORD" >> effects
      until [ -e gate ]; do sleep 0.05; done
`;

interface Served {
  readonly cwd: string;
  readonly daemon: EngineProcess;
  engine(...args: readonly string[]): ReturnType<typeof runEngine>;
  json<T>(...args: readonly string[]): Promise<T>;
}

async function serve(cwd: string): Promise<Served> {
  const daemon = startEngine(["serve"], { cwd, bin });
  await daemon.prints("engine serves");
  const engine = (...args: readonly string[]) => runEngine(args, { cwd, bin });
  return { cwd, daemon, engine, json: async (...args) => JSON.parse((await engine(...args, "--json")).stdout) };
}

const served = (text: string): Promise<Served> => serve(aFolder({ "engine.yaml": "", "pipelines/work.yaml": text }));

async function end({ daemon }: Served, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  daemon.kill(signal);
  await daemon.ended;
}

function effects(cwd: string): readonly string[] {
  const file = join(cwd, "pipelines/effects");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

/** Waits until so many tasks have begun. */
async function begun(one: Served, number: number): Promise<void> {
  while (effects(one.cwd).length < number) await one.engine("--version");
}

type Shown = { readonly backfill: BackfillRow; readonly runs: readonly RunRow[] };

describe("engine backfill", () => {
  test("killed in the middle, runs each slot once, so many at a time", async () => {
    const one = await served(gated());
    const started = await one.engine("backfill", "work", ...RANGE, "-p", "word=hello");
    expect([started.code, started.stdout]).toEqual([0, expect.stringMatching(/of work makes 6 runs, 2 at once\n$/)]);
    await begun(one, 2);
    await end(one, "SIGKILL");
    const two = await serve(one.cwd);
    expect((await two.json<Shown>("backfill", "show", "latest")).runs.map(({ state }) => state)).toEqual([
      "running",
      "running",
    ]);
    makeGate(join(one.cwd, "pipelines"));
    await two.daemon.prints(/backfill b-\S+ of work success: 6 of 6 slots/);
    const { backfill, runs } = await two.json<Shown>("backfill", "show", "latest");
    expect(backfill).toMatchObject({ pipeline: "work", state: "success", decided: 6 });
    expect(runs.map((run) => `${run.logical_date} ${run.state} ${run.trigger}`).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((hour) => `2026-01-01T0${hour}:00:00.000Z success backfill`),
    );
    expect([...effects(one.cwd)].sort()).toEqual([0, 1, 2, 3, 4, 5].map((hour) => `2026-01-01T0${hour}:00:00Z hello`));
    const again = await two.engine("backfill", "work", ...RANGE);
    expect(again.stdout).toContain("nothing to do");
    const preview = await two.engine("backfill", "work", ...RANGE, "--dry-run", "--reprocess", "all");
    expect(preview.stdout).toMatch(/2026-01-01 05:00:00Z +run again +\S+ +success\n\n6 runs would be made/);
    await end(two);
  });

  test("cancelled, makes no further runs and cancels those that go on; show and list say so", async () => {
    const one = await served(gated(", depends_on_past: true"));
    const { backfill } = await one.json<Shown>("backfill", "work", ...RANGE, "--max-active", "2");
    await begun(one, 1);
    // The second one waits for the first.
    const { runs } = await one.json<{ runs: RunRow[] }>("runs", "list", "--state", "queued");
    const shown = await one.engine("runs", "show", runs[0]?.run_id ?? "");
    expect(shown.stdout).toMatch(/it waits until \S+ of 2026-01-01 00:00:00Z has succeeded, which is running/);
    const cancelled = await one.engine("backfill", "cancel", backfill.backfill_id);
    expect([cancelled.code, cancelled.stderr]).toEqual([0, ""]);
    await one.daemon.prints(/(run_finished[\s\S]*){2}/);
    const after = await one.json<Shown>("backfill", "show", backfill.backfill_id);
    expect(after.backfill).toMatchObject({ state: "cancelled", decided: 2 });
    expect(after.runs.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    expect(effects(one.cwd)).toHaveLength(1);
    expect((await one.engine("backfill", "list", "work")).stdout).toMatch(/b-\S+ +work +cancelled .* 2\/6 /);
    const twice = await one.engine("backfill", "cancel", "latest");
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("has ended already: cancelled")]);
    await end(one);
  });

  test("a task that depends on the past waits for that of the slot before, over a restart, and says so", async () => {
    const one = await served(gated().replace("  work:\n", "  work:\n    depends_on_past: true\n"));
    await one.engine("backfill", "work", "--from", "2026-01-01", "--to", "2026-01-01T01:00");
    await begun(one, 1);
    await end(one, "SIGKILL");
    const two = await serve(one.cwd);
    const shown = await two.engine("runs", "show", "latest");
    expect(shown.stdout).toMatch(
      /work +queued .*it waits until work has succeeded in \S+ of 2026-01-01 00:00:00Z, where it is running \(depends_on_past\)/,
    );
    expect(effects(one.cwd)).toHaveLength(1);
    makeGate(join(one.cwd, "pipelines"));
    await two.daemon.prints(/backfill b-\S+ of work success/);
    expect(effects(one.cwd)).toEqual([0, 1].map((hour) => `2026-01-01T0${hour}:00:00Z none`));
    await end(two);
  });
});

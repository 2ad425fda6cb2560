import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AttemptRow, RunRow, TaskRunRow } from "../../src/engine/index.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { aFolder, type EngineProcess, startEngine } from "../support/engine-process.ts";
import { jsonLines } from "../support/json-lines.ts";
import { randomOf } from "../support/random.ts";

/*
 * The promise behind everything else: an engine that is killed at any moment, and started again, loses
 * nothing and repeats nothing. The real process is killed with SIGKILL at moments that are spread over the
 * whole run, each time in a fresh data folder; every third time the one that goes on is killed as well.
 */

const MOMENTS = 50;
/** Another seed gives other moments: KILL_SEED=7 vitest run test/e2e/kill-resume.test.ts */
const SEED = Number(process.env.KILL_SEED ?? 1);
/** Runs side by side: the time goes into waiting for processes. */
const LANES = 6;

/** Like a training pipeline: a source that fails at first, a fan-out, outputs handed on, a branch and a join. */
const PIPELINE = `
name: training
defaults:
  timeout: 2m
tasks:
  extract:
    bash: |
      echo "extract $ENGINE_ATTEMPT" >> effects
      sleep 0.05
      if [ "$(grep -c '^extract ' effects)" -lt 2 ]; then exit 7; fi
      echo "rows=12" >> "$ENGINE_OUTPUT"
    retries: { count: 1, delay: 30ms }
    outputs: { rows: integer }
  preprocess:
    needs: extract
    bash: |
      echo "preprocess $ENGINE_ATTEMPT" >> effects
      echo "rows=$(( \${{ tasks.extract.outputs.rows }} - 2 ))" >> "$ENGINE_OUTPUT"
    outputs: { rows: integer }
  train:
    needs: preprocess
    for_each: [1, 2, 3]
    max_parallel: 2
    bash: |
      echo "train[$(( \${{ item }} - 1 ))] $ENGINE_ATTEMPT" >> effects
      sleep 0.1
      echo "score=$(( \${{ item }} * \${{ tasks.preprocess.outputs.rows }} ))" >> "$ENGINE_OUTPUT"
    outputs: { score: integer }
  check:
    needs: train
    branch:
      - if: \${{ tasks.train.outputs.score[2] >= 30 }}
        then: deploy
      - else: alarm
  deploy:
    needs: [check, train]
    bash: |
      echo "deploy $ENGINE_ATTEMPT" >> effects
      sleep 0.05
  alarm:
    needs: check
    bash: |
      echo "alarm $ENGINE_ATTEMPT" >> effects
  end:
    needs: [deploy, alarm]
    trigger_rule: none_failed_min_one_success
    bash: |
      echo "end $ENGINE_ATTEMPT" >> effects
`;

/** Attempts that each task run must have had an effect with: one, and two where the first fails. */
const EXPECTED: Readonly<Record<string, number>> = {
  extract: 2,
  preprocess: 1,
  "train[0]": 1,
  "train[1]": 1,
  "train[2]": 1,
  deploy: 1,
  alarm: 0,
  end: 1,
};

/** When to kill: so much later than the line of that number was printed (0: than the start). */
interface Moment {
  readonly lines: number;
  readonly then_ms: number;
}

/** Kills at the moment, or lets it end if that comes first. Resolves when it is over. */
async function killAt(engine: EngineProcess, { lines, then_ms }: Moment): Promise<void> {
  await engine.until(({ stdout }) => jsonLines(stdout).length >= lines, "").catch(() => {});
  const timer = setTimeout(() => engine.kill("SIGKILL"), then_ms);
  await engine.ended;
  clearTimeout(timer);
}

/** Goes on with the run; with a new one when the kill came before there was any. The result is its process. */
async function goOn(cwd: string, moment?: Moment): Promise<EngineProcess> {
  for (const args of [
    ["run", "--resume", "latest", "--json"],
    ["run", "training.yaml", "--json"],
  ]) {
    const engine = startEngine(args, { cwd });
    if (moment !== undefined) await killAt(engine, moment);
    await engine.ended;
    if (!engine.stderr.includes("there is no run yet")) return engine;
  }
  throw new Error("unreachable: a new run needs no earlier one");
}

interface Remembered {
  readonly runs: readonly RunRow[];
  readonly task_runs: readonly TaskRunRow[];
  readonly attempts: readonly AttemptRow[];
  readonly effects: readonly string[];
}

async function readRecord(cwd: string): Promise<Remembered> {
  const store = await openSqliteStore(join(cwd, ".engine"), { mode: "read", clock: () => 0, describe: "test" });
  try {
    const { rows: runs } = await store.listRuns({ limit: 10 });
    const [run] = runs;
    if (run === undefined) throw new Error("the run is gone");
    const events = await store.readEvents(run.run_id);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    return {
      runs,
      task_runs: await store.listTaskRuns(run.run_id),
      attempts: await store.listAttempts(run.run_id),
      effects: readFileSync(join(cwd, "effects"), "utf8").trimEnd().split("\n"),
    };
  } finally {
    await store.close();
  }
}

/** Nothing lost, nothing repeated. */
function expectWhole({ runs, task_runs, attempts, effects }: Remembered): void {
  expect(runs).toMatchObject([{ state: "success" }]);
  for (const [key, expected] of Object.entries(EXPECTED)) {
    const had = effects.filter((line) => line.startsWith(`${key} `));
    const real = attempts.filter((row) => row.key === key && row.state !== "lost");
    // An attempt that was lost never began: its process is started after it is recorded.
    expect(had).toEqual(real.map(({ attempt }) => `${key} ${attempt}`));
    expect(had).toHaveLength(expected);
    expect(task_runs.find((row) => row.key === key)?.state).toBe(expected === 0 ? "skipped" : "success");
  }
}

test(`killed at ${MOMENTS} moments and resumed, a run loses nothing and repeats nothing`, {
  timeout: 240_000,
}, async () => {
  const whole = startEngine(["run", "training.yaml", "--json"], { cwd: aFolder({ "training.yaml": PIPELINE }) });
  const began = performance.now();
  expect(await whole.ended).toEqual({ code: 0, signal: null });
  const lines_total = jsonLines(whole.stdout).length;
  const gap_ms = (performance.now() - began) / lines_total;

  const random = randomOf(SEED);
  const moments = Array.from({ length: MOMENTS }, (_, i) => ({
    lines: Math.floor(((i + random()) / MOMENTS) * lines_total),
    then_ms: random() * gap_ms * 2,
    again: i % 3 === 0 ? { lines: Math.floor(random() * 10), then_ms: random() * gap_ms * 2 } : undefined,
  }));
  let interrupted = 0;
  const lane = async (): Promise<void> => {
    for (let moment = moments.shift(); moment !== undefined; moment = moments.shift()) {
      const cwd = aFolder({ "training.yaml": PIPELINE });
      const engine = startEngine(["run", "training.yaml", "--json"], { cwd });
      await killAt(engine, moment);
      if ((await engine.ended).signal !== null) interrupted++;
      if (moment.again !== undefined) await goOn(cwd, moment.again);
      const last = await goOn(cwd);
      try {
        expect(await last.ended).toEqual({ code: 0, signal: null });
        expectWhole(await readRecord(cwd));
      } catch (cause) {
        const told = `seed ${SEED}, killed ${JSON.stringify(moment)}:\n${last.stdout}${last.stderr}`;
        throw new Error(told, { cause });
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const each of lanes) if (each.status === "rejected") throw each.reason;
  // Moments near the end may come too late; most must have struck.
  expect(interrupted).toBeGreaterThan(MOMENTS / 2);
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine } from "../support/engine-process.ts";
import { eventsIn, jsonLines } from "../support/json-lines.ts";

const TRAINING = `
name: training
params:
  epochs: { type: integer, default: 3, minimum: 1 }
  label: { type: string, default: none }
tasks:
  extract:
    bash: |
      echo "extract" >> effects
      if [ "$ENGINE_ATTEMPT" = 1 ]; then echo "asleep" >&2; exit 7; fi
      echo "rows=12" >> "$ENGINE_OUTPUT"
    retries: { count: 2, delay: 10ms }
    outputs: { rows: integer }
  train:
    needs: extract
    bash: |
      echo "train \${{ params.label }} \${{ ds }}" >> effects
      echo "score=$(( \${{ tasks.extract.outputs.rows }} * \${{ params.epochs }} ))" >> "$ENGINE_OUTPUT"
    outputs: { score: integer }
  check:
    needs: train
    branch:
      - if: \${{ tasks.train.outputs.score >= 36 }}
        then: deploy
      - else: alarm
  deploy: { needs: check, bash: echo deploy >> effects }
  alarm: { needs: check, bash: echo alarm >> effects }
  end: { needs: [deploy, alarm], trigger_rule: none_failed_min_one_success, noop: {} }
`;

function effects(folder: string): readonly string[] {
  return readFileSync(join(folder, "effects"), "utf8").trimEnd().split("\n");
}

describe("engine run", () => {
  test("runs a pipeline to its end: retries, outputs, a branch and a join", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    const { code, stdout, stderr } = await runEngine(["run", "training.yaml", "--logical-date", "2026-01-31"], { cwd });
    expect(stderr).toBe("");
    expect(effects(cwd)).toEqual(["extract", "extract", "train none 2026-01-31", "deploy"]);
    const lines = stdout.split("\n").map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /, ""));
    expect(lines).toContain("extract: running");
    expect(lines).toContain("extract: running (attempt 2)");
    expect(lines.some((line) => line.startsWith("extract: attempt 1 failed: "))).toBe(true);
    expect(lines.some((line) => line.startsWith("alarm: skipped"))).toBe(true);
    expect(lines.some((line) => line.startsWith("training success after "))).toBe(true);
    expect(lines).toContain("    train  score=36");
    expect(code).toBe(0);
  });

  test("prints one JSON line per event and a last one with the result", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    const { code, stdout } = await runEngine(["run", "training.yaml", "-p", "epochs=1", "--json"], { cwd });
    const lines = jsonLines(stdout);
    expect(new Set(lines.map((line) => line.schema_version))).toEqual(new Set([1]));
    expect(lines.slice(0, -1).every((line) => line.kind === "event")).toBe(true);
    expect(eventsIn(stdout).map(({ seq }) => seq)).toEqual(lines.slice(0, -1).map((_, i) => i + 1));
    expect(lines.at(-1)).toMatchObject({
      kind: "result",
      pipeline: "training",
      state: "success",
      counts: { success: 5, skipped: 1 },
      failures: [],
      outputs: { extract: { rows: 12 }, train: { score: 12 } },
      exit_code: 0,
    });
    expect(effects(cwd)).toContain("alarm");
    expect(code).toBe(0);
  });

  test("finds a pipeline by its folder and by its name", async () => {
    const cwd = aFolder({
      "jobs/one.yaml": "name: one\ntasks: { a: { bash: echo one } }",
      "pipelines/two.yaml": "name: two\ntasks: { a: { bash: echo two } }",
    });
    expect((await runEngine(["run", "jobs"], { cwd })).stdout).toContain("one success");
    expect((await runEngine(["run", "two"], { cwd })).stdout).toContain("two success");
  });

  test("a task runs in the folder of its file, wherever engine was started, now and in a retry", async () => {
    const cwd = aFolder({
      "engine.yaml": "{}",
      "deep/down/p.yaml": "name: p\ntasks: { a: { bash: pwd >> effects }, b: { needs: a, bash: 'pwd >> effects' } }",
    });
    await runEngine(["run", "p.yaml"], { cwd: join(cwd, "deep/down") });
    await runEngine(["run", "down/p.yaml", "--from", "b"], { cwd: join(cwd, "deep") });
    await runEngine(["runs", "retry", "latest", "--from", "b"], { cwd });
    const folder = join(cwd, "deep/down");
    expect(effects(folder)).toEqual([folder, folder, folder, folder]);
  });

  test("a task that fails makes the exit code 1, with the end of its log and the way on", async () => {
    const cwd = aFolder({
      "broken.yaml": "name: broken\ntasks:\n  a: { bash: echo so sad; exit 3 }\n  b: { needs: a, noop: {} }\n",
    });
    const { code, stdout } = await runEngine(["run", "broken.yaml"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^broken failed after /m);
    expect(stdout).toMatch(/^ {4}\| so sad$/m);
    const [, run_id] = /log: engine logs (\S+) a$/m.exec(stdout) ?? [];
    expect(stdout).toContain(`retry: engine runs retry ${run_id} --failed`);
    const logs = await runEngine(["logs", run_id ?? "", "a"], { cwd });
    expect(logs.stdout).toContain("so sad");
  });

  test("takes params from a file and from standard input, and -p outweighs them", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING, "p.yaml": "epochs: 5\nlabel: from-file\n" });
    await runEngine(["run", "training.yaml", "--params", "p.yaml", "-p", "epochs=1"], { cwd });
    expect(effects(cwd)).toContainEqual(expect.stringContaining("train from-file"));
    expect(effects(cwd)).toContain("alarm");
    const { stdout } = await runEngine(["run", "training.yaml", "--params", "-", "--dry-run"], {
      cwd,
      input: '{"label": "typed"}',
    });
    expect(stdout).toContain('params  epochs=3  label="typed"');
  });

  test.each([
    [["run", "training.yaml", "-p", "epochs=0"], "epochs"],
    [["run", "training.yaml", "-p", "epoch=1"], "epoch"],
    [["run", "training.yaml", "--logical-date", "soon"], "soon is not a date"],
    [["run", "training.yaml", "--only", "trian"], "no task trian"],
    [["run", "training.yaml", "--params", "absent.yaml"], "absent.yaml can't be read"],
    [["run", "training.yaml", "--from", "train"], "has no run yet"],
    [["run", "training.yaml", "--from", "train", "-p", "epochs=1"], "-p can't change it"],
    [["run", "--resume", "latest"], "there is no run yet"],
    [["run", "training.yaml", "--resume", "latest"], "without training.yaml"],
    [["run"], "which pipeline?"],
  ])("%j is wrong usage: exit code 2, and nothing runs", async (args, why) => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    const { code, stderr } = await runEngine(args, { cwd });
    expect(stderr).toContain(why);
    expect(code).toBe(2);
    expect(() => effects(cwd)).toThrow("ENOENT");
  });

  test("--dry-run prints the plan and starts nothing", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    const { code, stdout } = await runEngine(["run", "training.yaml", "--dry-run"], { cwd });
    expect(
      stdout
        .split("\n")
        .filter((line) => /^ +\d /.test(line))
        .map((line) => line.split(/ +/).slice(1, 3).join(" ")),
    ).toEqual(["1 extract", "2 train", "3 check", "4 deploy", "4 alarm", "5 end"]);
    expect(stdout).toContain("2 retries after 10ms");
    expect(code).toBe(0);
    const json = await runEngine(["run", "training.yaml", "--dry-run", "--json", "--only", "extract"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: "plan",
      params: { epochs: 3 },
      tasks: [{ id: "extract", action: "run" }, { id: "train", action: "skip" }, {}, {}, {}, {}],
    });
    expect(() => effects(cwd)).toThrow("ENOENT");
    expect((await runEngine(["runs", "list"], { cwd })).stdout).toBe("No runs.\n");
  });

  test("--only runs one task and skips the others", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    const { code, stdout } = await runEngine(["run", "training.yaml", "--only", "extract", "--json"], { cwd });
    expect(effects(cwd)).toEqual(["extract", "extract"]);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ state: "success", counts: { success: 1, skipped: 5 } });
    expect(code).toBe(0);
  });

  test("--from goes on with the latest run, whose upstream outputs it keeps", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    await runEngine(["run", "training.yaml", "-p", "label=first"], { cwd });
    const { code } = await runEngine(["run", "training.yaml", "--from", "train"], { cwd });
    expect(code).toBe(0);
    expect(effects(cwd).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "extract",
      "extract",
      "train first",
      "deploy",
      "train first",
      "deploy",
    ]);
  });

  test("--from refuses when the file has changed since, and says what to do", async () => {
    const cwd = aFolder({ "training.yaml": TRAINING });
    await runEngine(["run", "training.yaml"], { cwd });
    writeFileSync(join(cwd, "training.yaml"), `${TRAINING}\n# changed\n`);
    const { code, stderr } = await runEngine(["run", "training.yaml", "--from", "train"], { cwd });
    expect(stderr).toContain("training.yaml has changed since run");
    expect(stderr).toMatch(/engine runs retry \S+ --from train/);
    expect(code).toBe(2);
  });

  test("mapped tasks run once per item, and their outputs are handed on item by item", async () => {
    const cwd = aFolder({
      "fan.yaml": `
name: fan
tasks:
  each:
    for_each: [a, b, c]
    bash: |
      [ "\${{ item }}" != c ] || exit 1
      echo "name=\${{ item }}" >> "$ENGINE_OUTPUT"
    outputs: { name: string }
`,
    });
    const { code, stdout } = await runEngine(["run", "fan.yaml", "--json"], { cwd });
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      state: "failed",
      failures: [{ key: "each[2]", reason: "exit_code" }],
      outputs: { "each[0]": { name: "a" }, "each[1]": { name: "b" } },
    });
    expect(code).toBe(1);
  });
});

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunId } from "../../../../src/core/index.ts";
import type { RunRow } from "../../../../src/engine/index.ts";
import { openSqliteStore } from "../../../../src/store/index.ts";
import { aFolder } from "../../../support/engine-process.ts";
import { callEngine } from "../../../support/fake-cli.ts";

const NOW = Date.UTC(2026, 0, 31, 2, 3, 0);
const CREATED = Date.UTC(2026, 0, 31, 2, 0, 0);

const TRAINING = `name: training
description: Trains a model
owner: ml-engineers
tags: [ml, nightly]
schedule: { cron: ["0 4 * * *", "0 14 * * 6"], timezone: Europe/Berlin }
timeout: 6h
max_active_runs: 2
overlap: skip
params:
  epochs: { type: integer, default: 10, minimum: 1, description: Passes over the data }
  day: { type: string, default: '' }
doc: |
  # Runbook
  Ask **ml-engineers** before you change \`epochs\`.
tasks:
  load: { bash: ./load.sh, retries: 3, timeout: 30m }
  train: { needs: load, for_each: [1, 2], bash: ./train.sh, timeout: 2h }
  end: { needs: [load, train], trigger_rule: all_done, noop: {} }
`;

const FILES = {
  "pipelines/training.yaml": TRAINING,
  "pipelines/hourly.yaml": "schedule: { every: 1h }\ntasks:\n  a: { if: 1 == 1, noop: {} }\n",
  "pipelines/sub/bad.yaml": "name: other\ntasks:\n  a: { needs: nobody, noop: {} }\n",
};

/** A run of the pipeline in the store of a folder. */
async function remember(cwd: string, pipeline: string): Promise<void> {
  const store = await openSqliteStore(join(cwd, ".engine"), {
    mode: "write",
    clock: () => CREATED,
    describe: "a test",
  });
  const run_id = "20260131-020000-x7k2mq" as RunId;
  const run: RunRow = {
    run_id,
    pipeline,
    version: "0".repeat(64),
    state: "failed",
    trigger: "manual",
    by: "ada",
    logical_date: CREATED,
    data_interval_start: CREATED,
    data_interval_end: CREATED,
    params: {},
    created_at: CREATED,
    seq: 1,
  };
  const { version, trigger, by, logical_date, data_interval_start, data_interval_end, params } = run;
  const created = { pipeline, version, trigger, by, logical_date, data_interval_start, data_interval_end, params };
  const events = [{ type: "run_created", seq: 1, at: CREATED, ...created }] as const;
  await store.commit("a test", [{ run_id, lease_epoch: 1, expected_seq: 0, events, run, task_runs: [], attempts: [] }]);
  await store.close();
}

describe("engine pipelines list", () => {
  test("shows every file with its schedule, tasks, findings and last run", async () => {
    const cwd = aFolder(FILES);
    await remember(cwd, "training");
    const { code, stdout, stderr } = await callEngine(["pipelines", "list"], { cwd, now: NOW });
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot("../golden/pipelines-list.txt");
  });

  test("says what is paused, and what a daemon keeps live in the place of a file with errors", async () => {
    const cwd = aFolder(FILES);
    const store = await openSqliteStore(join(cwd, ".engine"), { mode: "write", clock: () => NOW, describe: "a test" });
    const known = { known_since: CREATED, decided_until: CREATED };
    await store.putSchedule({ pipeline: "hourly", ...known, paused_at: CREATED, paused_by: "ada" });
    const file = "pipelines/sub/bad.yaml";
    await store.putLive([{ file, pipeline: "other", version: "v".repeat(64), source: "tasks: {}" }], [], NOW);
    const { stdout } = await callEngine(["pipelines", "list", "--json"], { cwd, now: NOW });
    expect(JSON.parse(stdout).pipelines).toMatchObject([
      { name: "bad", errors: 1, still_live: "other" },
      { name: "hourly", paused: true },
      { name: "training", paused: false },
    ]);
    expect((await callEngine(["pipelines", "list"], { cwd, now: NOW })).stdout).toMatch(/last good version live/);
    await store.close();
    // Nothing is live where no daemon is.
    expect((await callEngine(["pipelines", "list"], { cwd, now: NOW })).stdout).not.toMatch(/live/);
  });

  test("fits the terminal", async () => {
    const { stdout } = await callEngine(["pipelines", "list", "--color", "never"], {
      cwd: aFolder(FILES),
      columns: 70,
    });
    for (const line of stdout.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(70);
    expect(stdout).toContain("…");
  });

  test("refuses a path where nothing is", async () => {
    expect(await callEngine(["pipelines", "list", "pipelnes"], { cwd: aFolder(FILES) })).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: there is no file or folder pipelnes\n",
    });
  });

  test("gives other programs JSON", async () => {
    const cwd = aFolder(FILES);
    await remember(cwd, "training");
    const { stdout } = await callEngine(["pipelines", "list", "--json"], { cwd, now: NOW });
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      pipelines: [
        { name: "bad", file: "pipelines/sub/bad.yaml", errors: 1, last_run: null },
        { name: "hourly", warnings: 1, tasks: 1, schedule: { every_ms: 3_600_000 } },
        { name: "training", owner: "ml-engineers", errors: 0, tasks: 3, last_run: { state: "failed" } },
      ],
    });
  });

  test("takes files and folders instead of the folder of pipelines", async () => {
    const { stdout } = await callEngine(["pipelines", "list", "pipelines/sub"], { cwd: aFolder(FILES) });
    expect(stdout.split("\n")).toHaveLength(3);
  });

  test("says so when there is nothing to list", async () => {
    const cwd = aFolder({ "pipelines/notes.txt": "" });
    expect(await callEngine(["pipelines", "list"], { cwd })).toEqual({
      code: 0,
      stdout: "No pipelines in pipelines.\n",
      stderr: "",
    });
  });

  test("does without what ran when the store can't be read, and says why", async () => {
    const cwd = aFolder({ ...FILES, ".engine/engine.db": "this is no database, though it is long enough for one" });
    const { code, stdout, stderr } = await callEngine(["pipelines", "list"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("training");
    expect(stderr).toMatch(/^What ran is not known: /);
  });
});

describe("engine pipelines show", () => {
  test("shows what it is, when it runs, its params, its tasks and its documentation", async () => {
    const cwd = aFolder(FILES);
    await remember(cwd, "training");
    const { code, stdout } = await callEngine(["pipelines", "show", "training"], { cwd, now: NOW });
    expect(code).toBe(0);
    await expect(stdout.replace(/^(version +)[0-9a-f]{12}$/m, "$1VERSION")).toMatchFileSnapshot(
      "../golden/pipelines-show.txt",
    );
  });

  test("gives other programs the compiled pipeline", async () => {
    const { stdout } = await callEngine(["pipelines", "show", "training", "--json"], { cwd: aFolder(FILES) });
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      pipeline: {
        name: "training",
        file: "pipelines/training.yaml",
        tasks: [{ id: "load", timeout_ms: 1_800_000 }, {}, {}],
      },
      last_run: null,
    });
  });

  test("lets nothing that a file says steer the terminal", async () => {
    const text = 'description: "a\\e[31mb\\rc"\ndoc: "x\\e]0;title\\a"\ntasks: { a: { noop: {} } }\n';
    const { stdout } = await callEngine(["pipelines", "show", "p.yaml"], { cwd: aFolder({ "p.yaml": text }) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test("answers a wrong name with the nearest one", async () => {
    expect(await callEngine(["pipelines", "show", "trianing"], { cwd: aFolder(FILES) })).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: there is no pipeline trianing in pipelines\nhint: did you mean `training`?\n",
    });
  });

  test("shows the findings of a pipeline with errors instead", async () => {
    const { code, stderr } = await callEngine(["pipelines", "show", "other"], { cwd: aFolder(FILES) });
    expect(code).toBe(1);
    expect(stderr).toContain("error[ENG302]");
    expect(stderr).toMatch(/\nerror: pipelines\/sub\/bad\.yaml has 1 error\n/);
  });
});

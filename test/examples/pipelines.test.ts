import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { engine } from "../support/engine-command.ts";
import { ROOT } from "../support/repository.ts";
import { watchRun } from "../support/watched-run.ts";

/*
 * The pipelines of the folder that the engine watches, each run for real in a copy of the repository.
 */

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-pipelines-"));
  for (const name of ["examples", "pipelines", "schemas"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("every one is valid, gives no warning, and is run by a test here", async () => {
  const { status, stdout } = await engine(folder, ["validate", "--format", "json", "pipelines"]);
  expect((JSON.parse(stdout) as { diagnostics: unknown }).diagnostics).toEqual([]);
  expect(status).toBe(0);
  expect(readdirSync(join(folder, "pipelines")).sort()).toEqual([
    "data-freshness.yaml",
    "model-retraining.yaml",
    "nightly-backup.yaml",
  ]);
});

test("nightly-backup keeps an archive for each run, and drops the old ones but the last few", async () => {
  const archives = join(folder, ".engine/backups");
  const first = await watchRun(folder, ["nightly-backup"]);
  expect(first).toMatchObject({ state: "success", outputs: { verify: { files: 3 }, prune: { dropped: 0, left: 1 } } });

  const long_ago = new Date("2020-01-01T00:00:00Z");
  utimesSync(join(archives, `${first.run_id}.tar.gz`), long_ago, long_ago);
  const spared = await watchRun(folder, ["nightly-backup"]);
  expect(spared.outputs).toMatchObject({ prune: { dropped: 0, left: 2 } });

  const pruned = await watchRun(folder, ["nightly-backup", "-p", "keep_min=1"]);
  expect(pruned.outputs).toMatchObject({ prune: { dropped: 1, left: 2 } });
  expect(readdirSync(archives).sort()).toEqual([`${spared.run_id}.tar.gz`, `${pruned.run_id}.tar.gz`].sort());
});

test("model-retraining serves a model that is as good as the one in service, and no other", async () => {
  const first = await watchRun(folder, ["model-retraining"]);
  expect(first).toMatchObject({ state: "success", tasks: { serve: "success", keep: "skipped", clean_up: "success" } });

  const worse = await watchRun(folder, ["model-retraining", "-p", "epochs=1"]);
  expect(worse).toMatchObject({ state: "success", tasks: { serve: "skipped", keep: "success", clean_up: "success" } });
});

test("data-freshness fails for what is missing or old, and for that alone", async () => {
  await watchRun(folder, ["nightly-backup"]);
  const served = join(folder, "examples/ml-training/out");
  const missing = await watchRun(folder, ["data-freshness"]);
  expect(missing).toMatchObject({
    state: "failed",
    tasks: { "check[0]": "success", "check[1]": "failed", report: "upstream_failed", alarm: "success" },
  });

  cpSync(join(folder, "examples/hello"), served, { recursive: true });
  writeFileSync(join(served, "model.json"), "{}");
  const fresh = await watchRun(folder, ["data-freshness", "-p", "models=../examples/ml-training/out"]);
  expect(fresh).toMatchObject({ state: "success", tasks: { report: "success", alarm: "skipped" } });
});

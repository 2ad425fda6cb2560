import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { builtCli } from "../support/built-cli.ts";
import { plainEnvironment } from "../support/engine-command.ts";
import { GitRepository } from "../support/git-repository.ts";
import { readText } from "../support/repository.ts";

/*
 * The hook for https://pre-commit.com: its manifest, and its entry run as pre-commit runs it.
 */

interface Hook {
  readonly id: string;
  readonly name: string;
  readonly entry: string;
  readonly language: string;
  readonly language_version: string;
  readonly files: string;
  readonly pass_filenames: boolean;
}

const hooks = parse(readText(".pre-commit-hooks.yaml")) as readonly Hook[];
const [hook] = hooks as readonly [Hook];
const manifest = JSON.parse(readText("package.json"));

/** https://pre-commit.com/#creating-new-hooks */
const KEYS = [
  "additional_dependencies",
  "always_run",
  "args",
  "description",
  "entry",
  "exclude",
  "exclude_types",
  "fail_fast",
  "files",
  "id",
  "language",
  "language_version",
  "minimum_pre_commit_version",
  "name",
  "pass_filenames",
  "require_serial",
  "stages",
  "types",
  "types_or",
  "verbose",
];

test("the manifest has hooks with the keys that pre-commit knows, and those that it needs", () => {
  expect(hooks.map(({ id }) => id)).toEqual(["engine-validate"]);
  for (const each of hooks) {
    expect(Object.keys(each).filter((key) => !KEYS.includes(key))).toEqual([]);
    for (const key of ["id", "name", "entry", "language"] as const) expect(each[key]).toEqual(expect.any(String));
  }
});

test("its language is that of the package: Node of a version that the package takes, and a program that it has", () => {
  expect(hook.language).toBe("node");
  expect(`>=${hook.language_version.split(".")[0]}`).toBe(manifest.engines.node);
  expect(Object.keys(manifest.bin)).toContain(hook.entry.split(" ")[0]);
  // pre-commit installs a checkout of the repository, so what runs is built on the way.
  expect(manifest.scripts.prepare).toBe("node scripts/prepare.cjs");
});

test("a change of a pipeline or of engine.yaml calls it, and no other", () => {
  const files = new RegExp(hook.files);
  for (const file of [
    "pipelines/a.yaml",
    "pipelines/x/b.yml",
    "services/etl/pipelines/a.yaml",
    "engine.yaml",
    "services/etl/engine.yaml",
  ]) {
    expect([file, files.test(file)]).toEqual([file, true]);
  }
  for (const file of [
    "a.yaml",
    "docs/pipelines.yaml",
    "pipelines/a.sh",
    "my-engine.yaml",
    "pipelines/a.yaml.orig",
    "otherpipelines/a.yaml",
  ]) {
    expect([file, files.test(file)]).toEqual([file, false]);
  }
});

test("its entry, without files, checks all pipelines of the repository", () => {
  expect(hook.pass_filenames).toBe(false);
  const repository = GitRepository.init().write({ "pipelines/a.yaml": "tasks: { a: { noop: {} } }\n" });
  const [, ...args] = hook.entry.split(" ");
  const run = (...more: readonly string[]) =>
    spawnSync(process.execPath, [builtCli(), ...args, ...more], {
      cwd: repository.root,
      env: plainEnvironment(),
      encoding: "utf8",
    });
  expect(run()).toMatchObject({ status: 0 });
  repository.commit();
  repository.write({ "pipelines/b.yaml": "tasks: { a: { needs: b, noop: {} } }\n" });
  expect(run()).toMatchObject({ status: 1, stdout: expect.stringContaining("ENG302") });
  repository.write({ "pipelines/b.yaml": "name: new\ntasks: { a: { noop: {} } }\n" });
  expect(run("--base=main")).toMatchObject({ status: 0 });
});
